"""The manager's side of the door: gates, phones, rules, and how it goes at this moment."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.factories.doors import Phone, make_gate, make_phone, send
from tests.factories.events import make_event, make_tier
from tests.factories.tickets import make_ticket
from tests.fixtures.app import new_browser
from tests.people import Person
from tixapp.core.clock import clock
from tixapp.core.db import db
from tixapp.core.trail import history
from tixapp.door.board import board_of
from tixapp.door.models import Conflict, Device, DoorPin, Gate
from tixapp.events.models import Entry, Event, Tier
from tixapp.tickets.models import Ticket, TicketStatus

Clock = Callable[[datetime | timedelta], datetime]
MINUTE = timedelta(minutes=1)


@pytest.fixture
def tonight(now: datetime, alice: Person) -> Event:
    assert alice.seller
    return make_event(alice.seller, "Night Trains")


@pytest.fixture
def floor(tonight: Event) -> Tier:
    return make_tier(tonight, "Floor")


@pytest.fixture
def north(tonight: Event, alice: Person, now: datetime) -> Phone:
    gate = make_gate(tonight, "North", 1)
    return make_phone(tonight, gate, alice.user, "Kim's phone", at=now)


@pytest.fixture
def south(tonight: Event, alice: Person, now: datetime) -> Phone:
    gate = make_gate(tonight, "South", 2)
    return make_phone(tonight, gate, alice.user, "Lou's phone", at=now)


@pytest.fixture
def path(tonight: Event) -> str:
    return f"/sell/events/{tonight.public_id}/door"


def test_the_board_counts_what_happened_at_each_gate(
    tonight: Event, floor: Tier, bob: Person, north: Phone, south: Phone, now: datetime
) -> None:
    names = [make_ticket(floor, bob.user).public_id for _ in range(4)]
    send(tonight, north, *[north.note(name, now) for name in names[:2]], at=now + MINUTE)
    lines = [
        south.note(names[2], now + 8 * MINUTE),
        south.note(names[0], now + 8 * MINUTE),
        south.note(names[3], now + 8 * MINUTE, result="WRONG_GATE"),
        south.note("", now + 9 * MINUTE, result="UNKNOWN"),
    ]
    send(tonight, south, *lines, at=now + 9 * MINUTE)
    board = board_of(tonight, now=now + 10 * MINUTE)
    assert (board.inside, board.admitted, board.expected) == (3, 3, 4)
    assert [(gate.name, gate.admitted, gate.refused) for gate in board.gates] == [
        ("North", 2, 0),
        ("South", 2, 2),
    ]
    assert (board.per_minute, board.all_in_at) == (0.4, now + timedelta(minutes=12.5))
    assert sorted(board.refusals) == [("unknown", 1), ("wrong_gate", 1)]
    assert board.minutes[-12:] == [0, 2] + [0] * 7 + [2, 0, 0]
    [clash] = board.clashes
    assert (clash.gate, clash.phone, clash.at) == ("South", "Lou's phone", now + 8 * MINUTE)
    assert (clash.other_gate, clash.other_phone, clash.other_at) == ("North", "Kim's phone", now)


def test_the_page_shows_a_conflict_until_somebody_has_looked(
    alice: Person,
    tonight: Event,
    floor: Tier,
    bob: Person,
    north: Phone,
    south: Phone,
    path: str,
    now: datetime,
    at: Clock,
) -> None:
    name = make_ticket(floor, bob.user).public_id
    for phone in (north, south):
        send(tonight, phone, phone.note(name, now), at=now + MINUTE)
    at(MINUTE)
    page = alice.browser.get(path).text
    assert "Same ticket twice" in page
    assert 'data-tone="bad"><dt>Conflicts</dt><dd>1</dd>' in page
    assert alice.browser.submit(f"{path}/conflicts/seen").status_code == 303
    assert "<dt>Conflicts</dt><dd>0</dd>" in alice.browser.get(path).text
    seen = db.session.scalars(sa.select(Conflict)).one()
    assert (seen.seen_by, seen.gone_at) == (alice.id, None)


def test_the_board_is_small_and_says_nothing_while_nothing_happens(
    alice: Person,
    tonight: Event,
    floor: Tier,
    bob: Person,
    north: Phone,
    path: str,
    now: datetime,
    at: Clock,
    queries: Callable,
) -> None:
    send(tonight, north, north.note(make_ticket(floor, bob.user).public_id, now), at=now)
    first = alice.browser.get(f"{path}/board")
    assert len(first.data) < 6000
    tag = first.headers["ETag"]
    at(timedelta(seconds=2))
    with queries() as asked:
        again = alice.browser.get(f"{path}/board", headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    assert len(asked) <= 12, "\n".join(asked)


def test_the_board_hangs_on_a_wall_without_what_needs_a_hand_on_it(
    alice: Person, path: str, north: Phone
) -> None:
    assert "Show on a big screen" in alice.browser.get(path).text
    page = alice.browser.get(f"{path}?wall=1").text
    assert f'data-url="{path}/board"' in page
    assert page.count("Inside now") == 1
    assert "Kim&#39;s phone" in page
    for left_out in ("site-header", "site-footer", "side-nav", "Scan with this phone"):
        assert left_out not in page


def test_a_phone_is_paired_by_what_the_page_shows(
    app: Flask, alice: Person, tonight: Event, path: str
) -> None:
    alice.browser.submit(f"{path}/gates", name="  North \n gate ")
    gate = db.session.scalars(sa.select(Gate)).one()
    assert (gate.name, gate.number, gate.tier_ids) == ("North gate", 1, None)
    page = alice.browser.submit(f"{path}/gates/{gate.public_id}/pairing")
    found = re.search(r"door-code\">([A-Z2-9-]{9})<", page.text)
    assert found
    phone = new_browser(app)
    assert phone.submit("/scan/pair", code=found[1], name="Kim").status_code == 303
    assert "Kim" in alice.browser.get(f"{path}/gates").text
    device = db.session.scalars(sa.select(Device)).one()
    assert alice.browser.submit(f"{path}/devices/{device.public_id}/end").status_code == 303
    assert phone.get(f"/scan/{tonight.public_id}").headers["Location"] == "/scan"
    deeds = [entry.deed for entry in history(tonight.public_id)]
    assert deeds == ["gate.added", "device.paired", "device.ended"]


def test_a_gate_takes_the_tiers_that_were_ticked(
    alice: Person, tonight: Event, floor: Tier, path: str
) -> None:
    balcony = make_tier(tonight, "Balcony")
    alice.browser.submit(f"{path}/gates", name="Stairs", tier=balcony.public_id)
    gate = db.session.scalars(sa.select(Gate)).one()
    assert gate.tier_ids == [balcony.id]
    both = [floor.public_id, balcony.public_id]
    alice.browser.submit(f"{path}/gates/{gate.public_id}", name="Stairs", tier=both)
    assert db.session.scalars(sa.select(Gate.tier_ids)).one() is None
    alice.browser.submit(f"{path}/gates", name="Stairs")
    assert db.session.scalar(sa.select(sa.func.count(Gate.id))) == 1
    alice.browser.submit(f"{path}/gates/{gate.public_id}/close")
    assert db.session.scalars(sa.select(Gate.closed_at)).one() == clock.now()


def test_things_of_another_event_are_not_found(
    alice: Person, tonight: Event, north: Phone, floor: Tier, bob: Person, path: str
) -> None:
    assert alice.seller
    other = make_event(alice.seller, "Day Trains")
    gate, phone = make_gate(other), make_phone(other, None, alice.user)
    ticket = make_ticket(make_tier(other), bob.user)
    for part in (
        f"gates/{gate.public_id}",
        f"gates/{gate.public_id}/close",
        f"gates/{gate.public_id}/pairing",
        f"devices/{phone.device.public_id}/end",
        f"tickets/{ticket.public_id}/undo",
    ):
        assert alice.browser.submit(f"{path}/{part}").status_code == 404
    assert db.session.get_one(Device, phone.device.id).ended_at is None


def test_rules_and_pin_are_set(alice: Person, tonight: Event, path: str) -> None:
    alice.browser.submit(f"{path}/rules", entry="reentry", rotating="y")
    db.session.refresh(tonight)
    assert (tonight.entry, tonight.has_rotating_codes) == (Entry.REENTRY, True)
    alice.browser.submit(f"{path}/rules", entry="whenever")
    db.session.refresh(tonight)
    assert (tonight.entry, tonight.has_rotating_codes) == (Entry.REENTRY, False)
    for pin, kept in (("12", 0), ("12a4", 0), ("2580", 1), ("", 0)):
        alice.browser.submit(f"{path}/pin", pin=pin)
        assert db.session.scalar(sa.select(sa.func.count(DoorPin.event_id))) == kept


def test_the_manager_takes_a_check_in_back_at_any_time(
    alice: Person,
    tonight: Event,
    floor: Tier,
    bob: Person,
    north: Phone,
    path: str,
    now: datetime,
    at: Clock,
) -> None:
    ticket: Ticket = make_ticket(floor, bob.user)
    line = north.note(ticket.public_id, now)
    send(tonight, north, line, at=now)
    at(timedelta(hours=2))
    assert alice.browser.submit(f"{path}/tickets/{ticket.public_id}/undo").status_code == 303
    db.session.refresh(ticket)
    assert (ticket.status, ticket.inside) == (TicketStatus.VALID, False)
    send(tonight, north, line, at=now + timedelta(hours=3))
    db.session.refresh(ticket)
    assert ticket.status == TicketStatus.VALID
