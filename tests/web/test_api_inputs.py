"""What hostile or broken programs send: refused fast, by name, and without effect."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories.events import make_tier
from tests.fixtures.program import Program, program_of
from tests.people import Person
from tests.web.shop import held, hold, purchase, said
from tixapp.events.models import Event, Tier

MEGABYTE = 1_048_576


@pytest.fixture
def floor(event: Event) -> Tier:
    return make_tier(event, price_minor=4500, capacity=10)


@pytest.fixture
def shop(app: Flask, bob: Person) -> Program:
    return program_of(app, bob.user)


def send(shop: Program, event: Event, raw: bytes | str, **headers: str) -> Any:
    named = {"Idempotency-Key": "k", "Content-Type": "application/json"} | headers
    path = f"/events/{event.public_id}/reservations"
    return shop.send("POST", path, data=raw, headers=named)


@pytest.mark.parametrize(
    "quantity",
    [
        *("0", "-1", "-0", "1.5", "1.0", "1e0", "1000000000", "9" * 400),
        *('"1"', '"1 "', '"\\u0661"', "true", "null", "[]", "{}"),
    ],
)
def test_a_quantity_is_a_whole_number_from_1(
    shop: Program, event: Event, floor: Tier, quantity: str
) -> None:
    raw = f'{{"items": [{{"tier_id": "{floor.public_id}", "quantity": {quantity}}}]}}'
    refused = send(shop, event, raw)
    assert (refused.status_code, list(said(refused)["faults"])) == (422, ["items.0.quantity"])
    assert held(floor) == 0
    one_call = f'{{"event_id": "x", "tier_id": "x", "quantity": {quantity}}}'
    headers = {"Idempotency-Key": "k", "Content-Type": "application/json"}
    refused = shop.send("POST", "/tickets/purchase", data=one_call, headers=headers)
    assert (refused.status_code, list(said(refused)["faults"])) == (422, ["quantity"])


@pytest.mark.parametrize(
    "raw",
    [
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b"1",
        b"\xff\xfe",
        b'{"items": NaN}',
        b'{"items": [Infinity]}',
        b"{'items': []}",
        b'{"a": "\\ud800"}',
        b"[" * 1000,
        b'{"a":' * 1000 + b"1" + b"}" * 1000,
        b"9" * 5000,
        b"\x1f\x8b\x08\x00\x00\x00\x00\x00",
    ],
)
def test_what_is_no_json_object_is_malformed(
    shop: Program, event: Event, floor: Tier, raw: bytes
) -> None:
    refused = send(shop, event, raw)
    assert (refused.status_code, said(refused)["code"]) == (400, "malformed_json")
    assert held(floor) == 0


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_only_json_is_read(shop: Program, event: Event, floor: Tier, kind: str) -> None:
    body = {"items": [{"tier_id": floor.public_id, "quantity": 1}]}
    refused = send(shop, event, json.dumps(body), **{"Content-Type": kind})
    assert (refused.status_code, held(floor)) == (415, 0)


def test_a_body_that_is_too_large_is_not_read(shop: Program, event: Event, floor: Tier) -> None:
    began = time.perf_counter()
    refused = send(shop, event, b'{"a": "' + b"x" * 10 * MEGABYTE + b'"}')
    assert (refused.status_code, held(floor)) == (413, 0)
    many = send(shop, event, b'{"items": [' + b"1," * 100_000 + b"1]}")
    assert many.status_code == 422
    assert time.perf_counter() - began < 2


def test_members_that_are_not_known_are_named(shop: Program, event: Event, floor: Tier) -> None:
    item = {"tier_id": floor.public_id, "quantity": 1, "price": 0}
    body = {"items": [item], "total": 0, "user_id": 1, "status": "paid"}
    refused = shop.post(f"/events/{event.public_id}/reservations", body)
    assert (refused.status_code, said(refused)["code"], held(floor)) == (422, "invalid", 0)
    assert said(refused)["faults"] == {
        "items.0.price": "is not known here",
        "total": "is not known here",
        "user_id": "is not known here",
        "status": "is not known here",
    }


@pytest.mark.parametrize("name", ["", "x" * 256, "é", "a\tb", "\x7f", "🎟"])
def test_a_key_is_1_to_255_printable_characters(
    shop: Program, event: Event, floor: Tier, name: str
) -> None:
    body = json.dumps({"items": [{"tier_id": floor.public_id, "quantity": 1}]})
    refused = send(shop, event, body, **{"Idempotency-Key": name})
    assert (refused.status_code, said(refused)["code"]) == (400, "idempotency_key")
    assert held(floor) == 0


def test_a_key_is_needed_where_money_or_places_move(
    shop: Program, event: Event, floor: Tier
) -> None:
    bodies = {
        f"/events/{event.public_id}/reservations": {
            "items": [{"tier_id": floor.public_id, "quantity": 1}]
        },
        "/checkout/sessions": {"reservation_id": "hold_x"},
        "/tickets/purchase": {
            "event_id": event.public_id,
            "tier_id": floor.public_id,
            "quantity": 1,
        },
    }
    for path, body in bodies.items():
        refused = shop.send("POST", path, json=body)
        assert (refused.status_code, said(refused)["code"]) == (400, "idempotency_key")
    assert held(floor) == 0


@pytest.mark.parametrize("tier_id", ["", "x", "\x00", "' OR 1=1 --", "x" * 41, "🎟"])
def test_ids_that_are_none_are_refused(
    shop: Program, event: Event, floor: Tier, tier_id: str
) -> None:
    body = {"items": [{"tier_id": tier_id, "quantity": 1}]}
    assert shop.post(f"/events/{event.public_id}/reservations", body).status_code == 422
    body = {"event_id": tier_id, "tier_id": tier_id, "quantity": 1}
    assert shop.post("/tickets/purchase", body).status_code in {404, 422}
    assert shop.post("/checkout/sessions", {"reservation_id": tier_id}).status_code in {404, 422}


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["items", "tier_id", "quantity", "event_id", "token", "code", "é"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(body=anything)
def test_no_body_is_a_fault_of_ours(shop: Program, event: Event, floor: Tier, body: Any) -> None:
    raw = json.dumps(body)
    headers = {"Idempotency-Key": "k", "Content-Type": "application/json"}
    for path in (
        f"/events/{event.public_id}/reservations",
        "/tickets/purchase",
        "/checkout/sessions",
        "/checkout/confirm",
        "/tickets/validate",
        "/events",
    ):
        answer = shop.send("POST", path, data=raw, headers=headers)
        assert 400 <= answer.status_code < 500, (path, raw, answer.text)
    assert held(floor) == 0


def test_an_honest_request_still_gets_through(shop: Program, event: Event, floor: Tier) -> None:
    assert hold(shop, event, floor, 1).status_code == 201
    assert held(floor) == 1
    assert purchase(shop, event, floor, 0).status_code == 422
