"""One ticket at many gates in one moment."""

from __future__ import annotations

from datetime import datetime
from threading import Barrier

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.factories.events import make_event, make_tier
from tests.factories.tickets import make_ticket
from tests.people import Person
from tests.races.threads import at_once, errors
from tixapp.core.db import db, transaction
from tixapp.tickets.actions.entering import _TICKET, Door, check_in
from tixapp.tickets.keys import ticket_codes
from tixapp.tickets.models import CheckIn, Scan, Ticket, TicketStatus
from tixapp.tickets.rules import Result

GATES = 16
EACH = 4


@pytest.fixture
def ticket(now: datetime, alice: Person, bob: Person) -> Ticket:
    assert alice.seller
    return make_ticket(make_tier(make_event(alice.seller)), bob.user)


def scan(ticket: Ticket, door: Door, scan_id: str | None, now: datetime) -> Result:
    codes = ticket_codes()
    with transaction():
        return check_in(
            codes.code_for(ticket.public_id),
            codes=codes,
            door=door,
            scan_id=scan_id,
            scanned_at=now,
            now=now,
        ).result


def standing() -> int:
    return db.session.scalar(sa.select(sa.func.count(CheckIn.id)).filter_by(undone_at=None)) or 0


def test_sixty_four_scans_at_sixteen_gates_admit_once(
    app: Flask, now: datetime, ticket: Ticket, dan: Person
) -> None:
    event_id, dan_id = ticket.event_id, dan.id

    def gate(number: int) -> list[Result]:
        door = Door(event_id, dan_id, f"Gate {number}")
        return [scan(ticket, door, f"scan-{number}-{n}", now) for n in range(EACH)]

    answers = at_once(app, [lambda number=number: gate(number) for number in range(GATES)])
    results = [result for answer in answers if isinstance(answer, list) for result in answer]
    assert errors(answers) == []
    assert sorted(results) == [Result.ADMITTED] + [Result.ALREADY_USED] * (GATES * EACH - 1)
    assert (standing(), db.session.scalar(sa.select(Ticket.status))) == (1, TicketStatus.USED)
    assert db.session.scalar(sa.select(sa.func.count(Scan.id))) == GATES * EACH


def test_one_scan_sent_eight_times_at_once_is_one_scan_with_one_answer(
    app: Flask, now: datetime, ticket: Ticket, dan: Person
) -> None:
    door = Door(ticket.event_id, dan.id, "Main")
    answers = at_once(app, [lambda: scan(ticket, door, "the-same-scan", now)] * 8)
    assert answers == [Result.ADMITTED] * 8
    assert (standing(), db.session.scalar(sa.select(sa.func.count(Scan.id)))) == (1, 1)


def test_without_the_lock_two_gates_both_want_to_admit(
    app: Flask, now: datetime, ticket: Ticket, dan: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tixapp.tickets.actions.entering._LOCKED_TICKET", _TICKET)
    both_have_looked = Barrier(2)
    really_use = Ticket.use

    def look_and_wait(found: Ticket) -> None:
        both_have_looked.wait(timeout=20)
        really_use(found)

    monkeypatch.setattr(Ticket, "use", look_and_wait)
    door = Door(ticket.event_id, dan.id, "Main")
    answers = at_once(app, [lambda: scan(ticket, door, None, now)] * 2)
    # Only the index that allows one standing check-in is left between them and two admissions.
    assert errors(answers) == ["IntegrityError"]
    assert standing() == 1
