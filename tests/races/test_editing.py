"""Sellers who edit while buyers buy: case 47."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from io import BytesIO

import pytest
from flask import Flask

from tests.factories.accounts import make_user
from tests.factories.events import make_event, make_tier
from tests.factories.pictures import picture
from tests.people import Person
from tests.races.threads import at_once, errors
from tixapp.core.db import db, transaction
from tixapp.core.pictures import draw
from tixapp.events.actions import begin_picture, show_picture
from tixapp.events.models import Event, Picture
from tixapp.events.queries import event_by_id
from tixapp.inventory.actions import place_hold, resize_stock
from tixapp.inventory.models import Stock

TEN_MINUTES = timedelta(minutes=10)


@pytest.fixture
def event(now: datetime, alice: Person) -> Event:
    assert alice.seller
    return make_event(alice.seller)


def test_places_taken_away_while_they_are_bought_are_never_fewer_than_those_bought(
    app: Flask, event: Event, now: datetime
) -> None:
    tier = make_tier(event, capacity=10)
    event_id, tier_id = event.public_id, tier.id
    people = [make_user(f"Buyer{number}").id for number in range(6)]

    def hold(person: int) -> int:
        with transaction():
            found = event_by_id(event_id)
            place_hold(found, {tier_id: 2}, buyer_id=person, now=now, length=TEN_MINUTES)
        return 2

    def shrink(capacity: int) -> int:
        with transaction():
            resize_stock(tier_id, capacity, now=now)
        return 0

    works: list[Callable[[], int]] = [partial(hold, person) for person in people]
    works += [partial(shrink, capacity) for capacity in (8, 6, 4, 2)]
    answers = at_once(app, works)
    assert set(errors(answers)) <= {"SoldOut", "BelowCommitted"}
    held = sum(answer for answer in answers if isinstance(answer, int))
    db.session.expire_all()
    stock = db.session.get_one(Stock, tier_id)
    assert stock.held == held
    assert held <= stock.capacity


def test_of_pictures_set_at_once_one_is_shown(app: Flask, event: Event, now: datetime) -> None:
    drawn = draw(BytesIO(picture()))
    with transaction():
        found = event_by_id(event.public_id)
        ids = [begin_picture(found, drawn, by=None, now=now).id for _ in range(6)]

    def show(picture_id: int) -> None:
        with transaction():
            show_picture(picture_id, by=None, now=now)

    answers = at_once(app, [partial(show, picture_id) for picture_id in ids])
    assert errors(answers) == []
    shown = db.session.query(Picture).filter(Picture.is_shown())
    assert shown.count() == 1
    assert db.session.query(Picture).filter(Picture.removed_at.is_not(None)).count() == 5
