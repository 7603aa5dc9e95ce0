"""The cast: alice sells, bob buys, carol waits, dan stands at the door, erin runs the platform.

Each is a thin object around a row. Ask for `alice`, `bob`, … as fixtures; `bob.browser` is a
browser bob is signed in to.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from secrets import token_urlsafe

import pytest
from flask import Flask

from tests.factories import saved
from tests.factories.accounts import make_user
from tests.factories.sellers import make_member, make_seller
from tests.fixtures.app import DbSession, new_browser
from tests.fixtures.browser import Browser
from tests.fixtures.time import NOON
from tixapp.accounts.models import User, UserSession
from tixapp.sellers.models import Role, Seller


@dataclass
class Person:
    app: Flask
    user: User
    seller: Seller | None = None  # whom the person works for

    @property
    def id(self) -> int:
        return self.user.id

    @property
    def email(self) -> str:
        return self.user.email

    @cached_property
    def browser(self) -> Browser:
        browser = new_browser(self.app)
        self.signs_in(browser)
        return browser

    def signs_in(self, browser: Browser) -> None:
        """What signing in leaves behind: a row, and its token in the cookie."""
        token = token_urlsafe()
        saved(
            UserSession(
                user_id=self.user.id,
                token_hash=hashlib.sha256(token.encode()).digest(),
                created_at=NOON,
                seen_at=NOON,
                expires_at=NOON + timedelta(days=3650),
            )
        )
        with browser.session_transaction() as session:
            session.clear()
            session.permanent = True
            session["_user_id"] = token


@pytest.fixture
def alice(app: Flask, db_session: DbSession) -> Person:
    user = make_user("Alice")
    return Person(app, user, make_seller(user))


@pytest.fixture
def bob(app: Flask, db_session: DbSession) -> Person:
    return Person(app, make_user("Bob"))


@pytest.fixture
def carol(app: Flask, db_session: DbSession) -> Person:
    return Person(app, make_user("Carol"))


@pytest.fixture
def dan(app: Flask, alice: Person) -> Person:
    """Works the doors of alice's events."""
    user = make_user("Dan")
    assert alice.seller
    make_member(alice.seller, user, Role.DOOR)
    return Person(app, user, alice.seller)


@pytest.fixture
def erin(app: Flask, db_session: DbSession) -> Person:
    return Person(app, make_user("Erin", is_admin=True))
