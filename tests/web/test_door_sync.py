"""Phones bring what they did: what is answered, what a phone says of itself, and its last word."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from tests.factories.doors import Phone, make_gate, make_phone, scan_id_of
from tests.factories.events import make_event, make_tier
from tests.factories.tickets import make_ticket
from tests.fixtures.browser import Browser
from tests.people import Person
from tixapp.core.db import db
from tixapp.door.models import Device
from tixapp.events.models import Event
from tixapp.tickets.models import CheckIn, Ticket

JSON = {"Accept": "application/json"}


@pytest.fixture
def tonight(now: datetime, alice: Person) -> Event:
    assert alice.seller
    return make_event(alice.seller, "Night Trains")


@pytest.fixture
def ticket(tonight: Event, bob: Person) -> Ticket:
    return make_ticket(make_tier(tonight), bob.user)


@pytest.fixture
def phone(client: Browser, tonight: Event, alice: Person, now: datetime) -> Phone:
    gate = make_gate(tonight, "North")
    phone = make_phone(tonight, gate, alice.user, at=now - timedelta(hours=1))
    phone.signs_in(client)
    return phone


def send(browser: Browser, event: Event, **body: object) -> TestResponse:
    headers = JSON | {"X-CSRFToken": browser.csrf_token()}
    return browser.post(f"/scan/{event.public_id}/log", json=body, headers=headers)


def test_lines_are_answered_one_by_one(
    client: Browser, tonight: Event, ticket: Ticket, phone: Phone, now: datetime
) -> None:
    line = phone.note(ticket.public_id, now - timedelta(minutes=5))
    answer = send(client, tonight, sent_ms=phone.shows(now), lines=[line, "nonsense"])
    assert answer.json == {
        "server_ms": int(now.timestamp() * 1000),
        "entries": [[scan_id_of(line), "new"], ["nonsense", "refused", "malformed"]],
        "have": {phone.device.handle: 1},
        "counts": {"admitted": 1, "expected": 1, "inside": 1},
    }
    told = client.get(f"/scan/{tonight.public_id}/me", headers=JSON).json
    assert told
    assert told["device"]["next_seq"] == 2


def test_a_heartbeat_says_how_the_phone_is(
    client: Browser, tonight: Event, phone: Phone, now: datetime
) -> None:
    sent_ms = int((now - timedelta(seconds=3)).timestamp() * 1000)
    said = {"battery": 0.4, "charging": True, "unsent": 7, "seq": "7.48213"}
    assert send(client, tonight, sent_ms=sent_ms, **said).status_code == 200
    device = db.session.get_one(Device, phone.device.id)
    assert (device.seen_at, device.offset_ms) == (now, 3000)
    assert (device.battery, device.is_charging, device.unsent) == (0.4, True, 7)
    assert device.list_seq == "7.48213"
    odd = {"battery": "full", "charging": 1, "unsent": -5, "seq": {"a": 1}}
    assert send(client, tonight, sent_ms=sent_ms, **odd).status_code == 200
    db.session.refresh(device)
    assert (device.battery, device.is_charging, device.unsent) == (0.4, True, 7)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"sent_ms": "now"},
        {"sent_ms": -1},
        {"sent_ms": 1.5},
        {"sent_ms": True},
        {"sent_ms": 10**30},
        {"sent_ms": 1, "lines": "1/"},
        {"sent_ms": 1, "lines": ["x"] * 501},
    ],
)
def test_a_body_that_makes_no_sense_is_refused_whole(
    client: Browser, tonight: Event, phone: Phone, body: dict[str, object]
) -> None:
    assert send(client, tonight, **body).status_code == 422
    assert db.session.get_one(Device, phone.device.id).offset_ms is None


def test_a_phone_that_was_ended_has_its_last_word(
    client: Browser, tonight: Event, ticket: Ticket, phone: Phone, now: datetime
) -> None:
    line = phone.note(ticket.public_id, now - timedelta(minutes=5))
    db.session.get_one(Device, phone.device.id).ended_at = now - timedelta(minutes=1)
    answer = send(client, tonight, sent_ms=phone.shows(now), lines=[line], battery=0.1)
    assert answer.json
    assert (answer.status_code, answer.json["code"]) == (401, "device_ended")
    assert db.session.scalars(sa.select(CheckIn.at)).all() == [now - timedelta(minutes=5)]
    assert db.session.get_one(Device, phone.device.id).battery is None


def test_a_member_brings_the_lines_of_a_phone_that_has_no_network(
    dan: Person, tonight: Event, ticket: Ticket, phone: Phone, now: datetime
) -> None:
    line = phone.note(ticket.public_id, now - timedelta(minutes=5))
    answer = send(dan.browser, tonight, sent_ms=int(now.timestamp() * 1000), lines=[line])
    assert answer.json
    assert answer.json["entries"] == [[scan_id_of(line), "new"]]
    assert answer.json["have"] == {phone.device.handle: 1}
