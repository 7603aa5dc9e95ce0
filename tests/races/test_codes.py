"""Many use one code at once: it gives what it may and no more. Once more with its lock taken out,
which must then be seen."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from flask import Flask

from tests.factories import saved
from tests.factories.accounts import make_user
from tests.factories.events import make_event, make_tier
from tests.people import Person
from tests.races.threads import at_once, errors, unlocked
from tixapp.core.db import db, transaction
from tixapp.events.models import Event, Tier
from tixapp.events.queries import event_by_id
from tixapp.inventory.actions import place_hold
from tixapp.inventory.codes import Code, taken_of
from tixapp.inventory.models import Hold

EIGHT = 8


@pytest.fixture
def event(now: datetime, alice: Person) -> Event:
    assert alice.seller
    return make_event(alice.seller, purchase_limit=20)


@pytest.fixture
def floor(event: Event) -> Tier:
    return make_tier(event, capacity=100)


@pytest.fixture
def code(event: Event, alice: Person, now: datetime) -> Code:
    made = Code(
        event_id=event.id,
        name="ONE",
        key="ONE",
        percent_bps=1000,
        total_limit=2,
        made_by=alice.id,
        made_at=now,
    )
    return saved(made)


def everyone_at_once(app: Flask, event: Event, tier: Tier, now: datetime) -> list[int | Exception]:
    event_id, tier_id = event.public_id, tier.id

    def take(buyer: int) -> int:
        with transaction():
            found = event_by_id(event_id)
            length = timedelta(minutes=10)
            return place_hold(
                found, {tier_id: 1}, buyer_id=buyer, now=now, length=length, code="ONE"
            ).id

    people = [make_user(f"Buyer{number}").id for number in range(EIGHT)]
    return at_once(app, [lambda buyer=buyer: take(buyer) for buyer in people])  # type: ignore[misc]


def test_a_code_for_two_is_used_by_two(
    app: Flask, event: Event, floor: Tier, code: Code, now: datetime
) -> None:
    answers = everyone_at_once(app, event, floor, now)
    assert errors(answers) == ["CodeUsedUp"] * (EIGHT - 2)
    assert taken_of(code) == (2, 0)


def test_without_the_lock_it_would_be_used_by_more(
    app: Flask, event: Event, floor: Tier, code: Code, now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr("tixapp.inventory.codes.locked", unlocked)
    for _attempt in range(20):
        everyone_at_once(app, event, floor, now)
        if taken_of(code)[0] > 2:
            return
        db.session.query(Hold).update({"status": "released"})
        db.session.execute(db.text("UPDATE allowances SET held = 0"))
        db.session.execute(db.text("UPDATE stocks SET held = 0"))
        db.session.execute(db.text("UPDATE users SET email_key = email_key || 'x'"))
        db.session.commit()
    pytest.fail("the race was not seen")
