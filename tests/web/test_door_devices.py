"""A phone becomes a device of one gate without an account, and stops being one at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from tests.factories.doors import make_gate, make_phone
from tests.factories.events import make_event, make_tier
from tests.factories.tickets import make_ticket
from tests.fixtures.app import new_browser
from tests.fixtures.browser import Browser
from tests.people import Person
from tixapp.core.clock import clock
from tixapp.core.db import db, transaction
from tixapp.door.actions.devices import end_device, open_pairing
from tixapp.door.actions.gates import set_pin
from tixapp.door.models import Device, Gate, Pairing
from tixapp.events.models import Event, Tier
from tixapp.tickets.models import CheckIn, Ticket

JSON = {"Accept": "application/json"}
Clock = Callable[[datetime | timedelta], datetime]


@pytest.fixture
def tonight(alice: Person, now: datetime) -> Event:
    assert alice.seller
    return make_event(alice.seller, "Night Trains", starts_at=now + timedelta(hours=7))


@pytest.fixture
def floor(tonight: Event) -> Tier:
    return make_tier(tonight, "Floor")


@pytest.fixture
def north(tonight: Event) -> Gate:
    return make_gate(tonight, "North")


@pytest.fixture
def ticket(floor: Tier, bob: Person) -> Ticket:
    return make_ticket(floor, bob.user, holder_name="Bob B.")


def code_for(gate: Gate, by: Person) -> str:
    with transaction():
        return open_pairing(gate, by=by.id, now=clock.now())


def sent(browser: Browser, path: str, body: object) -> TestResponse:
    headers = JSON | {"X-CSRFToken": browser.csrf_token()}
    return browser.post(path, json=body, headers=headers)


def devices() -> int:
    return db.session.scalar(sa.select(sa.func.count(Device.id))) or 0


def test_a_code_turns_a_phone_into_the_scanner_of_one_gate(
    client: Browser, tonight: Event, north: Gate, alice: Person, ticket: Ticket
) -> None:
    code = code_for(north, alice)
    assert client.get("/scan").status_code == 200
    page = client.get(f"/scan/pair?code={code}")
    assert (page.status_code, devices()) == (200, 0)
    paired = client.submit("/scan/pair", code=code.lower().replace("-", " "), name="Kim")
    assert paired.status_code == 303
    assert paired.headers["Location"] == f"/scan/{tonight.public_id}"
    assert 'data-gate="North"' in client.get(paired.headers["Location"]).text
    assert client.get("/scan").headers["Location"] == f"/scan/{tonight.public_id}"
    answer = sent(
        client,
        f"/scan/{tonight.public_id}/check-ins",
        {"code": ticket.public_id, "typed": True, "scan_id": "FIRST-SCAN", "gate": "South"},
    )
    assert answer.json
    assert (answer.json["result"], answer.json["gate"]) == ("admitted", "North")
    check_in = db.session.scalars(sa.select(CheckIn)).one()
    assert (check_in.by_user_id, check_in.gate_number) == (None, 1)
    assert check_in.device_id == db.session.scalars(sa.select(Device.id)).one()


def test_neither_code_nor_token_is_kept_as_it_is(
    client: Browser, north: Gate, alice: Person
) -> None:
    code = code_for(north, alice)
    client.submit("/scan/pair", code=code)
    cookie = client.get_cookie("tixapp_door", path="/scan")
    assert cookie
    assert cookie.http_only
    rows = db.session.execute(sa.text("SELECT d::text || p::text FROM devices d, pairings p"))
    kept = str(rows.scalar_one())
    assert cookie.value not in kept
    assert code.replace("-", "") not in kept


def test_a_code_is_for_one_phone_and_ten_minutes(
    app: Flask, client: Browser, north: Gate, alice: Person, at: Clock
) -> None:
    code = code_for(north, alice)
    assert sent(client, "/scan/pair", {"code": code}).status_code == 201
    second = sent(new_browser(app), "/scan/pair", {"code": code})
    assert second.json
    assert (second.status_code, second.json["code"], devices()) == (422, "pairing_unknown", 1)
    late = code_for(north, alice)
    at(timedelta(minutes=10))
    assert sent(new_browser(app), "/scan/pair", {"code": late}).status_code == 422
    assert new_browser(app).submit("/scan/pair", code="AAAA-AAAA").status_code == 422
    assert devices() == 1


def test_a_new_code_for_a_gate_ends_the_one_before(north: Gate, alice: Person) -> None:
    code_for(north, alice)
    code_for(north, alice)
    assert db.session.scalar(sa.select(sa.func.count(Pairing.id))) == 1


def test_guessing_codes_is_slowed(client: Browser, north: Gate) -> None:
    answers = [sent(client, "/scan/pair", {"code": f"AAAA-AA{n:02}"}) for n in range(12)]
    assert [answer.status_code for answer in answers] == [422] * 10 + [429] * 2


def test_a_device_that_was_ended_is_told_so_at_once(
    client: Browser, tonight: Event, north: Gate, alice: Person, ticket: Ticket
) -> None:
    phone = make_phone(tonight, north, alice.user)
    phone.signs_in(client)
    path = f"/scan/{tonight.public_id}"
    assert client.get(f"{path}/me", headers=JSON).status_code == 200
    with transaction():
        end_device(db.session.get_one(Device, phone.device.id), by=alice.id, now=clock.now())
    answer = client.get(f"{path}/me", headers=JSON)
    assert answer.json
    assert (answer.status_code, answer.json["code"]) == (401, "device_ended")
    assert client.get(path).headers["Location"] == "/scan"
    scan = sent(client, f"{path}/check-ins", {"code": ticket.public_id, "typed": True})
    assert scan.status_code == 401
    assert db.session.scalar(sa.select(sa.func.count(CheckIn.id))) == 0


def test_a_device_knows_no_other_event_and_no_page_behind_the_door(
    client: Browser, tonight: Event, north: Gate, alice: Person
) -> None:
    assert alice.seller
    make_phone(tonight, north, alice.user).signs_in(client)
    other = make_event(alice.seller, "Day Trains")
    for part in ("", "/me", "/list", "/people?q=bob", "/counts"):
        assert client.get(f"/scan/{other.public_id}{part}", headers=JSON).status_code == 404
    assert client.get(f"/sell/events/{tonight.public_id}").status_code == 303


def test_what_a_device_is_told_of_itself(
    client: Browser, tonight: Event, north: Gate, alice: Person, now: datetime
) -> None:
    phone = make_phone(tonight, north, alice.user, "Kim's phone", at=now)
    phone.signs_in(client)
    told = client.get(f"/scan/{tonight.public_id}/me", headers=JSON).json
    assert told
    assert told["device"] | {"log_key": ""} == {
        "id": phone.device.public_id,
        "handle": phone.device.public_id[4:].upper(),
        "name": "Kim's phone",
        "gate": 1,
        "log_key": "",
        "next_seq": 1,
        "paired_ms": int(now.timestamp() * 1000),
    }
    assert (told["person"], told["event"]["id"]) == (None, tonight.public_id)
    assert told["server_ms"] == int(now.timestamp() * 1000)


def test_staff_make_their_own_phone_a_device(
    dan: Person, tonight: Event, north: Gate, ticket: Ticket
) -> None:
    path = f"/scan/{tonight.public_id}"
    made = sent(dan.browser, f"{path}/devices", {"name": "Dan's", "gate": 1})
    assert made.json
    assert (made.status_code, made.json["device"]["gate"]) == (201, 1)
    assert made.json["person"] == "dan@example.com"
    again = sent(dan.browser, f"{path}/devices", {"gate": [1]})
    assert again.status_code == 422
    device = db.session.scalars(sa.select(Device)).one()
    assert (device.user_id, device.ended_at) == (dan.id, None)


def test_settings_ask_for_the_pin(
    client: Browser, tonight: Event, north: Gate, alice: Person
) -> None:
    make_gate(tonight, "South", 2)
    with transaction():
        set_pin(tonight.id, "2580", by=alice.id, now=clock.now())
    make_phone(tonight, north, alice.user).signs_in(client)
    path = f"/scan/{tonight.public_id}/device"
    wrong = sent(client, path, {"gate": 2, "pin": "1111"})
    assert wrong.json
    assert (wrong.status_code, wrong.json["code"]) == (403, "wrong_pin")
    assert db.session.scalars(sa.select(Device.gate_id)).one() == north.id
    moved = sent(client, path, {"gate": 2, "pin": "2580"})
    assert moved.json
    assert moved.json["device"]["gate"] == 2
    assert sent(client, f"{path}/end", {}).status_code == 403
    assert sent(client, f"{path}/end", {"pin": "2580"}).status_code == 204
    assert client.get_cookie("tixapp_door", path="/scan") is None
    assert db.session.scalars(sa.select(Device.ended_at)).one() is not None
