"""Several sellers and editors at one moment."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import TypeVar

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.factories.events import make_details, make_event
from tests.fixtures.time import NOON
from tests.people import Person
from tixapp.core.db import db, transaction
from tixapp.core.facts import StoredFact
from tixapp.events import actions
from tixapp.events.errors import StaleVersion
from tixapp.events.models import Event
from tixapp.sellers.models import Seller

T = TypeVar("T")
MANY = 8


@pytest.fixture
def seller(alice: Person) -> Seller:
    assert alice.seller
    return alice.seller


def all_at_once(app: Flask, deed: Callable[[int], T]) -> list[T]:
    """`deed(number)` in as many threads, all of them let go at one moment."""
    barrier = Barrier(MANY)

    def run(number: int) -> T:
        with app.app_context():
            barrier.wait(timeout=20)
            return deed(number)

    with ThreadPoolExecutor(MANY) as threads:
        return list(threads.map(run, range(MANY)))


def test_events_of_one_name_made_at_once_get_addresses_of_their_own(
    app: Flask, seller: Seller
) -> None:
    def make(_number: int) -> str:
        with transaction():
            owner = db.session.get_one(Seller, seller.id)
            return actions.create_event(owner, make_details(), by=None, now=NOON).slug

    slugs = all_at_once(app, make)
    assert len(set(slugs)) == MANY
    assert slugs.count("night-trains") == 1
    assert db.session.scalar(sa.select(sa.func.count(Event.id))) == MANY


def test_of_editors_who_saw_the_same_version_one_is_heard(app: Flask, seller: Seller) -> None:
    event = make_event(seller)
    seen = actions.details_of(event)

    def edit(number: int) -> str:
        try:
            with transaction():
                changed = replace(seen, name=f"Name {number}")
                return actions.edit_event(event.id, changed, version=1, by=None, now=NOON).name
        except StaleVersion:
            return "too late"

    answers = all_at_once(app, edit)
    assert answers.count("too late") == MANY - 1
    db.session.expire_all()
    assert db.session.scalar(sa.select(Event.name)) in answers
    assert db.session.scalar(sa.select(Event.version)) == 2


def test_cancelling_many_times_at_once_is_told_once(app: Flask, seller: Seller) -> None:
    event = make_event(seller)

    def cancel(_number: int) -> None:
        with transaction():
            actions.cancel(event.id, by=None, now=NOON)

    all_at_once(app, cancel)
    told = sa.select(sa.func.count(StoredFact.id)).where(StoredFact.name == "EventCancelled")
    assert db.session.scalar(told) == 1
