"""Scans that the server decides at a gate: by its rules, with the order, and a minute to undo."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from tests.factories.doors import make_gate, make_phone
from tests.factories.events import make_event, make_tier
from tests.factories.orders import buy, tickets_of
from tests.factories.tickets import make_ticket
from tests.fixtures.app import new_browser
from tests.fixtures.browser import Browser
from tests.fixtures.settings import make_settings
from tests.fixtures.till import Till
from tests.people import Person
from tixapp.core.clock import clock
from tixapp.core.db import db
from tixapp.events.models import Entry, Event, Tier
from tixapp.tickets.models import CheckIn, Scan, Ticket, TicketStatus
from tixapp.tickets.rotating import RotatingCodes, window_of

JSON = {"Accept": "application/json"}
Clock = Callable[[datetime | timedelta], datetime]


@pytest.fixture
def tonight(now: datetime, alice: Person) -> Event:
    assert alice.seller
    return make_event(alice.seller, "Night Trains")


@pytest.fixture
def floor(tonight: Event) -> Tier:
    return make_tier(tonight, "Floor")


@pytest.fixture
def ticket(floor: Tier, bob: Person) -> Ticket:
    return make_ticket(floor, bob.user, holder_name="Bob B.")


@pytest.fixture
def phone(client: Browser, tonight: Event, floor: Tier, alice: Person) -> Browser:
    """At North, which takes the floor."""
    make_phone(tonight, make_gate(tonight, "North", 1, floor), alice.user).signs_in(client)
    return client


def scan(browser: Browser, event: Event, code: str, **more: object) -> dict[str, object]:
    answer = post(browser, event, "check-ins", {"code": code, "typed": True, **more})
    assert answer.status_code == 200
    assert isinstance(answer.json, dict)
    return answer.json


def post(browser: Browser, event: Event, path: str, body: object = None) -> TestResponse:
    headers = JSON | {"X-CSRFToken": browser.csrf_token()}
    return browser.post(f"/scan/{event.public_id}/{path}", json=body or {}, headers=headers)


def status(ticket: Ticket) -> TicketStatus:
    db.session.refresh(ticket)
    return ticket.status


def test_a_good_ticket_at_the_wrong_gate_is_sent_to_the_right_one(
    phone: Browser, tonight: Event, bob: Person
) -> None:
    balcony = make_tier(tonight, "Balcony")
    make_gate(tonight, "Stairs", 2, balcony)
    make_gate(tonight, "Lift", 3)
    elsewhere = make_ticket(balcony, bob.user)
    answer = scan(phone, tonight, elsewhere.public_id)
    assert (answer["result"], answer["go_to"]) == ("wrong_gate", "Stairs, Lift")
    assert status(elsewhere) == TicketStatus.VALID


def test_the_phone_that_admitted_may_take_it_back_for_a_minute(
    app: Flask, phone: Browser, tonight: Event, ticket: Ticket, alice: Person, at: Clock
) -> None:
    scan(phone, tonight, ticket.public_id, scan_id="SCAN-0001")
    another = new_browser(app)
    make_phone(tonight, None, alice.user).signs_in(another)
    assert post(another, tonight, "check-ins/SCAN-0001/undo").status_code == 404
    assert status(ticket) == TicketStatus.USED
    at(timedelta(seconds=60))
    undone = post(phone, tonight, "check-ins/SCAN-0001/undo")
    assert undone.json == {
        "undone": True,
        "counts": {"admitted": 0, "expected": 1, "inside": 0},
    }
    assert post(phone, tonight, "check-ins/SCAN-0001/undo").status_code == 200
    assert (status(ticket), db.session.scalars(sa.select(Scan.undone_at)).one()) == (
        TicketStatus.VALID,
        clock.now(),
    )


def test_after_a_minute_it_is_too_late(
    phone: Browser, tonight: Event, ticket: Ticket, at: Clock
) -> None:
    scan(phone, tonight, ticket.public_id, scan_id="SCAN-0001")
    at(timedelta(seconds=61))
    late = post(phone, tonight, "check-ins/SCAN-0001/undo")
    assert late.json
    assert (late.status_code, late.json["code"]) == (409, "too_late")
    assert status(ticket) == TicketStatus.USED


def test_one_scan_admits_the_whole_order_where_that_is_asked(
    till: Till, phone: Browser, tonight: Event, floor: Tier, bob: Person
) -> None:
    balcony = make_tier(tonight, "Balcony")
    order = buy(till, tonight, bob.user, {floor: 3, balcony: 1})
    first, second, third, above = tickets_of(order)
    answer = scan(phone, tonight, first.public_id, scan_id="SCAN-0001")
    assert (answer["result"], answer["others"]) == ("admitted", 2)
    assert status(second) == TicketStatus.VALID
    answer = scan(phone, tonight, second.public_id, scan_id="SCAN-0002", all=True)
    assert answer["admitted_all"] == 2
    assert [status(one) for one in (first, second, third)] == [TicketStatus.USED] * 3
    assert status(above) == TicketStatus.VALID
    assert db.session.scalar(sa.select(sa.func.count(CheckIn.id))) == 3


def test_out_and_in_again_as_the_event_allows(
    phone: Browser, tonight: Event, ticket: Ticket
) -> None:
    tonight.entry = Entry.REENTRY
    words = [
        scan(phone, tonight, ticket.public_id, direction=way)["result"]
        for way in ("out", "in", "in", "out", "in")
    ]
    assert words == ["not_inside", "admitted", "already_used", "left", "admitted"]


def test_a_rotating_code_admits_now_and_not_a_minute_later(
    phone: Browser, tonight: Event, ticket: Ticket, now: datetime, at: Clock
) -> None:
    tonight.has_rotating_codes = True
    settings = make_settings(database_url="postgresql://nowhere", redis_url="memory://")
    [secret] = RotatingCodes(settings.ticket_signing_key).secrets(ticket.public_id)
    code = secret.code(window_of(now))
    at(timedelta(minutes=1))
    stale = scan(phone, tonight, code, typed=False)
    assert (stale["result"], stale["why"], "tier" in stale) == ("unknown", "stale", False)
    at(-timedelta(seconds=30))
    answer = scan(phone, tonight, code, typed=False)
    assert (answer["result"], "check" in answer) == ("admitted", False)


def test_paper_at_an_event_with_rotating_codes_asks_for_the_name(
    phone: Browser, tonight: Event, ticket: Ticket
) -> None:
    tonight.has_rotating_codes = True
    answer = scan(phone, tonight, ticket.public_id)
    assert (answer["result"], answer["check"], answer["holder"]) == ("admitted", "name", "Bob B.")


def test_two_hundred_forged_cut_and_huge_codes_tell_nothing(
    phone: Browser, tonight: Event, ticket: Ticket, now: datetime
) -> None:
    settings = make_settings(database_url="postgresql://nowhere", redis_url="memory://")
    [secret] = RotatingCodes(settings.ticket_signing_key).secrets(ticket.public_id)
    good = secret.code(window_of(now))
    [other] = RotatingCodes(bytes(range(1, 33))).secrets(ticket.public_id)
    bad = [good[:n] for n in range(46)]
    bad += [good[:n] + ("A" if good[n] != "A" else "B") + good[n + 1 :] for n in range(1, 47)]
    bad += [good.lower(), f"{good} ", f"{good}A", good.replace(".", "/"), "R" * 5000, "\0" + good]
    bad += [other.code(window_of(now)), good[:15] + other.code(window_of(now))[15:]]
    bad += [
        "T" + good[1:],
        "TAAAAAAAAAAAAA." + "A" * 103,
        "🎟" * 40,
        "R" + "\u0661" * 13 + good[14:],
    ]
    bad += [f"T{ticket.public_id}.{'ABCDEFGH'[n % 8] * 103}" for n in range(200 - len(bad))]
    for code in bad:
        answer = post(phone, tonight, "check-ins", {"code": code[:6000], "typed": False}).json
        expected = "admitted" if code.strip() == good else "unknown"
        assert isinstance(answer, dict)
        if expected == "unknown":
            assert (answer["result"], "tier" in answer, "holder" in answer) == (
                "unknown",
                False,
                False,
            )
    assert len(bad) == 200


def test_names_are_found_a_few_at_a_time(
    phone: Browser, tonight: Event, floor: Tier, bob: Person
) -> None:
    names = ("Ada Löwe", "Bo Lowell", "Cy Slow", "Di Ng") + ("Ed Lower",) * 8
    for name in names:
        make_ticket(floor, bob.user, holder_name=name)
    path = f"/scan/{tonight.public_id}/people"
    found = phone.get(f"{path}?q=LOW", headers=JSON).json
    assert found
    assert [one["holder"] for one in found["items"]][:2] == ["Ada Löwe", "Bo Lowell"]
    assert (len(found["items"]), found["more"]) == (8, True)
    assert set(found["items"][0]) == {"ticket", "tier", "holder", "state", "group"}
    for short in ("", "lo", "%%%", "___"):
        answer = phone.get(f"{path}?q={short}", headers=JSON)
        assert answer.status_code == 422 or answer.json == {"items": [], "more": False}


def test_the_ticket_page_makes_its_code_and_a_dead_ticket_keeps_its_secret(
    tonight: Event, ticket: Ticket, bob: Person
) -> None:
    path = f"/tickets/{ticket.public_id}"
    assert "rotating-code" not in bob.browser.get(path).text
    tonight.has_rotating_codes = True
    settings = make_settings(database_url="postgresql://nowhere", redis_url="memory://")
    [secret] = RotatingCodes(settings.ticket_signing_key).secrets(ticket.public_id)
    page = bob.browser.get(path).text
    assert f'data-opener="{secret.opener}"' in page
    ticket.refund()
    page = bob.browser.get(path).text
    assert secret.opener not in page
    assert "data-mac-key" not in page
