"""Lines that are not taken, and what is said of them: nothing is lost without a word."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from tests.factories.doors import Phone, make_gate, make_phone, send
from tests.factories.events import make_event, make_tier
from tests.factories.tickets import make_ticket
from tests.people import Person
from tixapp.core.db import db
from tixapp.door.models import RefusedLine
from tixapp.events.models import Event
from tixapp.tickets.models import CheckIn, Scan, Ticket

MINUTE = timedelta(minutes=1)


@pytest.fixture
def ticket(event: Event, bob: Person) -> Ticket:
    return make_ticket(make_tier(event), bob.user)


@pytest.fixture
def north(event: Event, alice: Person, now: datetime) -> Phone:
    return make_phone(event, make_gate(event, "North", 1), alice.user, "N", at=now)


@pytest.fixture
def south(event: Event, alice: Person, now: datetime) -> Phone:
    return make_phone(event, make_gate(event, "South", 2), alice.user, "S", at=now)


def states(answers: list[list[str]]) -> list[str]:
    return [":".join(answer[1:]) for answer in answers]


def count(table: Any) -> int:
    return db.session.scalar(sa.select(sa.func.count(table.id))) or 0


def test_no_relay_can_forge_or_bend_a_line(
    event: Event, ticket: Ticket, alice: Person, north: Phone, south: Phone, now: datetime
) -> None:
    assert alice.seller
    good = north.note(ticket.public_id, now)
    bent = good.replace("/ADMITTED/", "/UNKNOWN/")
    as_if_south = good.replace(north.device.handle, south.device.handle)
    elsewhere = make_phone(make_event(alice.seller, "Day Trains"), None, alice.user)
    foreign = elsewhere.note(ticket.public_id, now)
    answers = send(event, south, bent, as_if_south, foreign, "x" * 900, 5, at=now + MINUTE)
    assert states(answers) == [
        "refused:bad_mac",
        "refused:bad_mac",
        "refused:unknown_device",
        "refused:malformed",
        "refused:malformed",
    ]
    assert (count(CheckIn), count(Scan), count(RefusedLine)) == (0, 0, 5)
    send(event, south, bent, at=now + 2 * MINUTE)
    assert count(RefusedLine) == 5


def test_one_number_is_one_line(event: Event, ticket: Ticket, north: Phone, now: datetime) -> None:
    first = north.note(ticket.public_id, now)
    north.number = 0
    second = north.note(ticket.public_id, now + MINUTE)
    assert states(send(event, north, first, second, at=now + 2 * MINUTE)) == [
        "new",
        "refused:number_taken",
    ]
    assert db.session.scalars(sa.select(CheckIn.at)).all() == [now]
