"""What phones did without the server: every line is kept, the first admission stands, nothing that
is sent again or by another changes that."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa

from tests.factories.doors import (
    Phone,
    make_gate,
    make_keys,
    make_phone,
    scan_id_of,
    send,
)
from tests.factories.events import make_event, make_tier
from tests.factories.tickets import make_ticket
from tests.people import Person
from tixapp.core.clock import clock
from tixapp.core.db import db, transaction
from tixapp.door.actions.log import Sending, take_lines
from tixapp.door.models import Conflict, Device
from tixapp.door.queries import highest_known
from tixapp.events.models import Entry, Event, Tier
from tixapp.tickets.actions import Door, check_in_by_id
from tixapp.tickets.models import CheckIn, Scan, Ticket, TicketStatus

Move = Callable[[datetime | timedelta], datetime]
MINUTE = timedelta(minutes=1)


@pytest.fixture
def floor(event: Event) -> Tier:
    return make_tier(event, "Floor")


@pytest.fixture
def ticket(floor: Tier, bob: Person) -> Ticket:
    return make_ticket(floor, bob.user)


@pytest.fixture
def north(event: Event, alice: Person, now: datetime) -> Phone:
    return make_phone(event, make_gate(event, "North", 1), alice.user, "N", at=now)


@pytest.fixture
def south(event: Event, alice: Person, now: datetime) -> Phone:
    return make_phone(event, make_gate(event, "South", 2), alice.user, "S", at=now)


def states(answers: list[list[str]]) -> list[str]:
    return [":".join(answer[1:]) for answer in answers]


def standing() -> list[tuple[str, datetime]]:
    """(gate, when) of each standing check-in."""
    rows = db.session.execute(
        sa.select(CheckIn.gate, CheckIn.at).where(
            CheckIn.undone_at.is_(None), CheckIn.left_at.is_(None)
        )
    )
    return [(row.gate, row.at) for row in rows]


def conflicts() -> list[tuple[str, str, str | None]]:
    """(kind, gate of the one that does not stand, gate of the one that does)."""
    rows = db.session.execute(
        sa.select(Conflict.kind, Conflict.scan_row, Conflict.against)
        .where(Conflict.gone_at.is_(None))
        .order_by(Conflict.id)
    )
    return [
        (
            row.kind.value,
            db.session.get_one(Scan, row.scan_row).gate,
            db.session.get_one(Scan, row.against).gate if row.against else None,
        )
        for row in rows
    ]


def count(table: Any) -> int:
    return db.session.scalar(sa.select(sa.func.count(table.id))) or 0


def test_an_admission_without_the_server_is_a_check_in_at_its_own_time(
    event: Event, ticket: Ticket, north: Phone, now: datetime
) -> None:
    line = north.note(ticket.public_id, now + MINUTE)
    assert send(event, north, line, at=now + 9 * MINUTE) == [[scan_id_of(line), "new"]]
    assert standing() == [("North", now + MINUTE)]
    db.session.refresh(ticket)
    assert (ticket.status, ticket.inside, ticket.entries) == (TicketStatus.USED, True, 1)
    assert highest_known([north.device.id]) == {north.device.id: 1}


def test_the_same_lines_again_from_anybody_change_nothing(
    event: Event, ticket: Ticket, north: Phone, south: Phone, now: datetime
) -> None:
    lines = [north.note(ticket.public_id, now), north.note("", now, result="UNKNOWN")]
    send(event, north, *lines, at=now + MINUTE)
    before = (standing(), conflicts(), count(Scan))
    for sender in (north, south, None):
        again = send(event, sender, *reversed(lines), *lines, at=now + 5 * MINUTE)
        assert states(again) == ["known"] * 4
    assert (standing(), conflicts(), count(Scan)) == before
    assert count(Scan) == 2


def test_the_first_by_the_corrected_time_stands_whichever_arrives_first(
    event: Event, ticket: Ticket, north: Phone, south: Phone, now: datetime
) -> None:
    north.ahead = timedelta(hours=5)
    later = south.note(ticket.public_id, now + 3 * MINUTE)
    earlier = north.note(ticket.public_id, now + 2 * MINUTE)
    send(event, south, later, at=now + 4 * MINUTE)
    assert (standing(), conflicts()) == ([("South", now + 3 * MINUTE)], [])
    send(event, north, earlier, at=now + 30 * MINUTE)
    assert standing() == [("North", now + 2 * MINUTE)]
    assert conflicts() == [("twice", "South", "North")]


def test_a_scan_the_server_answered_is_a_deed_like_the_others(
    event: Event, ticket: Ticket, north: Phone, south: Phone, now: datetime
) -> None:
    at = now + 5 * MINUTE
    with transaction():
        door = Door(event.id, None, "South", device_id=south.device.id, gate_number=2)
        check_in_by_id(ticket.public_id, door=door, scan_id="ONLINE-1", scanned_at=at, now=at)
    send(event, north, north.note(ticket.public_id, now + MINUTE), at=now + 9 * MINUTE)
    assert standing() == [("North", now + MINUTE)]
    assert conflicts() == [("twice", "South", "North")]
    again = south.note(ticket.public_id, at, scan_id="ONLINE-1")
    assert states(send(event, south, again, at=now + 9 * MINUTE)) == ["known"]
    assert highest_known([south.device.id]) == {south.device.id: 1}


def test_what_the_phone_did_counts_where_the_servers_answer_was_lost(
    event: Event, ticket: Ticket, north: Phone, south: Phone, now: datetime
) -> None:
    first = north.note(ticket.public_id, now + MINUTE)
    send(event, north, first, at=now + 2 * MINUTE)
    at = now + 3 * MINUTE
    with transaction():
        door = Door(event.id, None, "South", device_id=south.device.id, gate_number=2)
        asked = check_in_by_id(
            ticket.public_id, door=door, scan_id="LOST-001", scanned_at=at, now=at
        )
    assert asked.result == "already_used"
    line = south.note(ticket.public_id, at, scan_id="LOST-001")
    assert states(send(event, south, line, at=at + MINUTE)) == ["new"]
    assert standing() == [("North", now + MINUTE)]
    assert conflicts() == [("twice", "South", "North")]


def test_whom_the_phone_turned_away_is_not_inside_though_the_server_said_yes(
    event: Event, ticket: Ticket, north: Phone, now: datetime
) -> None:
    with transaction():
        door = Door(event.id, None, "North", device_id=north.device.id, gate_number=1)
        check_in_by_id(ticket.public_id, door=door, scan_id="LOST-002", scanned_at=now, now=now)
    line = north.note(ticket.public_id, now, result="ALREADY_USED", scan_id="LOST-002")
    assert states(send(event, north, line, at=now + MINUTE)) == ["new"]
    db.session.refresh(ticket)
    assert (standing(), conflicts(), ticket.status) == ([], [], TicketStatus.VALID)


def test_any_order_in_any_pieces_gives_one_outcome(
    event: Event, floor: Tier, bob: Person, north: Phone, south: Phone, now: datetime
) -> None:
    event.entry = Entry.REENTRY
    names = [make_ticket(floor, bob.user).public_id for _ in range(4)]
    dice, lines = Random(7), []  # noqa: S311 - the same dice each time
    for minute in range(40):
        phone, name = dice.choice([north, south]), dice.choice(names)
        kind, result = dice.choice([("IN", "ADMITTED"), ("IN", "ADMITTED"), ("OUT", "LEFT")])
        line = phone.note(name, now + minute * MINUTE, kind=kind, result=result)
        lines.append(line)
        if dice.random() < 0.2:
            at = now + minute * MINUTE + timedelta(seconds=20)
            lines.append(
                phone.note(name, at, kind="UNDO", result="UNDONE", undoes=scan_id_of(line))
            )
    outcomes = []
    for _ in range(3):
        with db.session.begin_nested() as attempt:
            dice.shuffle(lines)
            for start in range(0, len(lines), 7):
                sending = Sending(lines[start : start + 7], north.device, 0, now + 60 * MINUTE)
                take_lines(event, sending, make_keys())
            db.session.flush()
            stays = sa.select(CheckIn.gate, CheckIn.at, CheckIn.left_at).where(
                CheckIn.undone_at.is_(None)
            )
            outcomes.append((sorted(db.session.execute(stays), key=str), sorted(conflicts())))
            attempt.rollback()
    assert outcomes[0] == outcomes[1] == outcomes[2]
    assert outcomes[0][1] != []


def test_an_undo_that_comes_before_what_it_undoes(
    event: Event, ticket: Ticket, north: Phone, now: datetime
) -> None:
    line = north.note(ticket.public_id, now)
    undo = north.note(
        ticket.public_id,
        now + timedelta(seconds=50),
        kind="UNDO",
        result="UNDONE",
        undoes=scan_id_of(line),
    )
    send(event, north, undo, at=now + MINUTE)
    send(event, north, line, at=now + 2 * MINUTE)
    db.session.refresh(ticket)
    assert (standing(), ticket.status, ticket.entries) == ([], TicketStatus.VALID, 0)


def test_whoever_came_in_with_a_refunded_ticket_is_shown_and_not_checked_in(
    event: Event, floor: Tier, bob: Person, north: Phone, now: datetime
) -> None:
    gone = make_ticket(floor, bob.user, status=TicketStatus.REFUNDED)
    frozen = make_ticket(floor, bob.user, frozen_at=now)
    lines = [north.note(one.public_id, now) for one in (gone, frozen, gone)]
    undone = scan_id_of(lines[2])
    lines.append(north.note(gone.public_id, now, kind="UNDO", result="UNDONE", undoes=undone))
    send(event, north, *lines, at=now + MINUTE)
    assert standing() == []
    assert sorted(conflicts()) == [("cancelled", "North", None), ("refunded", "North", None)]


def test_strangers_tickets_and_none_at_all_are_shown(
    event: Event, alice: Person, bob: Person, north: Phone, now: datetime
) -> None:
    assert alice.seller
    other = make_ticket(make_tier(make_event(alice.seller, "Day Trains")), bob.user)
    lines = [north.note(other.public_id, now), north.note("AAAAAAAAAAAAA", now)]
    send(event, north, *lines, at=now + MINUTE)
    db.session.refresh(other)
    assert (standing(), other.status) == ([], TicketStatus.VALID)
    assert [kind for kind, *_ in conflicts()] == ["wrong_event", "unknown"]


def test_what_a_phone_did_after_it_was_ended_does_not_stand(
    event: Event, floor: Tier, bob: Person, north: Phone, now: datetime
) -> None:
    before, after = (make_ticket(floor, bob.user) for _ in range(2))
    lines = [north.note(before.public_id, now), north.note(after.public_id, now + 3 * MINUTE)]
    db.session.get_one(Device, north.device.id).ended_at = now + 2 * MINUTE
    send(event, None, *lines, at=now + 5 * MINUTE)
    assert standing() == [("North", now)]
    assert conflicts() == [("ended_device", "North", None)]


def test_a_phone_with_a_wild_clock_does_not_displace_anybody(
    event: Event, ticket: Ticket, north: Phone, south: Phone, now: datetime, at: Move
) -> None:
    send(event, south, south.note(ticket.public_id, now + MINUTE), at=now + 2 * MINUTE)
    north.ahead, north.knows_offset = timedelta(days=-300), False
    line = north.note(ticket.public_id, now)
    send(event, None, line, at=now + 9 * MINUTE)
    assert standing() == [("South", now + MINUTE)]
    assert conflicts() == [("twice", "North", "South")]


def test_five_hundred_lines_take_as_many_statements_as_five(
    event: Event, floor: Tier, bob: Person, north: Phone, now: datetime, queries: Callable[[], Any]
) -> None:
    def taken(tickets: int) -> int:
        names = [make_ticket(floor, bob.user).public_id for _ in range(tickets)]
        lines = [north.note(name, now) for name in names]
        sending = Sending(lines, north.device, 0, clock.now() + MINUTE)
        with queries() as asked, transaction():
            take_lines(event, sending, make_keys())
        return len([one for one in asked if not one.startswith(("UPDATE", "INSERT"))])

    assert (taken(3), taken(60)) == (6, 6)
