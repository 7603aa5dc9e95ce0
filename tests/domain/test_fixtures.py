"""What the fixtures promise to every other test."""

from __future__ import annotations

import contextvars
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.factories.accounts import make_user
from tests.people import Person
from tixapp.accounts.models import User
from tixapp.core.clock import clock
from tixapp.core.db import db, transaction


def count_users() -> int:
    return db.session.scalar(sa.select(sa.func.count(User.id))) or 0


@pytest.mark.parametrize("time", ["first", "second"])
def test_a_test_starts_with_empty_tables(time: str) -> None:
    assert count_users() == 0
    make_user(time)
    assert count_users() == 1


def test_a_transaction_commits_for_the_sessions_of_other_contexts(app: Flask, bob: Person) -> None:
    with transaction():
        db.session.add(rename := db.session.get_one(User, bob.id))
        rename.name = "Robert"

    def name_in_a_request() -> str:
        with app.app_context():
            return db.session.get_one(User, bob.id).name

    assert contextvars.Context().run(name_in_a_request) == "Robert"


def test_a_failed_transaction_undoes_its_own_work_only(bob: Person) -> None:
    def rename_and_fail() -> None:
        with transaction():
            db.session.get_one(User, bob.id).name = "Robert"
            db.session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        rename_and_fail()
    assert db.session.get_one(User, bob.id).name == "Bob"


def test_queries_are_counted_without_savepoints(queries, bob: Person) -> None:
    with queries() as asked:
        with transaction():
            db.session.execute(sa.select(User.id))
        count_users()
    assert len(asked) == 2


def test_the_clock_stands_still_until_it_is_moved(now: datetime, at) -> None:
    assert clock.now() == now
    at(timedelta(minutes=5))
    assert clock.now() == now + timedelta(minutes=5)
