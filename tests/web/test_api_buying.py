"""Buying through the API: checkout, purchase, orders and tickets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.factories.events import make_event, make_tier
from tests.fixtures.program import Program, program_of
from tests.fixtures.till import Till
from tests.people import Person
from tests.web.shop import held, hold, purchase, said, sold
from tixapp.core.db import db
from tixapp.events.models import Event, Tier
from tixapp.gateways.stripe import StripeRefused, StripeUnavailable
from tixapp.orders.flows import payments
from tixapp.orders.jobs import forget_old_idempotency_keys
from tixapp.orders.models import IdempotencyKey, Order
from tixapp.tickets.keys import ticket_codes
from tixapp.tickets.models import Ticket
from tixapp.web.running import settings

EUR = "EUR"
Move = Callable[[datetime | timedelta], datetime]


@pytest.fixture
def floor(event: Event) -> Tier:
    return make_tier(event, price_minor=4500, capacity=10)


@pytest.fixture
def free(event: Event) -> Tier:
    return make_tier(event, "Free", price_minor=0, capacity=10)


@pytest.fixture(autouse=True)
def _nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """For the answer of another request with the same key: there is none."""
    monkeypatch.setattr("tixapp.api.once.time.sleep", lambda _: None)


@pytest.fixture
def shop(app: Flask, bob: Person) -> Program:
    return program_of(app, bob.user)


def count(table: type[Order | Ticket | IdempotencyKey]) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def test_a_reservation_becomes_an_order_with_an_address_to_pay_at(
    shop: Program, event: Event, floor: Tier, till: Till
) -> None:
    reservation = said(hold(shop, event, floor))
    made = shop.post("/checkout/sessions", {"reservation_id": reservation["id"]})
    assert made.status_code == 201
    assert said(made) == {
        "id": said(made)["id"],
        "order_id": said(made)["order_id"],
        "url": till.only.url,
        "expires_at": "2026-11-20T12:10:00Z",
    }
    order = said(shop.get(f"/orders/{said(made)['order_id']}"))
    assert order == {
        "id": said(made)["order_id"],
        "status": "PENDING",
        "event_id": event.public_id,
        "event": "Night Trains",
        "items": [
            {
                "tier_id": floor.public_id,
                "name": "Floor",
                "quantity": 2,
                "price": {"amount": 4500, "currency": EUR},
                "discount": None,
            }
        ],
        "subtotal": {"amount": 9000, "currency": EUR},
        "fee": {"amount": 0, "currency": EUR},
        "total": {"amount": 9000, "currency": EUR},
        "placed_at": "2026-11-20T12:00:00Z",
        "settled_at": None,
        "checkout_id": said(made)["id"],
        "payment_url": till.only.url,
        "tickets": [],
    }
    linked = said(shop.get(f"/reservations/{reservation['id']}"))
    assert (linked["order_id"], linked["status"]) == (order["id"], "active")


def test_a_second_checkout_of_one_reservation_is_the_same_checkout(
    shop: Program, event: Event, floor: Tier, till: Till
) -> None:
    body = {"reservation_id": said(hold(shop, event, floor))["id"]}
    first, second = (shop.post("/checkout/sessions", body) for _ in range(2))
    assert said(first) == said(second)
    assert (len(till.sessions), count(Order)) == (1, 1)


def test_a_paid_order_has_its_tickets_and_their_codes(
    shop: Program, event: Event, floor: Tier, till: Till, bob: Person
) -> None:
    order_id = said(purchase(shop, event, floor))["id"]
    till.pay()
    order = db.session.scalars(sa.select(Order)).one()
    payments().settle_order(order.id)
    shown = said(shop.get(f"/orders/{order_id}"))
    assert (shown["status"], shown["payment_url"], sold(floor)) == ("PAID", None, 2)
    assert [(t["status"], t["tier"], t["seat"]) for t in shown["tickets"]] == [
        ("valid", "Floor", None)
    ] * 2
    for ticket in shown["tickets"]:
        assert ticket_codes().read(ticket["code"]) == ticket["id"]
    assert said(shop.get("/me/orders")) == {"items": [shown], "next_cursor": None}
    mine = said(shop.get("/me/tickets"))["items"]
    assert {t["id"] for t in mine} == {t["id"] for t in shown["tickets"]}
    assert mine[0] | {"id": "", "code": ""} == {
        "id": "",
        "code": "",
        "status": "valid",
        "tier": "Floor",
        "seat": None,
        "event_id": event.public_id,
        "event": "Night Trains",
        "starts_at": "2026-12-20T19:00:00Z",
        "holder": "Bob",
    }


def test_a_purchase_reserves_and_opens_the_payment_in_one_call(
    shop: Program, event: Event, floor: Tier, till: Till
) -> None:
    made = purchase(shop, event, floor)
    assert made.status_code == 201
    assert (said(made)["status"], said(made)["payment_url"]) == ("PENDING", till.only.url)
    assert (held(floor), sold(floor), count(Ticket)) == (2, 0, 0)


def test_what_is_free_is_paid_at_once(shop: Program, event: Event, free: Tier, till: Till) -> None:
    made = purchase(shop, event, free)
    assert (made.status_code, said(made)["status"]) == (201, "PAID")
    assert said(made)["total"] == {"amount": 0, "currency": EUR}
    assert (held(free), sold(free), till.calls) == (0, 2, [])
    for ticket in said(made)["tickets"]:
        assert ticket_codes().read(ticket["code"]) == ticket["id"]


def test_a_purchase_that_is_repeated_is_answered_byte_for_byte_and_bought_once(
    shop: Program, event: Event, free: Tier, floor: Tier, till: Till
) -> None:
    for tier in (free, floor):
        first = purchase(shop, event, tier, 1, once=f"buy {tier.name}")
        again = purchase(shop, event, tier, 1, once=f"buy {tier.name}")
        assert (again.status_code, again.data) == (201, first.data)
        assert first.headers.get("Idempotent-Replayed") is None
        assert again.headers["Idempotent-Replayed"] == "true"
    assert (count(Order), sold(free), held(floor), len(till.sessions)) == (2, 1, 1, 1)


def test_the_database_keeps_no_codes_of_tickets(shop: Program, event: Event, free: Tier) -> None:
    code = said(purchase(shop, event, free, once="k"))["tickets"][0]["code"]
    kept = db.session.scalars(sa.select(IdempotencyKey)).one()
    assert kept.answer is not None
    assert [ticket["code"] for ticket in kept.answer["tickets"]] == ["", ""]
    assert code in purchase(shop, event, free, once="k").text


def test_a_purchase_carries_on_after_a_payment_page_that_did_not_answer(
    shop: Program, event: Event, floor: Tier, till: Till
) -> None:
    till.fault(StripeUnavailable("no answer"), after=True)
    failed = purchase(shop, event, floor, once="k")
    assert (failed.status_code, said(failed)["code"]) == (503, "payment_provider_unavailable")
    again = purchase(shop, event, floor, once="k")
    assert (again.status_code, said(again)["payment_url"]) == (201, till.only.url)
    assert purchase(shop, event, floor, once="k").data == again.data
    assert (count(Order), held(floor), len(till.sessions)) == (1, 2, 1)


def test_a_refused_payment_gives_the_places_back_and_its_key_says_so(
    shop: Program, event: Event, floor: Tier, till: Till
) -> None:
    till.fault(StripeRefused("no", "account_invalid"))
    refused = purchase(shop, event, floor, once="k")
    assert (refused.status_code, said(refused)["code"]) == (409, "seller_not_ready")
    assert held(floor) == 0
    again = purchase(shop, event, floor, once="k")
    assert (again.status_code, said(again)["code"]) == (409, "reservation_expired")
    assert purchase(shop, event, floor).status_code == 201


def test_a_seller_who_cannot_charge_sells_nothing_and_keeps_nothing_held(
    shop: Program, alice: Person, till: Till, now: datetime
) -> None:
    assert alice.seller
    alice.seller.charges_enabled = False
    event = make_event(alice.seller)
    tier = make_tier(event)
    refused = purchase(shop, event, tier)
    assert (refused.status_code, said(refused)["code"]) == (409, "sale_paused")
    assert (held(tier), count(Order), till.calls) == (0, 0, [])


def test_orders_and_checkouts_of_others_are_not_there(
    app: Flask, shop: Program, event: Event, floor: Tier, till: Till, carol: Person, alice: Person
) -> None:
    made = said(purchase(shop, event, floor))
    reservation = said(hold(program_of(app, carol.user), event, floor, 1))
    for other in (carol, alice):
        program = program_of(app, other.user)
        assert program.get(f"/orders/{made['id']}").status_code == 404
        body = {"checkout_id": made["checkout_id"], "simulate": "success"}
        assert program.post("/checkout/confirm", body).status_code == 404
        assert said(program.get("/me/orders"))["items"] == []
        assert said(program.get("/me/tickets"))["items"] == []
    theirs = shop.post("/checkout/sessions", {"reservation_id": reservation["id"]})
    assert (theirs.status_code, count(Order)) == (404, 1)


def test_pages_of_orders_and_tickets_follow_one_another(
    shop: Program, alice: Person, till: Till, now: datetime
) -> None:
    assert alice.seller
    for name in ("One", "Two", "Three"):
        event = make_event(alice.seller, name)
        assert purchase(shop, event, make_tier(event, price_minor=0), 1).status_code == 201
    first = said(shop.get("/me/orders?limit=2"))
    assert [order["event"] for order in first["items"]] == ["Three", "Two"]
    second = said(shop.get(f"/me/orders?limit=2&cursor={first['next_cursor']}"))
    assert [order["event"] for order in second["items"]] == ["One"]
    assert second["next_cursor"] is None
    first = said(shop.get("/me/tickets?limit=2"))
    assert [ticket["event"] for ticket in first["items"]] == ["Three", "Two"]
    second = said(shop.get(f"/me/tickets?limit=2&cursor={first['next_cursor']}"))
    assert [ticket["event"] for ticket in second["items"]] == ["One"]
    assert shop.get("/me/orders?cursor=ord_nobodys").status_code == 422


def test_a_late_checkout_is_refused(
    shop: Program, event: Event, floor: Tier, till: Till, at: Move
) -> None:
    reservation = said(hold(shop, event, floor))
    at(timedelta(minutes=9, seconds=41))
    refused = shop.post("/checkout/sessions", {"reservation_id": reservation["id"]})
    assert (refused.status_code, said(refused)["code"]) == (409, "reservation_expired")
    assert (count(Order), till.calls) == (0, [])


def test_keys_are_forgotten_after_a_day(shop: Program, event: Event, free: Tier, at: Move) -> None:
    purchase(shop, event, free, 1, once="k")
    at(timedelta(hours=23, minutes=59))
    assert (forget_old_idempotency_keys(), count(IdempotencyKey)) == (0, 1)
    at(timedelta(minutes=1))
    assert (forget_old_idempotency_keys(), count(IdempotencyKey)) == (1, 0)


def test_nobody_pays_for_a_buyer_where_payments_are_real(
    app: Flask,
    shop: Program,
    event: Event,
    floor: Tier,
    till: Till,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = said(purchase(shop, event, floor))
    real = replace(settings(), stripe_api_base="https://api.stripe.com")
    monkeypatch.setitem(app.extensions, "settings", real)
    body = {"checkout_id": made["checkout_id"], "simulate": "success"}
    refused = shop.post("/checkout/confirm", body)
    assert (refused.status_code, said(refused)["code"]) == (403, "not_simulated")
    assert said(shop.get(f"/orders/{made['id']}"))["status"] == "PENDING"
