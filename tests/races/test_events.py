"""Several sellers and editors at one moment."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.factories.events import make_details, make_event
from tests.fixtures.time import NOON
from tests.people import Person
from tests.races.threads import at_once, errors
from tixapp.core.db import db, transaction
from tixapp.core.facts import StoredFact
from tixapp.events import actions
from tixapp.events.models import Event
from tixapp.sellers.models import Seller

MANY = 8


@pytest.fixture
def seller(alice: Person) -> Seller:
    assert alice.seller
    return alice.seller


def test_events_of_one_name_made_at_once_get_addresses_of_their_own(
    app: Flask, seller: Seller
) -> None:
    def make() -> str:
        with transaction():
            owner = db.session.get_one(Seller, seller.id)
            return actions.create_event(owner, make_details(), by=None, now=NOON).slug

    slugs = at_once(app, [make] * MANY)
    assert errors(slugs) == []
    assert len(set(slugs)) == MANY
    assert slugs.count("night-trains") == 1


def test_of_editors_who_saw_the_same_version_one_is_heard(app: Flask, seller: Seller) -> None:
    event = make_event(seller)
    seen = actions.details_of(event)

    def edit(name: str) -> str:
        with transaction():
            changed = replace(seen, name=name)
            return actions.edit_event(event.id, changed, version=1, by=None, now=NOON).name

    answers = at_once(app, [partial(edit, f"Name {n}") for n in range(MANY)])
    assert errors(answers) == ["StaleVersion"] * (MANY - 1)
    db.session.expire_all()
    assert db.session.scalar(sa.select(Event.name)) in answers
    assert db.session.scalar(sa.select(Event.version)) == 2


def test_cancelling_many_times_at_once_is_told_once(app: Flask, seller: Seller) -> None:
    event = make_event(seller)

    def cancel() -> None:
        with transaction():
            actions.cancel(event.id, by=None, now=NOON)

    assert errors(at_once(app, [cancel] * MANY)) == []
    told = sa.select(sa.func.count(StoredFact.id)).where(StoredFact.name == "EventCancelled")
    assert db.session.scalar(told) == 1
