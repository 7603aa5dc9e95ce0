"""One ticket at many gates in one moment, by the statement that admits at once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.factories.events import make_event, make_tier
from tests.factories.tickets import make_ticket
from tests.fixtures.app import new_browser
from tests.fixtures.program import Program, make_key
from tests.people import Person
from tests.races.threads import at_once, errors
from tixapp.core.db import db, transaction
from tixapp.events.models import Event, Tier
from tixapp.tickets.actions import Door
from tixapp.tickets.at_once import _ADMIT, _ADMIT_BY_PERSON, admit_here
from tixapp.tickets.keys import ticket_codes
from tixapp.tickets.models import CheckIn, Scan, Ticket, TicketStatus
from tixapp.tickets.rules import Result

GATES = 16


@pytest.fixture
def floor(now: datetime, alice: Person) -> Tier:
    assert alice.seller
    return make_tier(make_event(alice.seller))


@pytest.fixture
def key(dan: Person) -> str:
    return make_key(dan.user)


def scanning(app: Flask, key: str, ticket: Ticket, scan_id: str) -> Any:
    event = db.session.get_one(Event, ticket.event_id)
    body = {
        "code": ticket_codes().code_for(ticket.public_id),
        "event_id": event.public_id,
        "scan_id": scan_id,
    }

    def scan() -> str:
        answer = Program(new_browser(app), key).send("POST", "/tickets/validate", json=body)
        return str(answer.get_json()["result"])

    return scan


def count(table: type[CheckIn | Scan]) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def test_sixteen_gates_admit_once(app: Flask, floor: Tier, bob: Person, key: str) -> None:
    ticket = make_ticket(floor, bob.user)
    answers = at_once(app, [scanning(app, key, ticket, f"gate-{n}") for n in range(GATES)])
    assert sorted(answers) == ["admitted"] + ["already_used"] * (GATES - 1)
    assert (count(CheckIn), count(Scan)) == (1, GATES)


def test_with_a_read_before_the_write_two_gates_both_want_to_admit(
    app: Flask, floor: Tier, bob: Person, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the state is read first and the row written whatever it has become. Only the
    index of standing check-ins is left, and without that as well the ticket admits twice."""
    text = (
        _ADMIT.replace(
            "FROM door, tiers\n",
            "FROM door, tiers, (SELECT id AS seen, status AS state, pg_sleep(1) FROM tickets) s\n",
        )
        .replace("AND t.status = %(valid)s", "AND seen = t.id AND state = %(valid)s")
        .replace("%(at)s FROM ticket, scan\n", "%(at)s FROM ticket, scan ON CONFLICT DO NOTHING\n")
    )
    assert (text.count("pg_sleep"), text.count("seen = t.id"), text.count("CONFLICT")) == (1, 1, 1)
    monkeypatch.setattr("tixapp.tickets.at_once._ADMIT", text)
    ticket = make_ticket(floor, bob.user)
    answers = at_once(app, [scanning(app, key, ticket, f"gate-{n}") for n in range(2)])
    assert answers == ["admitted", "admitted"]


def test_one_scan_id_on_two_tickets_at_once_admits_one_of_them(
    app: Flask, floor: Tier, bob: Person, key: str
) -> None:
    tickets = [make_ticket(floor, bob.user) for _ in range(2)]
    answers = at_once(app, [scanning(app, key, ticket, "one-and-the-same") for ticket in tickets])
    assert errors(answers) == []
    assert answers == ["admitted", "admitted"]
    assert (count(CheckIn), count(Scan)) == (1, 1)
    states = db.session.scalars(sa.select(Ticket.status)).all()
    assert sorted(states) == [TicketStatus.USED, TicketStatus.VALID]


def admitting(ticket: Ticket, dan: Person, gate: str, scan_id: str, now: datetime) -> Any:
    """As a door's own phones do it."""
    door, ticket_id = Door(ticket.event_id, dan.id, gate), ticket.public_id

    def admit() -> Any:
        with transaction():
            found = admit_here(ticket_id, door=door, scan_id=scan_id, now=now)
            return found and found[0].result

    return admit


def test_of_sixteen_phones_one_admits(
    app: Flask, floor: Tier, bob: Person, dan: Person, now: datetime
) -> None:
    ticket = make_ticket(floor, bob.user)
    acts = [admitting(ticket, dan, f"Gate {n}", f"gate-{n}", now) for n in range(GATES)]
    answers = at_once(app, acts)
    assert answers.count(Result.ADMITTED) == 1
    assert answers.count(None) == GATES - 1
    assert (count(CheckIn), count(Scan)) == (1, 1)


def test_with_a_read_before_the_write_two_phones_both_want_to_admit(
    app: Flask,
    floor: Tier,
    bob: Person,
    dan: Person,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The control: the index of standing check-ins is left, and refuses the second."""
    text = _ADMIT_BY_PERSON.replace(
        "FROM tiers\n",
        "FROM tiers, (SELECT id AS seen, status AS state, pg_sleep(1) FROM tickets) s\n",
    ).replace("AND t.status = %(valid)s", "AND seen = t.id AND state = %(valid)s")
    assert (text.count("pg_sleep"), text.count("seen = t.id")) == (1, 1)
    monkeypatch.setattr("tixapp.tickets.at_once._ADMIT_BY_PERSON", text)
    ticket = make_ticket(floor, bob.user)
    acts = [admitting(ticket, dan, f"Gate {n}", f"gate-{n}", now) for n in range(2)]
    answers = at_once(app, acts)
    assert answers.count(Result.ADMITTED) == 1
    assert errors(answers) == ["IntegrityError"]
    assert (count(CheckIn), count(Scan)) == (1, 1)


def test_one_scan_id_on_two_tickets_of_one_phone_is_written_once(
    app: Flask, floor: Tier, bob: Person, dan: Person, now: datetime
) -> None:
    tickets = [make_ticket(floor, bob.user) for _ in range(2)]
    answers = at_once(app, [admitting(t, dan, "Main", "one-and-the-same", now) for t in tickets])
    assert answers.count(Result.ADMITTED) == 1
    assert (count(CheckIn), count(Scan)) == (1, 1)
    states = db.session.scalars(sa.select(Ticket.status)).all()
    assert sorted(states) == [TicketStatus.USED, TicketStatus.VALID]
