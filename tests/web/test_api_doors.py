"""Checking tickets in through the API."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.factories.doors import make_gate
from tests.factories.events import make_event, make_tier
from tests.factories.sellers import make_member, make_seller
from tests.fixtures.program import Program, program_of
from tests.people import Person
from tests.web.shop import purchase, said
from tixapp.config import Settings
from tixapp.core.db import db
from tixapp.events.models import Entry, Event, Tier
from tixapp.sellers.models import Member, Role
from tixapp.tickets.models import CheckIn, Scan, Ticket
from tixapp.tickets.rotating import RotatingCodes, window_of

Move = Callable[[datetime | timedelta], datetime]


@pytest.fixture
def ticket(app: Flask, bob: Person, event: Event) -> dict[str, Any]:
    """Bob's, as the API shows it to him."""
    tier = make_tier(event, price_minor=0)
    [ticket] = said(purchase(program_of(app, bob.user), event, tier, 1))["tickets"]
    return dict(ticket)


@pytest.fixture
def door(app: Flask, dan: Person) -> Program:
    return program_of(app, dan.user, ["door"])


def scan(door: Program, event: Event, code: str, **more: Any) -> Any:
    return door.send(
        "POST", "/tickets/validate", json={"code": code, "event_id": event.public_id, **more}
    )


def status() -> str:
    return db.session.scalars(sa.select(Ticket.status)).one().value


def check_ins() -> int:
    return db.session.scalar(sa.select(sa.func.count(CheckIn.id))) or 0


def test_a_ticket_admits_once(door: Program, event: Event, ticket: dict[str, Any]) -> None:
    first = scan(door, event, ticket["code"], gate="North")
    assert (first.status_code, said(first)) == (
        200,
        {
            "result": "admitted",
            "tier": "Floor",
            "holder": "Bob",
            "used_at": "2026-11-20T12:00:00Z",
            "gate": "North",
        },
    )
    second = scan(door, event, ticket["code"], gate="South")
    assert said(second) == said(first) | {"result": "already_used"}
    assert (status(), check_ins()) == ("used", 1)


def test_the_number_under_the_code_admits_as_well(
    door: Program, event: Event, ticket: dict[str, Any]
) -> None:
    number = ticket["id"]
    typed = f" {number[:4].lower()} {number[4:8]}-{number[8:]} "
    assert said(scan(door, event, typed))["result"] == "admitted"
    assert said(scan(door, event, ticket["code"]))["result"] == "already_used"


def test_the_same_scan_again_gets_the_same_answer(
    door: Program, event: Event, ticket: dict[str, Any], at: Move
) -> None:
    first = scan(door, event, ticket["code"], scan_id="s1")
    at(timedelta(minutes=1))
    again = scan(door, event, ticket["code"], scan_id="s1")
    assert (said(again), said(again)["result"]) == (said(first), "admitted")
    assert said(scan(door, event, ticket["code"], scan_id="s2"))["result"] == "already_used"
    assert check_ins() == 1


def test_a_ticket_for_another_event_says_so_and_no_more(
    door: Program, alice: Person, ticket: dict[str, Any]
) -> None:
    assert alice.seller
    other = make_event(alice.seller, "Other")
    found = scan(door, other, ticket["code"])
    assert (found.status_code, said(found), status()) == (200, {"result": "wrong_event"}, "valid")


@pytest.mark.parametrize(
    "code",
    ["", " ", "A" * 13, "T" + "A" * 13 + "." + "A" * 103, "x" * 100_000, "\x00", "é", "🎟", "a.b"],
)
def test_what_is_no_ticket_is_unknown(door: Program, event: Event, code: str) -> None:
    found = scan(door, event, code)
    assert (found.status_code, said(found)) == (200, {"result": "unknown"})


def test_no_other_spelling_of_a_code_is_taken(
    door: Program, event: Event, ticket: dict[str, Any]
) -> None:
    code = ticket["code"]
    for other in (code.lower(), code[:-1], code + "=", code + "A", code.replace("T", "U", 1)):
        assert said(scan(door, event, other))["result"] == "unknown"
    assert status() == "valid"


def test_a_refunded_ticket_does_not_admit(
    door: Program, event: Event, ticket: dict[str, Any]
) -> None:
    db.session.scalars(sa.select(Ticket)).one().refund()
    assert said(scan(door, event, ticket["code"]))["result"] == "refunded"
    assert check_ins() == 0


def test_strangers_at_the_door_learn_nothing(
    app: Flask, event: Event, ticket: dict[str, Any], bob: Person, carol: Person
) -> None:
    make_seller(carol.user, "Carol's")
    for stranger in (bob, carol):
        refused = scan(program_of(app, stranger.user), event, ticket["code"])
        assert refused.status_code == 404
        assert "Bob" not in refused.text
    missing = scan(program_of(app, carol.user), event, ticket["code"], event_id="evt_nowhere")
    assert said(missing)["detail"] == said(refused)["detail"]
    assert (status(), check_ins()) == ("valid", 0)


def test_everyone_who_works_there_may_scan_until_they_leave(
    app: Flask, event: Event, alice: Person, carol: Person, ticket: dict[str, Any], now: datetime
) -> None:
    assert alice.seller
    member = make_member(alice.seller, carol.user, Role.EDITOR)
    door = program_of(app, carol.user)
    assert said(scan(door, event, "nothing"))["result"] == "unknown"
    db.session.get_one(Member, member.id).removed_at = now
    assert scan(door, event, ticket["code"]).status_code == 404
    assert status() == "valid"


def test_a_scan_is_not_in_the_future(
    door: Program, event: Event, ticket: dict[str, Any], now: datetime
) -> None:
    ahead = (now + timedelta(seconds=61)).isoformat()
    refused = scan(door, event, ticket["code"], scanned_at=ahead)
    assert (refused.status_code, said(refused)["faults"]) == (
        422,
        {"scanned_at": "is in the future"},
    )
    assert status() == "valid"
    early = scan(door, event, ticket["code"], scanned_at="2026-11-20T12:30:00+01:00")
    assert said(early)["used_at"] == "2026-11-20T11:30:00Z"


def test_a_scan_is_written_down_with_its_gate(
    door: Program, event: Event, ticket: dict[str, Any], dan: Person
) -> None:
    scan(door, event, ticket["code"], gate="North", scan_id="s1")
    row = db.session.scalars(sa.select(Scan)).one()
    assert (row.gate, row.scan_id, row.result, row.by_user_id) == (
        "North",
        "s1",
        "admitted",
        dan.id,
    )


def test_a_code_that_changes_admits_while_it_is_shown(
    door: Program, event: Event, ticket: dict[str, Any], now: datetime, at: Move, settings: Settings
) -> None:
    [secret] = RotatingCodes(settings.ticket_signing_key).secrets(ticket["id"])
    code = secret.code(window_of(now))
    at(timedelta(minutes=1))
    assert said(scan(door, event, code)) == {"result": "unknown"}
    assert status() == "valid"
    assert said(scan(door, event, code, scanned_at=now.isoformat()))["result"] == "admitted"


def test_a_ticket_admits_as_often_as_its_event_says(
    door: Program, event: Event, ticket: dict[str, Any]
) -> None:
    event.entry = Entry.MULTIPLE
    words = [said(scan(door, event, ticket["code"]))["result"] for _ in range(2)]
    assert words == ["admitted", "admitted"]


def test_a_gate_by_its_name_takes_only_its_own_tiers(
    door: Program, event: Event, ticket: dict[str, Any]
) -> None:
    make_gate(event, "Stairs", 2, db.session.scalars(sa.select(Tier)).one())
    make_gate(event, "Balcony door", 3, make_tier(event, "Balcony"))
    turned_away = {
        "result": "wrong_event",
        "tier": "Floor",
        "holder": "Bob",
        "why": "wrong_gate",
        "go_to": "Stairs",
    }
    for _ in range(2):
        found = scan(door, event, ticket["code"], gate="Balcony door", scan_id="s1")
        assert (found.status_code, said(found)) == (200, turned_away)
    assert (status(), check_ins()) == ("valid", 0)
    assert said(scan(door, event, ticket["code"], gate="Stairs"))["result"] == "admitted"
    rows = db.session.execute(sa.select(Scan.gate, Scan.gate_number).order_by(Scan.id)).all()
    assert [tuple(row) for row in rows] == [("Balcony door", 3), ("Stairs", 2)]
    assert db.session.scalars(sa.select(CheckIn.gate_number)).one() == 2


@pytest.mark.parametrize("gate", ["", "Somewhere", "Old door", "stairs"])
def test_words_that_name_no_open_gate_are_only_written_down(
    door: Program, event: Event, ticket: dict[str, Any], gate: str, now: datetime
) -> None:
    balcony = make_tier(event, "Balcony")
    make_gate(event, "Stairs", 2, balcony)
    make_gate(event, "Old door", 3, balcony).closed_at = now
    answer = said(scan(door, event, ticket["code"], gate=gate))
    assert (answer["result"], answer.get("gate", "")) == ("admitted", gate)
    assert db.session.scalars(sa.select(Scan.gate_number)).one() == 0
