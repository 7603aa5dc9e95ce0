"""Signing in, up and out: who gets in, who learns nothing, who is slowed."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from tests.factories.accounts import PASSWORD, make_user
from tests.fixtures.app import new_browser
from tests.fixtures.browser import Browser
from tests.people import Person
from tixapp.accounts import passwords
from tixapp.accounts.models import User, UserSession
from tixapp.core.db import db

pytestmark = pytest.mark.usefixtures("now")

NEW = {"name": "Olga", "email": "olga@example.com", "password": "ein guter Satz"}


def sign_in(browser: Browser, email: str, password: str = PASSWORD, **more: str) -> TestResponse:
    return browser.submit("/sign-in", email=email, password=password, **more)


def is_in(browser: Browser) -> bool:
    return browser.get("/account").status_code == 200


def count(model: type) -> int:
    return db.session.scalar(sa.select(sa.func.count(model.id))) or 0


def cookie(browser: Browser) -> str:
    found = browser.get_cookie("tixapp")
    assert found is not None
    return found.value


def plain(response: TestResponse) -> str:
    """The page without the token and the ids that differ at every request."""
    page = re.sub(r'(name="csrf_token"[^>]*value|content)="[^"]*"', "", response.text)
    return re.sub(r"[0-9a-f]{32}", "", page)


# Signing in


def test_the_right_password_signs_in_by_any_spelling_of_the_address(
    client: Browser, bob: Person
) -> None:
    response = sign_in(client, " BOB+tickets@Example.com ")
    assert (response.status_code, response.location) == (303, "/")
    assert is_in(client)


def test_a_wrong_password_signs_nobody_in(client: Browser, bob: Person) -> None:
    response = sign_in(client, bob.email, "wrong horse 7")
    assert response.status_code == 422
    assert "do not belong together" in response.text
    assert count(UserSession) == 0
    assert not is_in(client)


def test_unknown_and_known_addresses_get_the_same_answer_for_the_same_work(
    client: Browser, bob: Person, hashes: list[str]
) -> None:
    known = sign_in(client, "bob@example.com", "wrong horse 7")
    assert hashes == ["verify"]
    unknown = sign_in(client, "eve@example.com", "wrong horse 7")
    assert hashes == ["verify", "verify"]
    assert known.status_code == unknown.status_code == 422
    assert plain(known) == plain(unknown).replace("eve@", "bob@")


def test_a_disabled_account_answers_like_an_unknown_one(client: Browser, now) -> None:
    make_user("Eve", disabled_at=now)
    response = sign_in(client, "eve@example.com")
    assert response.status_code == 422
    assert "do not belong together" in response.text


def test_the_cookie_from_before_signing_in_is_not_the_one_after(
    client: Browser, bob: Person
) -> None:
    client.get("/sign-in")
    before = cookie(client)
    sign_in(client, bob.email)
    assert cookie(client) != before
    with client.session_transaction() as session:
        assert set(session) == {"_permanent", "_user_id"}
    other = new_browser(client.application)
    other.set_cookie("tixapp", before)
    assert not is_in(other)


def test_the_cookie_is_kept_for_thirty_days_and_scripts_cannot_read_it(
    client: Browser, bob: Person
) -> None:
    header = sign_in(client, bob.email).headers["Set-Cookie"]
    assert "HttpOnly" in header
    assert "SameSite=Lax" in header
    assert "Expires=" in header


def test_a_copied_cookie_is_dead_after_signing_out(client: Browser, bob: Person, now) -> None:
    sign_in(client, bob.email)
    thief = new_browser(client.application)
    thief.set_cookie("tixapp", cookie(client))
    assert is_in(thief)
    response = client.submit("/sign-out")
    assert (response.status_code, response.location) == (303, "/")
    assert not is_in(client)
    assert not is_in(thief)
    assert db.session.scalars(sa.select(UserSession.ended_at)).one() == now


def test_signing_in_as_somebody_else_ends_the_session_that_was_there(
    client: Browser, bob: Person, carol: Person
) -> None:
    sign_in(client, bob.email)
    copy = new_browser(client.application)
    copy.set_cookie("tixapp", cookie(client))
    sign_in(client, carol.email)
    assert carol.email in client.get("/account").text
    assert not is_in(copy)


def test_a_session_ends_after_thirty_days(client: Browser, bob: Person, at) -> None:
    sign_in(client, bob.email)
    at(timedelta(days=29, hours=23))
    assert is_in(client)
    at(timedelta(hours=1))
    assert not is_in(client)


def test_a_hash_of_older_parameters_is_made_anew_at_signing_in(client: Browser, now) -> None:
    old = passwords.PasswordHasher(time_cost=1, memory_cost=16, parallelism=1).hash(PASSWORD)
    user = make_user("Bob")
    user.password_hash = old
    sign_in(client, "bob@example.com")
    assert is_in(client)
    assert not passwords.is_outdated(user.password_hash)
    sign_in(client, "bob@example.com")
    assert is_in(client)


@pytest.mark.parametrize(
    ("target", "leads_to"),
    [
        ("/e/jazz?tier=1", "/e/jazz?tier=1"),
        ("", "/"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("///evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("\\\\evil.example", "/"),
        ("/\t/evil.example", "/"),
        ("/\n/evil.example", "/"),
        (" //evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("http:evil.example", "/"),
        ("evil.example", "/"),
        ("https:///evil.example", "/"),
        ("/\x00/evil.example", "/"),
        ("data:text/html,x", "/"),
        ("@evil.example", "/"),
        ("?next=//evil.example", "/"),
    ],
)
def test_after_signing_in_one_is_led_to_own_pages_only(
    client: Browser, bob: Person, target: str, leads_to: str
) -> None:
    assert sign_in(client, bob.email, next=target).location == leads_to
    assert client.get("/sign-in", query_string={"next": target}).location == leads_to


def test_the_way_back_is_kept_through_the_forms(client: Browser) -> None:
    page = client.get("/sign-in?next=/e/jazz").text
    assert '<input type="hidden" name="next" value="/e/jazz">' in page
    assert "/sign-up?next=/e/jazz" in page


# Forged requests


def test_signing_in_out_and_up_need_the_forms_own_token(client: Browser, bob: Person) -> None:
    for path, fields in (
        ("/sign-in", {"email": bob.email, "password": PASSWORD}),
        ("/sign-up", NEW),
        ("/sign-out", {}),
        ("/forgotten", {"email": bob.email}),
    ):
        assert client.post(path, data=fields).status_code == 400
        assert client.post(path, json=fields).status_code == 400
    assert not is_in(client)
    assert count(User) == 1


def test_the_token_of_another_browser_is_refused(app: Flask, client: Browser, bob: Person) -> None:
    stranger = new_browser(app)
    with stranger.session_transaction() as session:
        session["csrf_token"] = "of the stranger"
    response = client.post(
        "/sign-in",
        data={"email": bob.email, "password": PASSWORD, "csrf_token": stranger.csrf_token()},
    )
    assert response.status_code == 400
    assert not is_in(client)


def test_signing_out_is_no_link(bob: Person) -> None:
    assert bob.browser.get("/sign-out").status_code == 405
    assert is_in(bob.browser)


# Signing up


def test_signing_up_signs_in_and_leads_back_to_what_one_was_buying(client: Browser, work) -> None:
    response = client.submit("/sign-up", **NEW, next="/e/jazz")
    assert (response.status_code, response.location) == (303, "/welcome?next=/e/jazz")
    assert 'href="/e/jazz"' in client.get(response.location).text
    assert is_in(client)
    user = db.session.scalars(sa.select(User)).one()
    assert (user.name, user.email, user.confirmed_at) == ("Olga", "olga@example.com", None)
    assert user.password_hash.startswith("$argon2id$")
    assert [letter.subject for letter in work().to("olga@example.com")] == [
        "Please confirm your address"
    ]


def test_signing_up_with_a_known_address_answers_the_same_and_tells_its_owner(
    app: Flask, client: Browser, bob: Person, hashes: list[str], work
) -> None:
    new = client.submit("/sign-up", **NEW)
    assert hashes == ["hash"]
    other = new_browser(app)
    known = other.submit("/sign-up", **NEW | {"email": "BOB+x@example.com"})
    assert hashes == ["hash", "verify"]
    assert (known.status_code, known.location) == (new.status_code, new.location)
    assert known.text == new.text
    assert len(known.headers["Set-Cookie"]) == len(new.headers["Set-Cookie"])
    assert plain(client.get(new.location)) == plain(other.get(known.location))
    assert not is_in(other)
    assert db.session.get_one(User, bob.id).name == "Bob"
    [letter] = work().to("bob@example.com")
    assert letter.subject == "You already have an account"


def test_the_owner_of_an_address_is_told_once_an_hour(client: Browser, bob: Person, work) -> None:
    for _ in range(3):
        client.submit("/sign-up", **NEW | {"email": bob.email})
    assert len(work().to(bob.email)) == 1


def test_signing_up_again_with_the_right_password_signs_in(client: Browser, bob: Person) -> None:
    client.submit("/sign-up", name="Bob", email=bob.email, password=PASSWORD)
    assert is_in(client)
    assert count(User) == 1


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"email": "olga"}, "cannot be one"),
        ({"email": "a@example.com,b@example.com"}, "cannot be one"),
        ({"password": "short77"}, "at least 8 characters"),
        ({"password": "Password123"}, "one of the first passwords"),
        ({"password": "olga@example.com"}, "not your address"),
        ({"name": "  "}, "enter your name"),
        ({"name": "O" * 101}, "100 characters"),
    ],
)
def test_a_form_with_a_fault_makes_no_account_and_says_what_to_do(
    client: Browser, fields: dict[str, str], words: str
) -> None:
    response = client.submit("/sign-up", **NEW | fields)
    assert response.status_code == 422
    assert words in response.text
    assert NEW["password"] not in response.text
    assert count(User) == 0


def test_a_name_is_one_line_of_text(client: Browser) -> None:
    client.submit("/sign-up", **NEW | {"name": "Olga\r\nBcc: eve@example.com\x00 <b>"})
    assert db.session.scalars(sa.select(User.name)).one() == "Olga Bcc: eve@example.com <b>"
    assert "&lt;b&gt;" in client.get("/account").text


def test_fields_that_are_not_in_the_form_change_nothing(client: Browser) -> None:
    client.submit("/sign-up", **NEW, is_admin="1", confirmed_at="2026-01-01", role="admin", id="7")
    user = db.session.scalars(sa.select(User)).one()
    assert (user.is_admin, user.confirmed_at) == (False, None)


# Too often


def test_guessing_at_one_account_is_slowed_and_not_locked(
    app: Flask, client: Browser, bob: Person
) -> None:
    statuses = [sign_in(client, bob.email, f"wrong horse {n}").status_code for n in range(20)]
    assert statuses == [422] * 10 + [429] * 10
    slowed = sign_in(client, bob.email)
    assert slowed.status_code == 429
    assert 1 <= int(slowed.headers["Retry-After"]) <= 61
    assert "too often" in slowed.text
    elsewhere = new_browser(app)
    elsewhere.environ_base["REMOTE_ADDR"] = "192.0.2.7"
    assert sign_in(elsewhere, bob.email).status_code == 303


def test_guessing_at_one_account_from_many_addresses_is_slowed(
    app: Flask, client: Browser, bob: Person
) -> None:
    statuses = []
    for n in range(102):
        client.environ_base["REMOTE_ADDR"] = f"192.0.2.{n // 9}"
        statuses.append(sign_in(client, bob.email, "wrong horse").status_code)
    assert statuses == [422] * 100 + [429] * 2


def test_other_spellings_of_an_address_are_no_way_around(client: Browser, bob: Person) -> None:
    spellings = [f"bob+{n}@EXAMPLE.com" for n in range(11)]
    statuses = [sign_in(client, email, "wrong horse").status_code for email in spellings]
    assert statuses == [422] * 10 + [429]


def test_one_password_at_many_accounts_is_slowed(client: Browser) -> None:
    statuses = [
        sign_in(client, f"somebody{n}@example.com", "tixapp-demo").status_code for n in range(31)
    ]
    assert statuses == [422] * 30 + [429]


def test_a_made_up_forwarded_address_is_no_way_around(client: Browser, bob: Person) -> None:
    for n in range(11):
        last = client.submit(
            "/sign-in",
            email=bob.email,
            password="wrong",
            headers={"X-Forwarded-For": f"10.0.0.{n}"},
        )
    assert last.status_code == 429


def test_signing_in_correctly_is_not_counted(client: Browser, bob: Person) -> None:
    assert [sign_in(client, bob.email).status_code for _ in range(15)] == [303] * 15


@pytest.fixture
def hashes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the hasher was asked to do: each costs the same, if it is done with a true hash."""
    asked: list[str] = []
    passwords.prepare()
    real = passwords._hasher

    class Counting:
        def hash(self, password: str) -> str:
            asked.append("hash")
            return real.hash(password)

        def verify(self, stored: str, password: str) -> bool:
            asked.append("verify" if stored.startswith("$argon2id$") else "nothing")
            return real.verify(stored, password)

        def check_needs_rehash(self, stored: str) -> bool:
            return real.check_needs_rehash(stored)

    counting = Counting()
    monkeypatch.setitem(passwords._stand_ins, counting, passwords._stand_ins[real])
    monkeypatch.setattr(passwords, "_hasher", counting)
    return asked
