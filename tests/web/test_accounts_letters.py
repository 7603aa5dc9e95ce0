"""What the links in letters open: once, for one purpose, for a short time."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.factories.accounts import PASSWORD, make_user
from tests.fixtures.app import new_browser
from tests.fixtures.browser import Browser
from tests.fixtures.time import NOON
from tests.people import Person
from tixapp.accounts.actions import Visitor, create_api_key
from tixapp.accounts.flows import sign_in
from tixapp.accounts.jobs import send_reset
from tixapp.accounts.models import LoginLink, User
from tixapp.accounts.queries import live_api_key
from tixapp.accounts.rules import address
from tixapp.core.db import db, transaction
from tixapp.core.facts import StoredFact

pytestmark = pytest.mark.usefixtures("now")

NEW_PASSWORD = "battery staple 9"


def may_sign_in(email: str, password: str) -> bool:
    return sign_in(address(email), password, Visitor(), now=NOON) is not None


def token_of(path: str) -> str:
    return path.partition("token=")[2]


@pytest.fixture
def reset_link(client: Browser, bob: Person, work) -> str:
    client.submit("/forgotten", email=bob.email)
    return work().last_link(bob.email)


@pytest.fixture
def confirm_link(app: Flask, client: Browser, db_session, work) -> str:
    client.submit("/sign-up", name="Olga", email="olga@example.com", password="ein guter Satz")
    return work().last_link("olga@example.com")


# A forgotten password


def test_a_new_password_is_set_by_the_link_in_the_letter(
    client: Browser, bob: Person, reset_link: str, work
) -> None:
    assert bob.email in client.get(reset_link).text
    response = client.submit("/reset", token=token_of(reset_link), password=NEW_PASSWORD)
    assert (response.status_code, response.location) == (303, "/account")
    assert client.get("/account").status_code == 200
    assert may_sign_in(bob.email, NEW_PASSWORD)
    assert not may_sign_in(bob.email, PASSWORD)
    assert work().to(bob.email)[-1].subject == "Your password was changed"


def test_a_reset_ends_every_other_way_in(client: Browser, bob: Person, reset_link: str) -> None:
    bob.browser.get("/account")
    with transaction():
        key = create_api_key(bob.id, label="", scopes=[], now=NOON)
    client.submit("/reset", token=token_of(reset_link), password=NEW_PASSWORD)
    assert bob.browser.get("/account").status_code == 303
    assert live_api_key(key.secret) is None


def test_a_reset_link_works_once(client: Browser, bob: Person, reset_link: str) -> None:
    token = token_of(reset_link)
    client.submit("/reset", token=token, password=NEW_PASSWORD)
    assert client.get(reset_link).status_code == 410
    again = client.submit("/reset", token=token, password="a third one 33")
    assert again.status_code == 410
    assert may_sign_in(bob.email, NEW_PASSWORD)


def test_a_reset_link_works_for_an_hour(client: Browser, bob: Person, reset_link: str, at) -> None:
    at(timedelta(minutes=59, seconds=59))
    assert client.get(reset_link).status_code == 200
    at(timedelta(seconds=1))
    assert client.get(reset_link).status_code == 410
    refused = client.submit("/reset", token=token_of(reset_link), password=NEW_PASSWORD)
    assert refused.status_code == 410
    assert may_sign_in(bob.email, PASSWORD)


def test_a_second_request_kills_the_first_link(
    client: Browser, bob: Person, reset_link: str, work
) -> None:
    client.submit("/forgotten", email=bob.email)
    second = work().last_link(bob.email)
    assert second != reset_link
    assert client.get(reset_link).status_code == 410
    assert client.get(second).status_code == 200


def test_a_reset_link_is_dead_after_the_password_was_changed(
    client: Browser, bob: Person, reset_link: str
) -> None:
    bob.browser.submit(
        "/account/password",
        **{"password-current": PASSWORD, "password-password": NEW_PASSWORD},
    )
    assert client.get(reset_link).status_code == 410


def test_looking_at_a_link_changes_nothing(client: Browser, bob: Person, reset_link: str) -> None:
    for _ in range(3):
        assert client.get(reset_link).status_code == 200
    assert client.head(reset_link).status_code == 200
    assert may_sign_in(bob.email, PASSWORD)


def test_a_weak_new_password_leaves_the_link_alive(
    client: Browser, bob: Person, reset_link: str
) -> None:
    response = client.submit("/reset", token=token_of(reset_link), password="12345678")
    assert response.status_code == 422
    assert may_sign_in(bob.email, PASSWORD)
    assert client.get(reset_link).status_code == 200


def test_asking_answers_the_same_for_known_and_unknown_addresses(
    client: Browser, bob: Person, queries, work
) -> None:
    known_address = bob.email
    client.get("/forgotten")
    with queries() as for_known:
        known = client.submit("/forgotten", email=known_address)
    with queries() as for_unknown:
        unknown = client.submit("/forgotten", email="eve@example.com")
    assert (known.status_code, known.location) == (303, "/forgotten/sent")
    assert (unknown.status_code, unknown.location) == (303, "/forgotten/sent")
    assert for_known == for_unknown
    assert known.text == unknown.text
    assert [letter.recipient for letter in work().letters] == [bob.email]


def test_the_letter_goes_to_the_accounts_own_address_whatever_was_typed(
    client: Browser, bob: Person, work
) -> None:
    client.submit("/forgotten", email="BOB+eve@example.com")
    assert [letter.recipient for letter in work().letters] == ["bob@example.com"]


def test_nobodys_letter_box_is_filled_by_strangers(client: Browser, bob: Person, work) -> None:
    statuses = {client.submit("/forgotten", email=bob.email).status_code for _ in range(9)}
    assert statuses == {303}
    assert len(work().to(bob.email)) == 5


def test_links_lead_to_the_configured_host_whatever_the_request_says(
    client: Browser, bob: Person, work
) -> None:
    client.csrf_token()
    cookie = client.get_cookie("tixapp")
    assert cookie is not None
    client.set_cookie("tixapp", cookie.value, domain="evil.example")
    evil = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    assert client.submit("/forgotten", email=bob.email, headers=evil).status_code == 303
    [letter] = work().letters
    assert "http://localhost/reset?token=" in letter.text
    assert "evil" not in letter.text + letter.html


def test_a_reset_also_confirms_the_address(client: Browser, work) -> None:
    make_user("Olga", confirmed_at=None)
    client.submit("/forgotten", email="olga@example.com")
    link = work().last_link("olga@example.com")
    client.submit("/reset", token=token_of(link), password=NEW_PASSWORD)
    assert db.session.scalars(sa.select(User.confirmed_at)).one() == NOON


def test_a_disabled_account_gets_no_letter(client: Browser, work) -> None:
    make_user("Eve", disabled_at=NOON)
    client.submit("/forgotten", email="eve@example.com")
    assert work().letters == []


# Confirming an address


def test_an_address_is_confirmed_by_the_button_behind_the_link(
    client: Browser, confirm_link: str
) -> None:
    assert "olga@example.com" in client.get(confirm_link).text
    assert db.session.scalars(sa.select(User.confirmed_at)).one() is None
    response = client.submit("/confirm", token=token_of(confirm_link))
    assert response.status_code == 200
    assert "Your address is confirmed" in response.text
    assert db.session.scalars(sa.select(User.confirmed_at)).one() == NOON
    assert client.submit("/confirm", token=token_of(confirm_link)).status_code == 410


def test_the_letter_is_sent_again_to_whoever_has_not_confirmed(
    client: Browser, confirm_link: str, work
) -> None:
    assert "Send the letter again" in client.get("/account").text
    client.submit("/account/confirmation")
    mailbox = work()
    assert len(mailbox.to("olga@example.com")) == 2
    assert client.get(confirm_link).status_code == 410
    client.submit("/confirm", token=token_of(mailbox.last_link("olga@example.com")))
    assert "Send the letter again" not in client.get("/account").text
    client.submit("/account/confirmation")
    assert len(work().to("olga@example.com")) == 2


def test_a_link_is_useless_for_another_purpose(
    client: Browser, bob: Person, reset_link: str, confirm_link: str
) -> None:
    for link, path in (
        (reset_link, "/confirm"),
        (reset_link, "/account/new-address"),
        (confirm_link, "/reset"),
        (confirm_link, "/account/new-address"),
    ):
        token = token_of(link)
        assert client.get(path, query_string={"token": token}).status_code == 410
        response = client.submit(path, token=token, password=NEW_PASSWORD)
        assert response.status_code == 410
    assert may_sign_in(bob.email, PASSWORD)


@pytest.mark.parametrize("token", ["", "x", "\x00", "é" * 3000, "' OR 1=1 --"])
def test_made_up_tokens_open_nothing(client: Browser, token: str) -> None:
    for path in ("/reset", "/confirm", "/account/new-address"):
        assert client.submit(path, token=token, password=NEW_PASSWORD).status_code == 410
    assert client.get("/reset?token=%00%ff").status_code == 410


def test_tokens_are_stored_as_hashes_and_kept_out_of_paths(
    client: Browser, reset_link: str
) -> None:
    token = token_of(reset_link)
    link = db.session.scalars(sa.select(LoginLink)).one()
    assert token.encode() not in link.token_hash
    assert token not in reset_link.partition("?")[0]


# A new address


def ask_for(bob: Person, email: str, password: str = PASSWORD):
    return bob.browser.submit(
        "/account/address", **{"address-email": email, "address-current": password}
    )


def test_an_address_changes_when_the_new_one_is_confirmed_and_the_old_one_is_told(
    app: Flask, client: Browser, bob: Person, work
) -> None:
    elsewhere = new_browser(app)
    bob.signs_in(elsewhere)
    with transaction():
        key = create_api_key(bob.id, label="", scopes=[], now=NOON)
    assert ask_for(bob, "robert@example.org").status_code == 303
    assert db.session.get_one(User, bob.id).email == "bob@example.com"
    link = work().last_link("robert@example.org")
    assert "robert@example.org" in bob.browser.get(link).text
    bob.browser.submit("/account/new-address", token=token_of(link))
    user = db.session.get_one(User, bob.id)
    assert (user.email, user.email_key) == ("robert@example.org", "robert@example.org")
    assert bob.browser.get("/account").status_code == 200
    assert elsewhere.get("/account").status_code == 303
    assert live_api_key(key.secret) is None
    [told] = work().to("bob@example.com")
    assert told.subject == "Your account has a new address"
    assert "robert@example.org" in told.text
    assert not may_sign_in("bob@example.com", PASSWORD)
    assert may_sign_in("robert@example.org", PASSWORD)


def test_a_new_address_needs_the_password(bob: Person, work) -> None:
    response = ask_for(bob, "robert@example.org", "wrong horse 7")
    assert response.status_code == 422
    assert "This is not your password." in response.text
    assert work().letters == []


def test_the_address_of_another_account_is_not_taken_and_not_given_away(
    bob: Person, carol: Person, work
) -> None:
    response = ask_for(bob, "Carol@example.com")
    assert response.status_code == 303
    assert [letter.subject for letter in work().to(carol.email)] == ["You already have an account"]
    assert db.session.get_one(User, bob.id).email == "bob@example.com"


def test_an_address_that_was_taken_in_the_meantime_stays_with_its_owner(
    client: Browser, bob: Person, work
) -> None:
    ask_for(bob, "robert@example.org")
    link = work().last_link("robert@example.org")
    make_user("Robert", email="robert@example.org")
    assert client.submit("/account/new-address", token=token_of(link)).status_code == 410
    assert db.session.get_one(User, bob.id).email == "bob@example.com"


def test_a_reset_link_is_dead_after_the_address_changed(
    client: Browser, bob: Person, reset_link: str, work
) -> None:
    ask_for(bob, "robert@example.org")
    link = work().last_link("robert@example.org")
    client.submit("/account/new-address", token=token_of(link))
    assert client.get(reset_link).status_code == 410


def test_running_the_jobs_twice_writes_no_second_letter(
    client: Browser, bob: Person, reset_link: str, work
) -> None:
    fact = db.session.scalars(sa.select(StoredFact).filter_by(name="ResetWanted")).one()
    send_reset(fact.payload)
    assert len(work().to(bob.email)) == 1
    assert client.get(reset_link).status_code == 200
