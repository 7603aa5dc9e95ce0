"""An evening at the door without a reliable network: nothing is lost, nobody's place is taken twice
without its being known, and the same lines have the same outcome."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from random import Random

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.factories.doors import make_gate, make_phone
from tests.factories.events import make_event, make_tier
from tests.factories.tickets import make_ticket
from tests.people import Person
from tests.races.door_evening import HOUR, TICK, Evening, Staff, network
from tixapp.core.db import db, transaction
from tixapp.door.models import Conflict
from tixapp.tickets.actions import void_refunded
from tixapp.tickets.models import CheckIn, Scan, Ticket, TicketStatus

PHONES = 20
TICKETS = 5000
SHOWN = 1800  # of them come that evening
TWICE = 250  # tickets of which there is a copy
REFUNDED = 60

COPIES = sa.text(
    "INSERT INTO tickets (public_id, order_id, order_line_id, number, event_id, tier_id,"
    " holder_id, holder_name, status, issued_at)"
    " SELECT translate(lpad(n::text, 13, 'A'), '0189', 'WXYZ'), order_id, order_line_id, n + 1,"
    " event_id, tier_id, holder_id, '', status, issued_at"
    " FROM tickets, generate_series(1, :others) n"
)


@pytest.fixture
def evening(app: Flask, now: datetime, alice: Person, bob: Person) -> Evening:
    assert alice.seller
    event = make_event(alice.seller)
    make_ticket(make_tier(event), bob.user, holder_name="")
    db.session.execute(COPIES, {"others": TICKETS - 1})
    db.session.commit()
    dice, staff = Random(20261120), []  # noqa: S311 - the same evening each time
    for number in range(1, PHONES + 1):
        gate = make_gate(event, f"Gate {number}", number)
        phone = make_phone(event, gate, alice.user, at=now - timedelta(hours=1))
        phone.ahead = timedelta(milliseconds=dice.randint(-600_000, 600_000))
        staff.append(Staff(phone, gate.name, network(dice)))
    return Evening(event, now, staff, dice)


def refund(names: list[str]) -> None:
    with transaction():
        wanted = sa.select(Ticket).where(Ticket.public_id.in_(names))
        standing = [one for one in db.session.scalars(wanted) if one.is_standing]
        void_refunded(standing, refund_id=None)


def scans_of(rows: sa.Select[tuple[int]]) -> set[str]:
    return set(db.session.scalars(sa.select(Scan.scan_id).where(Scan.id.in_(rows))))


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_an_hour_of_twenty_phones_on_a_network_that_comes_and_goes(evening: Evening) -> None:
    dice = evening.dice
    names = list(db.session.scalars(sa.select(Ticket.public_id).order_by(Ticket.id)))
    gone = names[:REFUNDED]
    came = [*gone, *dice.sample(names[REFUNDED:], SHOWN - REFUNDED)]
    shown = [*came, *dice.sample(came, TWICE)]
    plan = sorted((dice.uniform(0, HOUR - 60), name, dice.choice(evening.staff)) for name in shown)
    for staff in evening.staff:
        evening.sync(staff, 0)
    minute = 0
    for second, name, staff in plan:
        while minute * TICK <= second:
            evening.tick(minute * TICK)
            minute += 1
            if minute == 30:
                refund(gone)
        evening.scan(staff, name, second)
    order = dice.sample(evening.staff, PHONES)
    for place, staff in enumerate(order * 2):
        evening.sync(staff, HOUR + place)

    lines = Counter(line.split("/")[7] for line in evening.lines)
    assert len(evening.lines) == sum(lines.values()) > len(shown)
    kept = sa.select(sa.func.count(Scan.id)).where(Scan.line.is_not(None))
    assert db.session.scalar(kept) == len(evening.lines), "a scan was lost"

    stands = sa.select(CheckIn.scan_row).where(CheckIn.undone_at.is_(None))
    standing = scans_of(stands)
    conflicting = scans_of(sa.select(Conflict.scan_row).where(Conflict.gone_at.is_(None)))
    per_ticket = Counter(
        db.session.scalars(sa.select(CheckIn.ticket_id).where(CheckIn.undone_at.is_(None)))
    )
    assert max(per_ticket.values()) == 1
    assert standing | conflicting == set(evening.came)
    assert standing & conflicting == set()

    right = evening.standing_by_right()
    for name in set(right) - set(gone):
        assert right[name] in standing
    kinds = Counter(db.session.scalars(sa.select(Conflict.kind).where(Conflict.gone_at.is_(None))))
    assert kinds["twice"] == len(evening.came) - len(standing) - kinds["refunded"]
    assert kinds["twice"] > 20, "an evening without conflicts proves nothing"
    used = sa.select(sa.func.count(Ticket.id)).where(Ticket.status == TicketStatus.USED)
    assert db.session.scalar(used) == len(set(right) - set(gone))
