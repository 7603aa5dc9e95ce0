"""At a door's own phones too the scan in one statement does what the scan step by step does."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.factories.doors import make_gate, make_phone
from tests.factories.events import make_event, make_tier
from tests.factories.orders import buy, tickets_of
from tests.factories.tickets import make_ticket
from tests.fixtures.app import new_browser
from tests.fixtures.browser import Browser
from tests.fixtures.queries import Statements
from tests.fixtures.till import Till
from tests.people import Person
from tests.web.test_api_doors_at_once import left_behind
from tests.web.test_door_scans import scan
from tixapp.core.db import db
from tixapp.events.models import Event
from tixapp.tickets.models import Scan, Ticket, TicketStatus

Counting = Callable[[], AbstractContextManager[Statements]]
AT_ONCE = "scanner.views.admit_here"

pytestmark = pytest.mark.usefixtures("now")


@pytest.fixture
def event(alice: Person) -> Event:
    assert alice.seller
    return make_event(alice.seller)


def step_by_step(*_: object, **__: object) -> None:
    """A scan that one statement does not do."""


@pytest.fixture
def phone(app: Flask, event: Event, alice: Person) -> Browser:
    """At a gate that takes every tier."""
    browser = new_browser(app)
    make_phone(event, make_gate(event), alice.user).signs_in(browser)
    browser.get(f"/scan/{event.public_id}")
    return browser


@pytest.mark.parametrize("by", ["phone", "dan"])
@pytest.mark.parametrize(
    "more", [{}, {"scan_id": "SCAN-0001"}, {"gate": "Stairs", "scan_id": "SCAN-0001"}]
)
def test_it_leaves_behind_and_answers_what_the_long_way_does(
    app: Flask,
    alice: Person,
    bob: Person,
    dan: Person,
    till: Till,
    by: str,
    more: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert alice.seller
    traces = []
    for is_at_once in (True, False):
        event = make_event(alice.seller, f"At once {is_at_once}")
        floor, balcony = make_tier(event, "Floor"), make_tier(event, "Balcony")
        tickets = tickets_of(buy(till, event, bob.user, {floor: 3, balcony: 1}))
        browser = dan.browser
        if by == "phone":
            browser = new_browser(app)
            make_phone(event, make_gate(event, "North", 1, floor), alice.user).signs_in(browser)
        if not is_at_once:
            monkeypatch.setattr(AT_ONCE, step_by_step)
        browser.get(f"/scan/{event.public_id}")
        first = next(ticket for ticket in tickets if ticket.tier_id == floor.id)
        answer = scan(browser, event, first.public_id, **more)
        mine, check_ins, scans = left_behind(first)
        for row in (mine, *check_ins, *scans):
            assert row.pop("event_id") == event.id
            row.pop("device_id", None)
        for name in ("tier_id", "refund_id"):
            mine.pop(name)
        traces.append((answer, mine, check_ins, scans))
    assert traces[0] == traces[1]
    assert traces[0][0]["result"] == "admitted"
    assert traces[0][0]["others"] == (2 if by == "phone" else 3)
    assert [len(rows) for rows in traces[0][2:]] == [1, 1]


def test_it_takes_one_statement_beside_the_look_at_the_phone(
    phone: Browser, event: Event, bob: Person, queries: Counting
) -> None:
    floor = make_tier(event)
    for number in range(2):
        ticket = make_ticket(floor, bob.user)
        code = ticket.public_id
        db.session.refresh(event)  # the test's own reading is not counted
        with queries() as asked:
            answer = scan(phone, event, code, scan_id=f"SCAN-000{number}")
        assert answer["result"] == "admitted"
        assert len(asked) == 2, "\n".join(asked)


def test_whoever_sends_a_scan_again_hears_the_same(
    phone: Browser, event: Event, bob: Person
) -> None:
    ticket, other = (make_ticket(make_tier(event, name), bob.user) for name in ("A", "B"))
    answer = scan(phone, event, ticket.public_id, scan_id="SCAN-0001")
    assert scan(phone, event, ticket.public_id, scan_id="SCAN-0001") == answer
    assert scan(phone, event, other.public_id, scan_id="SCAN-0001")["tier"] == "A"
    assert (states(ticket, other), scans()) == ([TicketStatus.USED, TicketStatus.VALID], 1)


def test_a_scan_that_another_has_overtaken_goes_the_long_way(
    phone: Browser, event: Event, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def overtaken(*_: object, **__: object) -> None:
        raise sa.exc.IntegrityError(None, None, Exception("uq_scans_device_scan_id"))

    monkeypatch.setattr(AT_ONCE, overtaken)
    ticket = make_ticket(make_tier(event), bob.user)
    assert scan(phone, event, ticket.public_id)["result"] == "admitted"
    assert (states(ticket), scans()) == ([TicketStatus.USED], 1)


@pytest.mark.parametrize("why", ["frozen", "refunded", "another tier", "another event"])
def test_what_does_not_admit_is_refused_and_changes_nothing(
    app: Flask, alice: Person, bob: Person, event: Event, why: str
) -> None:
    assert alice.seller
    there = make_event(alice.seller, "Elsewhere") if why == "another event" else event
    floor, balcony = make_tier(there, "Floor"), make_tier(event, "Balcony")
    ticket = make_ticket(floor, bob.user)
    if why == "frozen":
        ticket.frozen_at = event.starts_at
    if why == "refunded":
        ticket.refund()
    db.session.flush()
    before = ticket.status
    gate = make_gate(event, "North", 1, balcony if why == "another tier" else floor)
    browser = new_browser(app)
    make_phone(event, gate, alice.user).signs_in(browser)
    browser.get(f"/scan/{event.public_id}")
    words = {"frozen": "cancelled", "another tier": "wrong_gate", "another event": "wrong_event"}
    assert scan(browser, event, ticket.public_id)["result"] == words.get(why, why)
    assert states(ticket) == [before]


def states(*tickets: Ticket) -> list[TicketStatus]:
    for ticket in tickets:
        db.session.refresh(ticket)
    return [ticket.status for ticket in tickets]


def scans() -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(Scan)) or 0
