"""How a request knows who makes it: one statement, fresh each time, out of every cache."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_login import current_user
from psycopg import OperationalError as DriverError
from sqlalchemy.exc import OperationalError

from tests.fixtures.browser import Browser
from tests.people import Person
from tixapp.accounts import login
from tixapp.accounts.models import User, UserSession
from tixapp.core.clock import clock
from tixapp.core.db import db

pytestmark = pytest.mark.usefixtures("now")


def seen_at():
    return db.session.scalars(sa.select(UserSession.seen_at)).one()


def test_one_statement_tells_who_it_is(bob: Person, queries) -> None:
    bob.browser.get("/account")
    with queries() as asked:
        bob.browser.get("/account")
    assert len(asked) == 1
    assert "user_sessions" in asked[0]
    assert "JOIN users" in asked[0]


def test_nothing_is_asked_for_a_stranger(client: Browser, queries) -> None:
    client.get("/sign-in")
    with queries() as asked:
        client.get("/sign-in")
    assert asked == []


def test_a_visit_is_noted_every_five_minutes(bob: Person, now, at, queries) -> None:
    bob.browser.get("/account")
    at(timedelta(minutes=4, seconds=59))
    bob.browser.get("/account")
    assert seen_at() == now
    later = at(timedelta(seconds=1))
    bob.browser.get("/account")
    assert seen_at() == later


def test_a_made_up_or_unsigned_cookie_is_nobody(app: Flask, client: Browser) -> None:
    client.set_cookie("tixapp", "eyJfdXNlcl9pZCI6IjEifQ.aaaa.bbbb")
    assert client.get("/account").status_code == 303
    with client.session_transaction() as session:
        session["_user_id"] = "1"
    assert client.get("/account").status_code == 303


def test_pages_about_accounts_are_kept_in_no_cache(client: Browser, bob: Person) -> None:
    for browser, path in (
        (bob.browser, "/account"),
        (bob.browser, "/account/keys"),
        (client, "/sign-in"),
        (client, "/forgotten"),
        (client, "/reset?token=x"),
    ):
        assert browser.get(path).headers["Cache-Control"] == "no-store"


def test_programs_get_401_instead_of_a_page(client: Browser) -> None:
    response = client.get("/account", headers={"Accept": "application/json"})
    assert response.status_code == 401
    assert response.json is not None
    assert response.json["code"] == "unauthorized"


def test_a_form_sent_by_a_stranger_leads_back_to_the_page_it_stood_on(client: Browser) -> None:
    own = client.submit(
        "/account/name", name="x", headers={"Referer": "http://localhost/e/jazz?a=1"}
    )
    assert own.location == "/sign-in?next=/e/jazz?a%3D1"
    other = client.submit("/account/name", name="x", headers={"Referer": "http://evil.example/x"})
    assert other.location == "/sign-in"


def test_the_person_stays_readable_when_a_view_rolls_back(
    app: Flask, bob: Person, queries, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rolls_back() -> str:
        name = current_user.name
        db.session.rollback()
        return f"{name} {current_user.name} {current_user.is_admin}"

    monkeypatch.setitem(app.view_functions, "accounts.account", rolls_back)
    browser = bob.browser
    with queries() as asked:
        assert browser.get("/account").text == "Bob Bob False"
    assert len(asked) == 1


def test_without_a_database_the_page_that_says_so_is_drawn_for_nobody(
    bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise OperationalError("SELECT", {}, DriverError("the server closed the connection"))

    monkeypatch.setattr(login, "live_session", away)
    response = bob.browser.get("/account")
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "5"
    assert "Content-Security-Policy" in response.headers
    assert "server closed" not in response.text


def test_the_clock_decides_and_not_the_cookie(bob: Person, at) -> None:
    bob.browser.get("/account")
    db.session.execute(sa.update(UserSession).values(expires_at=clock.now()))
    assert bob.browser.get("/account").status_code == 303


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://localhost.evil.example", "http://evil", ""]
)
def test_what_another_site_sends_is_refused_even_with_the_token(bob: Person, origin: str) -> None:
    response = bob.browser.submit("/account/name", name="Eve", headers={"Origin": origin})
    assert response.status_code == 403
    assert db.session.get_one(User, bob.id).name == "Bob"


def test_what_our_own_pages_send_is_taken(bob: Person) -> None:
    own = {"Origin": "http://localhost"}
    assert bob.browser.submit("/account/name", name="Robert", headers=own).status_code == 303
