"""What a call costs: statements, counted. Fewer is better; more is a decision."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask import Flask

from tests.factories.events import make_event, make_tier
from tests.fixtures.app import new_browser
from tests.fixtures.program import Program, program_of
from tests.fixtures.queries import Statements
from tests.fixtures.till import Till
from tests.people import Person
from tests.web.shop import hold, purchase, said
from tixapp.core.db import db
from tixapp.events.models import Event, Tier

Counting = Callable[[], AbstractContextManager[Statements]]


@pytest.fixture
def floor(event: Event) -> Tier:
    return make_tier(event, price_minor=4500, capacity=100)


@pytest.fixture
def shop(app: Flask, bob: Person) -> Program:
    return program_of(app, bob.user)


@pytest.fixture
def pays(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    """The button of the payment page."""
    monkeypatch.setattr("tixapp.api.resources.checkout.StandIn", lambda _base: Buttons(till))


class Buttons:
    def __init__(self, till: Till) -> None:
        self.till = till

    def pay(self, _url: str, **_: str) -> None:
        self.till.pay()


def test_a_repeated_reservation_takes_four(
    shop: Program, event: Event, floor: Tier, queries: Counting
) -> None:
    body = {"items": [{"tier_id": floor.public_id, "quantity": 1}]}
    path = f"/events/{event.public_id}/reservations"
    shop.post(path, body, once="k")
    with queries() as asked:
        assert shop.post(path, body, once="k").status_code == 201
    assert len(asked) == 4, "\n".join(asked)


def test_a_checkout_takes_eight_and_paying_ten(
    shop: Program, event: Event, floor: Tier, till: Till, pays: None, queries: Counting
) -> None:
    held = said(hold(shop, event, floor, 2))
    with queries() as asked:
        opened = shop.post("/checkout/sessions", {"reservation_id": held["id"]}, once="c")
    assert opened.status_code == 201
    assert len(asked) == 8, "\n".join(asked)
    body = {"checkout_id": said(opened)["id"], "simulate": "success"}
    with queries() as asked:
        paid = shop.post("/checkout/confirm", body, once="p")
    assert said(paid)["status"] == "PAID"
    assert len(asked) == 10, "\n".join(asked)
    with queries() as asked:
        assert len(said(shop.get(f"/orders/{said(paid)['id']}"))["tickets"]) == 2
    assert len(asked) == 2, "\n".join(asked)


def test_availability_takes_one(app: Flask, event: Event, floor: Tier, queries: Counting) -> None:
    with queries() as asked:
        left = Program(new_browser(app)).get(f"/events/{event.public_id}/availability")
        assert left.status_code == 200
    assert len(asked) == 1, "\n".join(asked)


def test_a_list_takes_as_many_for_many_events_as_for_one(
    app: Flask, alice: Person, event: Event, floor: Tier, queries: Counting
) -> None:
    assert alice.seller
    nobody = Program(new_browser(app))
    with queries() as asked:
        assert len(said(nobody.get("/events"))["items"]) == 1
    assert len(asked) == 3, "\n".join(asked)
    for number in range(5):
        make_tier(make_event(alice.seller, f"No {number}"))
    with queries() as asked:
        assert len(said(nobody.get("/events"))["items"]) == 6
    assert len(asked) == 3, "\n".join(asked)


def test_orders_take_as_many_for_many_as_for_one(
    shop: Program, alice: Person, event: Event, queries: Counting
) -> None:
    assert alice.seller
    counts = []
    for number in range(3):
        free = make_tier(make_event(alice.seller, f"No {number}"), price_minor=0)
        purchase(shop, db.session.get_one(Event, free.event_id), free, 1)
        with queries() as asked:
            assert len(said(shop.get("/me/orders"))["items"]) == number + 1
        counts.append(len(asked))
    assert counts == [2, 2, 2]


def test_a_purchase_is_not_dear(shop: Program, event: Event, queries: Counting) -> None:
    free = make_tier(event, "Free", price_minor=0)
    with queries() as asked:
        assert purchase(shop, event, free, 1).status_code == 201
    assert len(asked) <= 35, "\n".join(asked)
