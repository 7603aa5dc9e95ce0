"""One's own account: name, password, where one is signed in, keys."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.factories.accounts import PASSWORD
from tests.fixtures.app import new_browser
from tests.fixtures.browser import Browser
from tests.fixtures.time import NOON
from tests.people import Person
from tixapp.accounts.actions import Visitor, create_api_key, disable
from tixapp.accounts.flows import sign_in
from tixapp.accounts.models import ApiKey, User, UserSession
from tixapp.accounts.queries import live_api_key
from tixapp.accounts.rules import address
from tixapp.core.db import db, transaction

pytestmark = pytest.mark.usefixtures("now")

NEW_PASSWORD = "battery staple 9"


def is_in(browser: Browser) -> bool:
    return browser.get("/account").status_code == 200


def change(bob: Person, old: str, new: str):
    return bob.browser.submit(
        "/account/password", **{"password-current": old, "password-password": new}
    )


def signed_in_elsewhere(app: Flask, person: Person) -> Browser:
    browser = new_browser(app)
    person.signs_in(browser)
    return browser


def test_a_stranger_is_asked_to_sign_in_and_comes_back(client: Browser) -> None:
    for path in ("/account", "/account/sessions", "/account/keys"):
        response = client.get(path)
        assert (response.status_code, response.location) == (303, f"/sign-in?next={path}")


def test_a_name_is_changed(bob: Person) -> None:
    response = bob.browser.submit("/account/name", name="  Robert  Baker ")
    assert response.status_code == 303
    assert db.session.get_one(User, bob.id).name == "Robert Baker"
    assert bob.browser.submit("/account/name", name=" ").status_code == 422
    assert db.session.get_one(User, bob.id).name == "Robert Baker"


def test_a_new_password_ends_all_else_and_keeps_this_browser(app: Flask, bob: Person, work) -> None:
    elsewhere = signed_in_elsewhere(app, bob)
    with transaction():
        key = create_api_key(bob.id, label="", scopes=[], now=NOON)
    assert is_in(elsewhere)
    assert change(bob, PASSWORD, NEW_PASSWORD).status_code == 303
    assert is_in(bob.browser)
    assert not is_in(elsewhere)
    assert live_api_key(key.secret) is None
    assert sign_in(address(bob.email), NEW_PASSWORD, Visitor(), now=NOON)
    assert sign_in(address(bob.email), PASSWORD, Visitor(), now=NOON) is None
    assert [letter.subject for letter in work().to(bob.email)] == ["Your password was changed"]


def test_a_new_password_needs_the_old_one(app: Flask, bob: Person, work) -> None:
    elsewhere = signed_in_elsewhere(app, bob)
    response = change(bob, "wrong horse 7", NEW_PASSWORD)
    assert response.status_code == 422
    assert "This is not your current password." in response.text
    assert is_in(elsewhere)
    assert work().letters == []
    assert sign_in(address(bob.email), PASSWORD, Visitor(), now=NOON)


def test_guessing_the_old_password_is_slowed(bob: Person) -> None:
    statuses = [change(bob, f"wrong horse {n}", NEW_PASSWORD).status_code for n in range(11)]
    assert statuses == [422] * 10 + [429]


def test_a_disabled_account_is_out_at_once(app: Flask, bob: Person) -> None:
    with transaction():
        key = create_api_key(bob.id, label="", scopes=[], now=NOON)
    assert is_in(bob.browser)
    with transaction():
        disable(db.session.get_one(User, bob.id), by=None, now=NOON)
    assert not is_in(bob.browser)
    assert live_api_key(key.secret) is None


# Where one is signed in


def test_one_sees_where_one_is_signed_in_and_ends_it(app: Flask, bob: Person) -> None:
    phone = new_browser(app)
    agent = "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0.0.0 Mobile"
    phone.submit("/sign-in", email=bob.email, password=PASSWORD, headers={"User-Agent": agent})
    page = bob.browser.get("/account/sessions").text
    assert "Chrome on Android" in page
    assert page.count("This one") == 1
    [path] = re.findall(r'action="(/account/sessions/ses_\w+/end)"', page)
    assert bob.browser.submit(path).status_code == 303
    assert is_in(bob.browser)
    assert not is_in(phone)


def test_all_others_are_ended_at_once(app: Flask, bob: Person, carol: Person) -> None:
    others = [signed_in_elsewhere(app, bob) for _ in range(3)]
    assert is_in(carol.browser)
    bob.browser.submit("/account/sessions/end-others")
    assert is_in(bob.browser)
    assert [is_in(other) for other in others] == [False] * 3
    assert is_in(carol.browser)


def test_nobody_ends_the_session_of_another(bob: Person, carol: Person) -> None:
    carol.browser.get("/account")
    session = db.session.scalars(sa.select(UserSession).filter_by(user_id=carol.id)).one()
    missing = bob.browser.submit("/account/sessions/ses_nothing/end")
    refused = bob.browser.submit(f"/account/sessions/{session.public_id}/end")
    assert (refused.status_code, missing.status_code) == (404, 404)
    assert is_in(carol.browser)


# Keys


def make_key(person: Person, **fields: object):
    return person.browser.submit(
        "/account/keys", **{"label": "Door list", "scopes": "read"} | fields
    )


def test_a_key_is_shown_once_and_works(bob: Person) -> None:
    response = make_key(bob)
    assert response.status_code == 201
    assert response.headers["Cache-Control"] == "no-store"
    [secret] = re.findall(r">(tix_[\w-]+)<", response.text)
    found = live_api_key(secret)
    assert found is not None
    assert (found.user_id, found.scopes) == (bob.id, ["read"])
    page = bob.browser.get("/account/keys").text
    assert "Door list" in page
    assert secret not in page


def test_a_revoked_key_is_dead(bob: Person) -> None:
    with transaction():
        key = create_api_key(bob.id, label="", scopes=[], now=NOON)
    assert bob.browser.submit(f"/account/keys/{key.public_id}/end").status_code == 303
    assert live_api_key(key.secret) is None


def test_nobody_revokes_the_key_of_another(bob: Person, carol: Person) -> None:
    with transaction():
        key = create_api_key(carol.id, label="", scopes=[], now=NOON)
    assert bob.browser.submit(f"/account/keys/{key.public_id}/end").status_code == 404
    assert live_api_key(key.secret) is not None


@pytest.mark.parametrize("fields", [{"scopes": "all"}, {"scopes": []}, {"label": ""}])
def test_a_key_needs_a_name_and_known_scopes(bob: Person, fields: dict[str, object]) -> None:
    assert make_key(bob, **fields).status_code == 422
    assert db.session.scalar(sa.select(sa.func.count(ApiKey.id))) == 0


def test_every_deed_needs_the_forms_own_token(bob: Person) -> None:
    deeds = (
        ("/account/name", {"name": "Eve"}),
        ("/account/password", {"password-current": PASSWORD, "password-password": NEW_PASSWORD}),
        ("/account/address", {"address-email": "e@example.com", "address-current": PASSWORD}),
        ("/account/keys", {"label": "x", "scopes": "read"}),
        ("/account/sessions/end-others", {}),
        ("/account/confirmation", {}),
    )
    for path, fields in deeds:
        assert bob.browser.post(path, data=fields).status_code == 400
        assert bob.browser.post(path, json=fields).status_code == 400
    assert db.session.get_one(User, bob.id).name == "Bob"
    assert db.session.scalar(sa.select(sa.func.count(ApiKey.id))) == 0
