"""At the door: a ticket admits once, and a scan asked again gets the same answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from tests.factories.events import make_event, make_tier
from tests.factories.tickets import make_ticket
from tests.people import Person
from tixapp.core.clock import clock
from tixapp.core.db import db, transaction
from tixapp.core.errors import NotFound
from tixapp.events.models import Event, Tier
from tixapp.tickets.actions import Door, check_in, check_in_by_id, undo_check_in
from tixapp.tickets.models import CheckIn, Scan, Ticket, TicketStatus
from tixapp.tickets.queries import door_counts, ticket_of
from tixapp.tickets.rules import Result, ScanResult
from tixapp.tickets.views import ticket_codes

Move = Callable[[datetime | timedelta], datetime]
MINUTE = timedelta(minutes=1)


@pytest.fixture
def floor(event: Event) -> Tier:
    return make_tier(event, "Floor")


@pytest.fixture
def ticket(floor: Tier, bob: Person) -> Ticket:
    return make_ticket(floor, bob.user)


@pytest.fixture
def door(event: Event, dan: Person) -> Door:
    return Door(event.id, dan.id, "North")


def scan(ticket: Ticket, door: Door, scan_id: str | None = None) -> ScanResult:
    return scan_code(ticket_codes().code_for(ticket.public_id), door, scan_id)


def scan_code(code: str, door: Door, scan_id: str | None = None) -> ScanResult:
    now = clock.now()
    with transaction():
        return check_in(
            code, codes=ticket_codes(), door=door, scan_id=scan_id, scanned_at=now, now=now
        )


def typed(text: str, door: Door) -> ScanResult:
    now = clock.now()
    with transaction():
        return check_in_by_id(text, door=door, scan_id=None, scanned_at=now, now=now)


def status(ticket: Ticket) -> TicketStatus:
    db.session.refresh(ticket)
    return ticket.status


def check_ins() -> list[tuple[str, bool]]:
    """(gate, stands) of each."""
    rows = db.session.execute(sa.select(CheckIn.gate, CheckIn.undone_at).order_by(CheckIn.id))
    return [(row.gate, row.undone_at is None) for row in rows]


def test_a_ticket_admits_once_and_then_says_when_and_where(
    now: datetime, at: Move, ticket: Ticket, door: Door, dan: Person
) -> None:
    assert scan(ticket, door) == ScanResult(Result.ADMITTED, "Floor", "Bob", now, "North")
    at(MINUTE)
    south = Door(door.event_id, dan.id, "South")
    assert scan(ticket, south) == ScanResult(Result.ALREADY_USED, "Floor", "Bob", now, "North")
    assert (status(ticket), check_ins()) == (TicketStatus.USED, [("North", True)])
    assert door_counts(door.event_id) == {"admitted": 1, "expected": 1, "inside": 1}


def test_the_same_scan_asked_again_gets_the_same_answer(
    at: Move, ticket: Ticket, door: Door
) -> None:
    first = scan(ticket, door, "scan-0001")
    at(MINUTE)
    assert scan(ticket, door, "scan-0001") == first
    assert first.result == Result.ADMITTED
    assert len(check_ins()) == 1
    assert db.session.scalar(sa.select(sa.func.count(Scan.id))) == 1
    assert scan(ticket, door, "scan-0002").result == Result.ALREADY_USED


def test_a_scan_id_is_its_own_at_each_phone(ticket: Ticket, door: Door, alice: Person) -> None:
    assert scan(ticket, door, "scan-0001").result == Result.ADMITTED
    another = Door(door.event_id, alice.id, "South")
    assert scan(ticket, another, "scan-0001").result == Result.ALREADY_USED


def test_an_answer_outlives_the_undoing_of_its_scan(
    ticket: Ticket, door: Door, dan: Person
) -> None:
    first = scan(ticket, door, "scan-0001")
    with transaction():
        undo_check_in(ticket.id, by=dan.id, now=clock.now())
    assert scan(ticket, door, "scan-0001") == first
    assert status(ticket) == TicketStatus.VALID


def test_a_ticket_for_another_event_tells_nothing_about_its_holder(
    alice: Person, ticket: Ticket, dan: Person
) -> None:
    assert alice.seller
    other = Door(make_event(alice.seller, "Day Trains").id, dan.id, "North")
    assert scan(ticket, other) == ScanResult(Result.WRONG_EVENT)
    assert (status(ticket), check_ins()) == (TicketStatus.VALID, [])
    assert db.session.scalars(sa.select(Scan.ticket_id)).all() == [None]


@pytest.mark.parametrize(
    ("gone", "result"),
    [
        (TicketStatus.REFUNDED, Result.REFUNDED),
        (TicketStatus.CANCELLED, Result.CANCELLED),
        (TicketStatus.TRANSFERRED, Result.TRANSFERRED),
    ],
)
def test_a_ticket_that_is_no_longer_valid_says_why_and_does_not_admit(
    floor: Tier, bob: Person, door: Door, gone: TicketStatus, result: Result
) -> None:
    ticket = make_ticket(floor, bob.user, status=gone)
    assert scan(ticket, door) == ScanResult(result, "Floor", "Bob")
    assert (status(ticket), check_ins()) == (gone, [])


def test_a_ticket_whose_payment_a_bank_questions_does_not_admit(
    now: datetime, floor: Tier, bob: Person, door: Door
) -> None:
    ticket = make_ticket(floor, bob.user, frozen_at=now)
    assert scan(ticket, door).result == Result.CANCELLED
    assert (status(ticket), check_ins()) == (TicketStatus.VALID, [])


def test_an_unknown_or_odd_code_is_unknown_and_noted(ticket: Ticket, door: Door) -> None:
    good = ticket_codes().code_for(ticket.public_id)
    never_issued = ticket_codes().code_for("AAAAAAAAAAAAA")
    for code in ("", "x" * 5000, good[:-1], good.lower(), "\x00", "🎫", never_issued):
        assert scan_code(code, door) == ScanResult(Result.UNKNOWN)
    assert db.session.scalar(sa.select(sa.func.count(Scan.id))) == 7
    assert (status(ticket), check_ins()) == (TicketStatus.VALID, [])


def test_a_number_may_be_typed_as_people_write_it(ticket: Ticket, door: Door) -> None:
    number = ticket.public_id
    assert typed(f" {number[:4].lower()} {number[4:8]}-{number[8:]} ", door).result == (
        Result.ADMITTED
    )
    for nonsense in ("", number[:-1], number + "A", "\x00" * 13, "1" * 13):
        assert typed(nonsense, door).result == Result.UNKNOWN


def test_an_undone_check_in_lets_the_ticket_admit_again(
    at: Move, ticket: Ticket, door: Door, dan: Person
) -> None:
    scan(ticket, door)
    at(MINUTE)
    with transaction():
        assert undo_check_in(ticket.id, by=dan.id, now=clock.now())
    assert status(ticket) == TicketStatus.VALID
    undone = db.session.scalars(sa.select(CheckIn)).one()
    assert (undone.undone_at, undone.undone_by) == (clock.now(), dan.id)
    assert scan(ticket, door).result == Result.ADMITTED
    assert check_ins() == [("North", False), ("North", True)]


def test_undoing_what_nobody_did_does_nothing(ticket: Ticket, dan: Person) -> None:
    with transaction():
        assert not undo_check_in(ticket.id, by=dan.id, now=clock.now())
    assert (status(ticket), check_ins()) == (TicketStatus.VALID, [])


def test_the_database_itself_allows_one_standing_check_in(
    now: datetime, ticket: Ticket, door: Door, dan: Person
) -> None:
    scan(ticket, door)
    with pytest.raises(sa.exc.IntegrityError, match="uq_check_ins_standing"), transaction():
        db.session.add(
            CheckIn(ticket_id=ticket.id, event_id=door.event_id, gate="", by_user_id=dan.id, at=now)
        )
    assert check_ins() == [("North", True)]


def test_a_scan_takes_few_statements(ticket: Ticket, door: Door, queries) -> None:
    code = ticket_codes().code_for(ticket.public_id)
    with queries() as asked:
        scan_code(code, door, "scan-0001")
    assert len(asked) <= 6, "\n".join(asked)


def test_another_persons_ticket_is_not_found(ticket: Ticket, bob: Person, carol: Person) -> None:
    assert ticket_of(ticket.public_id, bob.id).id == ticket.id
    with pytest.raises(NotFound):
        ticket_of(ticket.public_id, carol.id)
