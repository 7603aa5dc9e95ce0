"""The scan in one statement does what the scan step by step does, or nothing at all."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.factories.doors import make_gate
from tests.factories.events import make_event, make_tier
from tests.factories.tickets import make_ticket
from tests.fixtures.program import Program, make_key, program_of
from tests.fixtures.queries import Statements
from tests.fixtures.time import NOON
from tests.people import Person
from tests.web.shop import said
from tixapp.core.db import db
from tixapp.events.models import Event
from tixapp.sellers.models import Member
from tixapp.tickets.keys import ticket_codes
from tixapp.tickets.models import CheckIn, Scan, Ticket, TicketStatus

Counting = Callable[[], AbstractContextManager[Statements]]
Values = dict[str, Any]

pytestmark = pytest.mark.usefixtures("now")
SCANS = [
    {},
    {"gate": "North", "scan_id": "scan-1"},
    {"scan_id": "scan-1", "scanned_at": "2026-11-20T11:59:00Z"},
    {"gate": "South"},
]


@pytest.fixture
def event(alice: Person) -> Event:
    assert alice.seller
    return make_event(alice.seller)


@pytest.fixture
def door(app: Flask, dan: Person) -> Program:
    return program_of(app, dan.user, ["door"])


def scan(door: Program, event: Event, ticket: Ticket, *, key: str = "", **more: Any) -> Any:
    body = {"code": ticket_codes().code_for(ticket.public_id), "event_id": event.public_id}
    headers = {"Idempotency-Key": key} if key else {}
    return door.send("POST", "/tickets/validate", json=body | more, headers=headers)


def left_behind(ticket: Ticket) -> tuple[Values, list[Values], list[Values]]:
    """The ticket, its check-ins and its scans, without the ids of rows."""
    db.session.refresh(ticket)
    of_it = {"ticket_id": ticket.id}
    scans = db.session.query(Scan).filter_by(**of_it).all()
    check_ins = db.session.query(CheckIn).filter_by(**of_it).all()
    assert [row.scan_row for row in check_ins] == [row.id for row in scans]
    return (
        values_of(ticket, "id", "public_id", "order_id", "order_line_id", "door_mark"),
        [values_of(row, "id", "ticket_id", "scan_row") for row in check_ins],
        [values_of(row, "id", "ticket_id") for row in scans],
    )


def values_of(row: Any, *without: str) -> Values:
    names = {column.key for column in sa.inspect(row).mapper.column_attrs} - {*without}
    return {name: getattr(row, name) for name in names}


def nothing_happened(ticket: Ticket) -> bool:
    db.session.refresh(ticket)
    rows = db.session.query(CheckIn).count() + db.session.query(Scan).count()
    return (ticket.status, rows) == (TicketStatus.VALID, 0)


@pytest.mark.parametrize("holder_name", ["Bob", ""])
@pytest.mark.parametrize("more", SCANS)
def test_it_leaves_behind_and_answers_what_the_long_way_does(
    app: Flask, alice: Person, bob: Person, dan: Person, more: Values, holder_name: str
) -> None:
    assert alice.seller
    answers, traces = [], []
    for is_at_once in (True, False):
        event = make_event(alice.seller, f"At once {is_at_once}")
        floor = make_tier(event)
        make_gate(event, "South", 4, floor)
        ticket = make_ticket(floor, bob.user, holder_name=holder_name)
        door = program_of(app, dan.user)
        # An Idempotency-Key is more than one statement does.
        answer = scan(door, event, ticket, key="" if is_at_once else "k", **more)
        assert said(answer)["result"] == "admitted"
        same_headers = dict(answer.headers) | {"X-Request-Id": ""}
        answers.append((answer.status_code, answer.data, same_headers))
        mine, check_ins, scans = left_behind(ticket)
        for row in (mine, *check_ins, *scans):
            assert row.pop("event_id") == event.id
        mine.pop("tier_id")
        traces.append((mine, check_ins, scans))
    assert answers[0] == answers[1]
    assert traces[0] == traces[1]
    assert [len(rows) for rows in traces[0][1:]] == [1, 1]


def test_it_takes_one_statement(
    door: Program, event: Event, bob: Person, queries: Counting
) -> None:
    floor = make_tier(event)
    for number in range(2):
        ticket = make_ticket(floor, bob.user)
        db.session.refresh(event)  # the test's own reading is not counted
        with queries() as asked:
            assert said(scan(door, event, ticket, scan_id=f"s{number}"))["result"] == "admitted"
        assert len(asked) == 1, "\n".join(asked)


def test_whatever_else_there_is_to_say_takes_six_more(
    door: Program, event: Event, bob: Person, queries: Counting
) -> None:
    ticket = make_ticket(make_tier(event), bob.user, status=TicketStatus.USED)
    with queries() as asked:
        assert said(scan(door, event, ticket, scan_id="s"))["result"] == "already_used"
    assert len(asked) == 7, "\n".join(asked)


def test_a_key_that_was_ended_admits_nobody_on_the_next_scan(
    app: Flask, event: Event, bob: Person, dan: Person
) -> None:
    floor = make_tier(event)
    secret = make_key(dan.user)
    door = Program(program_of(app, dan.user).browser, secret)
    assert said(scan(door, event, make_ticket(floor, bob.user)))["result"] == "admitted"
    db.session.execute(sa.text("UPDATE api_keys SET ended_at = :now"), {"now": NOON})
    db.session.execute(sa.text("DELETE FROM check_ins"))
    db.session.execute(sa.text("DELETE FROM scans"))
    ticket = make_ticket(floor, bob.user)
    assert scan(door, event, ticket).status_code == 401
    assert nothing_happened(ticket)


@pytest.mark.parametrize("loss", ["disabled", "removed", "scope"])
def test_nobody_is_admitted_by_who_may_not(
    app: Flask, event: Event, bob: Person, dan: Person, loss: str
) -> None:
    ticket = make_ticket(make_tier(event), bob.user)
    door = program_of(app, dan.user, ["read", "write"] if loss == "scope" else ())
    if loss == "disabled":
        dan.user.disable(now=NOON)
    if loss == "removed":
        member = db.session.scalars(sa.select(Member).filter_by(user_id=dan.id)).one()
        member.removed_at = NOON
    db.session.flush()
    statuses = {"disabled": 401, "removed": 404, "scope": 403}
    assert scan(door, event, ticket).status_code == statuses[loss]
    assert nothing_happened(ticket)


def test_a_scan_of_the_future_is_refused(door: Program, event: Event, bob: Person) -> None:
    ticket = make_ticket(make_tier(event), bob.user)
    late = (NOON + timedelta(minutes=2)).isoformat()
    assert scan(door, event, ticket, scanned_at=late).status_code == 422
    assert nothing_happened(ticket)


def test_the_use_of_its_key_is_noted(app: Flask, event: Event, bob: Person, dan: Person) -> None:
    secret = make_key(dan.user, used_at=NOON - timedelta(minutes=6))
    door = Program(program_of(app, dan.user).browser, secret)
    assert scan(door, event, make_ticket(make_tier(event), bob.user)).status_code == 200
    used = db.session.execute(sa.text("SELECT used_at FROM api_keys")).scalars().all()
    assert used == [NOON, NOON]
