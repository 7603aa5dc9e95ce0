"""Two tabs, a double click, a stranger who is as quick as the owner."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.fixtures.app import DbSession
from tests.fixtures.time import NOON
from tests.people import Person
from tixapp.accounts.actions import Visitor, make_link
from tixapp.accounts.errors import LinkDead
from tixapp.accounts.flows import reset_password, sign_in, sign_up, use_new_address
from tixapp.accounts.models import LinkPurpose, User, UserSession
from tixapp.accounts.rules import address
from tixapp.core.db import db, transaction
from tixapp.core.errors import Conflict

THREADS = 8

pytestmark = pytest.mark.usefixtures("now")


def at_once(app: Flask, deed: Callable[[int], object]) -> Counter[str]:
    """What became of it: the kind of error, or `done`, or `nothing`."""
    together = Barrier(THREADS)

    def run(number: int) -> str:
        with app.app_context():
            together.wait()
            try:
                return "nothing" if deed(number) is None else "done"
            except (LinkDead, Conflict) as fault:
                return type(fault).__name__

    with ThreadPoolExecutor(THREADS) as pool:
        return Counter(pool.map(run, range(THREADS)))


def test_one_address_gets_one_account(app: Flask, committed: DbSession) -> None:
    spellings = ["ada@example.com", "Ada@example.com", "ada+x@example.com", "ADA@EXAMPLE.COM"] * 2

    def deed(number: int) -> object:
        who = address(spellings[number])
        password = f"password of {number}"
        return sign_up(who, password, name="Ada", visitor=Visitor(), now=NOON)

    assert at_once(app, deed) == {"done": 1, "nothing": 7}
    assert committed.scalar(sa.select(sa.func.count(User.id))) == 1
    assert committed.scalar(sa.select(sa.func.count(UserSession.id))) == 1


def test_a_reset_link_is_used_once(app: Flask, bob: Person) -> None:
    with transaction():
        token = make_link(db.session.get_one(User, bob.id), LinkPurpose.RESET, now=NOON)

    def deed(number: int) -> object:
        return reset_password(token, f"password of {number}", Visitor(), now=NOON)

    assert at_once(app, deed) == {"done": 1, "LinkDead": 7}
    fitting = [
        number
        for number in range(THREADS)
        if sign_in(address(bob.email), f"password of {number}", Visitor(), now=NOON)
    ]
    assert len(fitting) == 1


def test_an_address_that_many_confirm_at_once_goes_to_one(
    app: Flask, bob: Person, carol: Person
) -> None:
    with transaction():
        tokens = [
            make_link(
                db.session.get_one(User, person.id),
                LinkPurpose.CHANGE,
                email="new@example.com",
                now=NOON,
            )
            for person in (bob, carol)
        ]

    def deed(number: int) -> object:
        use_new_address(tokens[number % 2], kept=None, now=NOON)
        return True

    outcome = at_once(app, deed)
    assert outcome["done"] == 1
    assert outcome["done"] + outcome["LinkDead"] + outcome["AddressTaken"] == THREADS
    owners = db.session.scalars(sa.select(User.name).filter_by(email_key="new@example.com")).all()
    assert len(owners) == 1
