"""What happens in between: a password is changed while another request checks the old one."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from tests.factories.accounts import PASSWORD, hash_of
from tests.fixtures.time import NOON
from tests.people import Person
from tixapp.accounts import flows
from tixapp.accounts.actions import Visitor, make_link
from tixapp.accounts.errors import WrongPassword
from tixapp.accounts.models import LinkPurpose, User, UserSession
from tixapp.accounts.queries import live_link
from tixapp.accounts.rules import address
from tixapp.core.db import db, transaction

NEWER = hash_of("set by somebody quicker")


@pytest.fixture
def overtaken(bob: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """While bob's password is checked, another request changes it."""
    real: Callable[[str, str | None], bool] = flows.fits

    def check_slowly(password: str, stored: str | None) -> bool:
        with transaction():
            db.session.get_one(User, bob.id).password_hash = NEWER
        return real(password, stored)

    monkeypatch.setattr(flows, "fits", check_slowly)


@pytest.mark.usefixtures("overtaken")
def test_the_old_password_signs_nobody_in(bob: Person) -> None:
    assert flows.sign_in(address(bob.email), PASSWORD, Visitor(), now=NOON) is None
    assert db.session.scalar(sa.select(sa.func.count(UserSession.id))) == 0


@pytest.mark.usefixtures("overtaken")
def test_the_old_password_changes_nothing(bob: Person) -> None:
    user = db.session.get_one(User, bob.id)
    db.session.expunge(user)  # as a request knows it
    with pytest.raises(WrongPassword):
        flows.change_password(user, PASSWORD, "battery staple 9", kept=None, now=NOON)
    with pytest.raises(WrongPassword):
        flows.want_new_address(user, PASSWORD, address("new@example.com"), now=NOON)
    assert db.session.get_one(User, bob.id).password_hash == NEWER


def test_a_link_made_for_a_former_address_is_dead(bob: Person) -> None:
    with transaction():
        token = make_link(db.session.get_one(User, bob.id), LinkPurpose.RESET, now=NOON)
    assert live_link(token, LinkPurpose.RESET, now=NOON) is not None
    with transaction():
        db.session.get_one(User, bob.id).email_key = "robert@example.org"
    assert live_link(token, LinkPurpose.RESET, now=NOON) is None
