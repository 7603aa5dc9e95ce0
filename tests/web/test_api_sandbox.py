"""Buying through the API with the Stripe sandbox in Stripe's place, to the door."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from tests.factories.events import make_event, make_tier
from tests.fixtures.program import Program, program_of
from tests.people import Person
from tests.web.shop import held, purchase, said, sold
from tixapp.cli.accounts import open_seller
from tixapp.core.clock import clock
from tixapp.core.db import db
from tixapp.events.models import Event, Tier
from tixapp.ops.audit import run_audit
from tixapp.sellers.models import Seller

pytestmark = pytest.mark.usefixtures("stripe_sandbox")


@pytest.fixture
def event(carol: Person, stripe_sandbox: str) -> Event:
    """Carol's, whose account was onboarded at the sandbox. It starts in a month."""
    seller = db.session.get_one(Seller, open_seller(carol.id, "Carol's Hall"))
    return make_event(seller, starts_at=clock.now() + timedelta(days=30))


@pytest.fixture
def floor(event: Event) -> Tier:
    return make_tier(event, price_minor=4500, capacity=10)


@pytest.fixture
def shop(app: Flask, bob: Person) -> Program:
    return program_of(app, bob.user)


def confirm(shop: Program, order: dict[str, Any], simulate: str, *, once: str = "") -> Any:
    body = {"checkout_id": order["checkout_id"], "simulate": simulate}
    return shop.post("/checkout/confirm", body, once=once)


def test_from_a_purchase_to_the_door(
    app: Flask, shop: Program, event: Event, floor: Tier, carol: Person
) -> None:
    order = said(purchase(shop, event, floor, 1))
    assert order["status"] == "PENDING"
    paid = confirm(shop, order, "success")
    assert (paid.status_code, said(paid)["status"]) == (200, "PAID")
    assert (held(floor), sold(floor)) == (0, 1)
    [ticket] = said(paid)["tickets"]
    door = program_of(app, carol.user)
    scan = {"code": ticket["code"], "event_id": event.public_id, "gate": "North"}
    assert said(door.post("/tickets/validate", scan))["result"] == "admitted"
    assert said(door.post("/tickets/validate", scan))["result"] == "already_used"
    assert said(shop.get("/me/tickets"))["items"][0]["status"] == "used"
    assert list(run_audit()) == []


def test_a_declined_card_leaves_the_order_open_to_be_paid(
    shop: Program, event: Event, floor: Tier
) -> None:
    order = said(purchase(shop, event, floor, 1))
    declined = confirm(shop, order, "fail")
    assert (declined.status_code, said(declined)["status"]) == (200, "PENDING")
    assert (held(floor), sold(floor)) == (1, 0)
    assert said(confirm(shop, order, "success"))["status"] == "PAID"


def test_confirming_twice_pays_once(shop: Program, event: Event, floor: Tier) -> None:
    order = said(purchase(shop, event, floor, 1))
    first = confirm(shop, order, "success", once="k")
    again = confirm(shop, order, "success", once="k")
    assert (first.data, again.headers["Idempotent-Replayed"]) == (again.data, "true")
    other = confirm(shop, order, "fail")
    assert (other.status_code, said(other)["status"], sold(floor)) == (200, "PAID", 1)
    assert said(other)["tickets"] == said(first)["tickets"]
