"""Rules of entry: once, again after leaving, or as often as it comes; and where tiers may enter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from tests.factories.events import make_event, make_tier
from tests.factories.tickets import make_ticket
from tests.people import Person
from tixapp.core.clock import clock
from tixapp.core.db import db, transaction
from tixapp.events.models import Entry, Tier
from tixapp.ops.audit.tallies import tallies_equal_their_rows
from tixapp.tallies.jobs import fold_tallies
from tixapp.tickets.actions import Door, check_in_by_id, undo_check_in, void_refunded
from tixapp.tickets.models import CheckIn, Scan, Ticket, TicketStatus
from tixapp.tickets.queries import door_counts
from tixapp.tickets.rules import Direction, Result, ScanResult

Move = Callable[[datetime | timedelta], datetime]
MINUTE = timedelta(minutes=1)


@pytest.fixture
def floor(now: datetime, alice: Person) -> Tier:
    assert alice.seller
    return make_tier(make_event(alice.seller), "Floor")


@pytest.fixture
def ticket(floor: Tier, bob: Person) -> Ticket:
    return make_ticket(floor, bob.user)


@pytest.fixture
def door(ticket: Ticket, dan: Person) -> Door:
    return Door(ticket.event_id, dan.id, "North")


def scan(ticket: Ticket, door: Door) -> ScanResult:
    now = clock.now()
    with transaction():
        return check_in_by_id(ticket.public_id, door=door, scan_id=None, scanned_at=now, now=now)


def out(door: Door) -> Door:
    return replace(door, direction=Direction.OUT)


def stays() -> list[tuple[bool, bool]]:
    """(left, undone) of each check-in."""
    rows = db.session.execute(sa.select(CheckIn.left_at, CheckIn.undone_at).order_by(CheckIn.id))
    return [(row.left_at is not None, row.undone_at is not None) for row in rows]


def test_a_ticket_for_one_entry_does_not_admit_after_its_holder_left(
    ticket: Ticket, door: Door, at: Move, now: datetime
) -> None:
    scan(ticket, door)
    at(MINUTE)
    assert scan(ticket, out(door)).result == Result.LEFT
    assert door_counts(door.event_id) == {"admitted": 1, "expected": 1, "inside": 0}
    again = scan(ticket, door)
    assert again == ScanResult(Result.ALREADY_USED, "Floor", "Bob", now, "North")
    assert stays() == [(True, False)]


def test_with_re_entry_a_ticket_admits_again_after_an_exit_and_only_then(
    ticket: Ticket, door: Door, at: Move, now: datetime
) -> None:
    door = replace(door, entry=Entry.REENTRY)
    assert scan(ticket, door).result == Result.ADMITTED
    assert scan(ticket, door).result == Result.ALREADY_USED
    assert scan(ticket, out(door)).result == Result.LEFT
    assert scan(ticket, out(door)).result == Result.NOT_INSIDE
    at(MINUTE)
    again = scan(ticket, door)
    assert (again.result, again.entries, again.used_at) == (Result.ADMITTED, 2, now + MINUTE)
    assert stays() == [(True, False), (False, False)]
    db.session.refresh(ticket)
    assert (ticket.status, ticket.inside, ticket.entries) == (TicketStatus.USED, True, 2)


def test_with_many_entries_each_scan_admits_and_one_check_in_stands(
    ticket: Ticket, door: Door
) -> None:
    door = replace(door, entry=Entry.MULTIPLE)
    assert [scan(ticket, door).entries for _ in range(3)] == [None, 2, 3]
    assert stays() == [(True, False), (True, False), (False, False)]
    assert door_counts(door.event_id)["inside"] == 1


def test_what_is_counted_as_it_happens_is_what_the_tickets_say(
    ticket: Ticket, door: Door, dan: Person
) -> None:
    door = replace(door, entry=Entry.REENTRY)

    def after(deed: Callable[[], object]) -> tuple[int, int]:
        deed()
        assert tallies_equal_their_rows() == []
        counts = door_counts(door.event_id)
        assert counts["expected"] == 1
        return counts["admitted"], counts["inside"]

    assert after(lambda: scan(ticket, door)) == (1, 1)
    assert after(lambda: scan(ticket, out(door))) == (1, 0)
    assert after(lambda: scan(ticket, door)) == (1, 1)
    assert after(lambda: scan(ticket, out(door))) == (1, 0)
    assert after(fold_tallies) == (1, 0)
    with transaction():
        void_refunded([ticket], refund_id=None)
    assert tallies_equal_their_rows() == []
    assert door_counts(door.event_id) == {"admitted": 0, "expected": 0, "inside": 0}


def test_nobody_leaves_who_was_not_inside(ticket: Ticket, door: Door) -> None:
    assert scan(ticket, out(door)) == ScanResult(Result.NOT_INSIDE, "Floor", "Bob")
    assert stays() == []


def test_a_tier_enters_only_at_its_gates(ticket: Ticket, door: Door, floor: Tier) -> None:
    stairs = replace(door, tiers=frozenset({floor.id + 1}))
    assert scan(ticket, stairs) == ScanResult(Result.WRONG_GATE, "Floor", "Bob")
    db.session.refresh(ticket)
    assert (ticket.status, stays()) == (TicketStatus.VALID, [])
    assert scan(ticket, replace(door, tiers=frozenset({floor.id}))).result == Result.ADMITTED


def test_undoing_the_second_entry_leaves_the_first(ticket: Ticket, door: Door, dan: Person) -> None:
    door = replace(door, entry=Entry.REENTRY)
    for step in (door, out(door), door):
        scan(ticket, step)
    with transaction():
        assert undo_check_in(ticket.id, by=dan.id, now=clock.now())
    db.session.refresh(ticket)
    assert (ticket.status, ticket.inside, ticket.entries) == (TicketStatus.USED, False, 1)
    assert stays() == [(True, False), (False, True)]
    assert scan(ticket, door).result == Result.ADMITTED


def test_a_check_in_names_its_scan_and_an_undone_one_marks_it(
    ticket: Ticket, door: Door, dan: Person, now: datetime
) -> None:
    scan(ticket, door)
    row = db.session.scalars(sa.select(Scan.id)).one()
    assert db.session.scalars(sa.select(CheckIn.scan_row)).one() == row
    with transaction():
        undo_check_in(ticket.id, by=dan.id, now=clock.now())
    assert db.session.scalars(sa.select(Scan.undone_at)).one() == now
