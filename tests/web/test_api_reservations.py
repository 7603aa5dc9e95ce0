"""Holding places through the API."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.factories.events import make_event, make_tier
from tests.fixtures.program import Program, program_of
from tests.fixtures.till import Till
from tests.people import Person
from tests.web.shop import held, hold, said
from tixapp.core.db import db
from tixapp.events.models import Event, EventStatus, Tier
from tixapp.inventory.models import Hold
from tixapp.orders.models import IdempotencyKey

Move = Callable[[datetime | timedelta], datetime]


@pytest.fixture
def floor(event: Event) -> Tier:
    return make_tier(event, price_minor=4500, capacity=10)


@pytest.fixture
def shop(app: Flask, bob: Person) -> Program:
    return program_of(app, bob.user)


def holds() -> int:
    return db.session.scalar(sa.select(sa.func.count(Hold.id))) or 0


def keys() -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(IdempotencyKey)) or 0


def test_a_reservation_is_made_and_shown(shop: Program, event: Event, floor: Tier) -> None:
    made = hold(shop, event, floor)
    assert made.status_code == 201
    assert said(made) == {
        "id": said(made)["id"],
        "event_id": event.public_id,
        "order_id": None,
        "status": "active",
        "expires_at": "2026-11-20T12:10:00Z",
        "items": [
            {
                "tier_id": floor.public_id,
                "name": "Floor",
                "quantity": 2,
                "price": {"amount": 4500, "currency": "EUR"},
                "discount": None,
            }
        ],
        "total": {"amount": 9000, "currency": "EUR"},
    }
    assert held(floor) == 2
    assert said(shop.get(f"/reservations/{said(made)['id']}")) == said(made)


def test_the_total_is_what_the_buyer_pays_when_the_fee_is_passed_on(
    app: Flask, alice: Person, shop: Program
) -> None:
    assert alice.seller
    event = make_event(alice.seller, "Dear Fees", fee_passed_on=True)
    tier = make_tier(event, price_minor=4500)
    assert said(hold(shop, event, tier))["total"] == {"amount": 9090, "currency": "EUR"}


def test_a_tier_that_is_named_twice_counts_with_both_quantities(
    shop: Program, event: Event, floor: Tier
) -> None:
    item = {"tier_id": floor.public_id, "quantity": 3}
    refused = shop.post(f"/events/{event.public_id}/reservations", {"items": [item, item]})
    assert (refused.status_code, said(refused)["code"]) == (409, "limit_reached")
    assert (said(refused)["limit"], held(floor), holds(), keys()) == (4, 0, 0, 0)


def test_more_than_are_left_is_refused_with_what_is_left(
    shop: Program, event: Event, alice: Person
) -> None:
    last = make_tier(event, "Last", capacity=1)
    refused = hold(shop, event, last, 2)
    assert refused.status_code == 409
    assert refused.content_type == "application/problem+json"
    assert {k: said(refused)[k] for k in ("code", "left", "wanted", "status")} == {
        "code": "sold_out",
        "left": 1,
        "wanted": 2,
        "status": 409,
    }
    assert (held(last), holds(), keys()) == (0, 0, 0)


def test_places_of_a_hold_that_is_over_are_found(
    app: Flask, shop: Program, event: Event, carol: Person, at: Move
) -> None:
    last = make_tier(event, "Last", capacity=1)
    assert hold(program_of(app, carol.user), event, last, 1).status_code == 201
    assert hold(shop, event, last, 1).status_code == 409
    at(timedelta(minutes=11))
    assert hold(shop, event, last, 1).status_code == 201
    assert held(last) == 1


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"paused_at": datetime.fromisoformat("2026-11-20T11:00:00+00:00")}, "sale_paused"),
        ({"on_sale_at": datetime.fromisoformat("2026-11-20T13:00:00+00:00")}, "not_on_sale"),
        ({"starts_at": datetime.fromisoformat("2026-11-20T11:00:00+00:00")}, "not_on_sale"),
        ({"status": EventStatus.CANCELLED}, "not_on_sale"),
    ],
)
def test_nothing_is_held_outside_the_sale(
    alice: Person, shop: Program, change: dict[str, Any], code: str, now: datetime
) -> None:
    assert alice.seller
    event = make_event(alice.seller, "Not Now", **change)
    tier = make_tier(event)
    refused = hold(shop, event, tier)
    assert (refused.status_code, said(refused)["code"], held(tier)) == (409, code, 0)


def test_a_draft_cannot_be_bought_by_its_id(alice: Person, shop: Program) -> None:
    assert alice.seller
    event = make_event(alice.seller, "Secret", status=EventStatus.DRAFT)
    tier = make_tier(event)
    refused = hold(shop, event, tier)
    assert (refused.status_code, said(refused)["code"], held(tier)) == (404, "not_found", 0)
    assert "Secret" not in refused.text


def test_a_tier_of_another_event_is_named_by_its_place(
    alice: Person, shop: Program, event: Event, floor: Tier
) -> None:
    assert alice.seller
    other = make_tier(make_event(alice.seller, "Other"), "Else")
    refused = hold(shop, event, other)
    assert refused.status_code == 422
    assert said(refused)["faults"] == {"items.0.tier_id": "is no tier of this event"}
    assert "Else" not in refused.text


def test_a_reservation_is_let_go_and_the_places_are_free_at_once(
    shop: Program, event: Event, floor: Tier
) -> None:
    made = said(hold(shop, event, floor))
    gone = shop.send("DELETE", f"/reservations/{made['id']}")
    assert (gone.status_code, said(gone)["status"], held(floor)) == (200, "released", 0)
    assert shop.send("DELETE", f"/reservations/{made['id']}").status_code == 200
    assert held(floor) == 0


def test_letting_go_ends_an_open_payment_first(
    shop: Program, event: Event, floor: Tier, till: Till
) -> None:
    made = said(hold(shop, event, floor))
    checkout = said(shop.post("/checkout/sessions", {"reservation_id": made["id"]}))
    gone = shop.send("DELETE", f"/reservations/{made['id']}")
    assert (gone.status_code, said(gone)["status"], held(floor)) == (200, "released", 0)
    assert till.only.status == "expired"
    assert said(shop.get(f"/orders/{checkout['order_id']}"))["status"] == "CANCELLED"


def test_others_neither_see_nor_end_a_reservation(
    app: Flask, shop: Program, event: Event, floor: Tier, carol: Person, alice: Person
) -> None:
    made = said(hold(shop, event, floor))
    for other in (carol, alice):
        program = program_of(app, other.user)
        assert program.get(f"/reservations/{made['id']}").status_code == 404
        assert program.send("DELETE", f"/reservations/{made['id']}").status_code == 404
    assert held(floor) == 2


def test_a_reservation_that_nobody_swept_yet_is_expired_all_the_same(
    shop: Program, event: Event, floor: Tier, at: Move
) -> None:
    made = said(hold(shop, event, floor))
    at(timedelta(minutes=10))
    assert said(shop.get(f"/reservations/{made['id']}"))["status"] == "expired"
