"""The audit of who came in: counts that differ are found, people who come and go are fine."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest
import sqlalchemy as sa

from tests.factories.events import make_event, make_tier
from tests.factories.orders import buy, tickets_of
from tests.fixtures.till import Till
from tests.people import Person
from tixapp.core.db import db, transaction
from tixapp.events.models import Entry, Event
from tixapp.ops.audit import run_audit
from tixapp.orders.models import Order
from tixapp.orders.sales import attendees_page
from tixapp.tickets.actions import Door, check_in_by_id
from tixapp.tickets.rules import Direction


@pytest.fixture
def order(now: datetime, till: Till, alice: Person, bob: Person) -> Order:
    """Two places, paid."""
    assert alice.seller
    event = make_event(alice.seller)
    return buy(till, event, bob.user, {make_tier(event): 2})


def test_a_ticket_that_counts_other_than_its_check_ins(order: Order) -> None:
    [first, _] = tickets_of(order)
    db.session.execute(sa.text("UPDATE tickets SET inside = true WHERE number = 1"))
    db.session.commit()
    assert run_audit() == [
        f"ticket {first.public_id} counts 0 entries, inside True: its check-ins say 0, 0 not left"
    ]


def test_who_went_out_and_came_in_again_is_in_order(
    order: Order, dan: Person, now: datetime
) -> None:
    [first, _] = tickets_of(order)
    db.session.get_one(Event, first.event_id).entry = Entry.REENTRY
    door = Door(first.event_id, dan.id, "North", entry=Entry.REENTRY)
    for way in (Direction.IN, Direction.OUT, Direction.IN):
        with transaction():
            there = replace(door, direction=way)
            check_in_by_id(first.public_id, door=there, scan_id=None, scanned_at=now, now=now)
    assert run_audit() == []
    assert [one.used_at for one in attendees_page(first.event_id, after=None, limit=5)] == [
        now,
        None,
    ]
