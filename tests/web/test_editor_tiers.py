"""Kinds of tickets in the editor: prices, places, order, closing, and what is sold already."""

from __future__ import annotations

import pytest

from tests.factories.events import make_event, make_tier
from tests.factories.inventory import hold_places
from tests.factories.orders import buy, the_order
from tests.factories.sellers import make_seller
from tests.fixtures.browser import Browser
from tests.fixtures.till import Till
from tests.people import Person
from tests.web.html import attribute, elements, texts
from tixapp.core.db import db
from tixapp.events.models import Event, EventStatus, Tier
from tixapp.inventory.models import Stock

pytestmark = pytest.mark.usefixtures("now")

PIT = {"name": "Pit", "price": "24,50", "capacity": "100", "per_order_limit": "4"}


@pytest.fixture
def event(alice: Person) -> Event:
    assert alice.seller
    return make_event(alice.seller)


@pytest.fixture
def draft(alice: Person) -> Event:
    assert alice.seller
    return make_event(alice.seller, "Bare", status=EventStatus.DRAFT, published_at=None)


def at(event: Event, tier: Tier, deed: str = "") -> str:
    return f"/sell/events/{event.public_id}/tiers/{tier.public_id}{deed}"


def form_of(browser: Browser, event: Event, tier: Tier) -> dict[str, str]:
    page = browser.get(at(event, tier)).text
    fields = {
        given["name"] or "": given.get("value") or ""
        for given, _text in elements(page, "input")
        if given.get("name") and given["name"] not in {"csrf_token", "q", "theme"}
    }
    return fields | {given["name"] or "": text for given, text in elements(page, "textarea")}


def order_of(event: Event) -> list[str]:
    query = db.session.query(Tier.name).filter_by(event_id=event.id)
    return [name for (name,) in query.order_by(Tier.position, Tier.id)]


def test_a_kind_of_ticket_is_added_with_its_places(alice: Person, draft: Event) -> None:
    path = f"/sell/events/{draft.public_id}/tiers/new"
    answer = alice.browser.submit(path, **PIT)
    assert answer.status_code == 303
    tier = db.session.query(Tier).one()
    assert (tier.name, tier.price_minor, tier.per_order_limit) == ("Pit", 2450, 4)
    assert db.session.get_one(Stock, tier.id).capacity == 100
    page = alice.browser.get(f"/sell/events/{draft.public_id}/edit").text
    assert "Buyer pays €24.50, you get €24.25" in page


def test_every_fault_of_a_kind_of_ticket_stands_at_its_field(alice: Person, draft: Event) -> None:
    wrong = {
        "name": " ",
        "price": "a lot",
        "capacity": "1e9",
        "per_order_limit": "0",
        "sale_starts_at": "2026-03-29T02:30",
        "sale_ends_at": "never",
    }
    answer = alice.browser.submit(f"/sell/events/{draft.public_id}/tiers/new", **wrong)
    assert answer.status_code == 422
    marked = [
        given["name"]
        for given, _text in elements(answer.text, "input")
        if given.get("aria-invalid") == "true"
    ]
    assert sorted(str(name) for name in marked) == sorted(wrong)
    assert attribute(answer.text, "input", "value", name="price") == ["a lot"]
    assert db.session.query(Tier).count() == 0


@pytest.mark.parametrize("price", ["-1", "0.001", "0.10", "1e3", "NaN", "9999999999", "٣"])
def test_a_price_that_is_none_is_refused(alice: Person, draft: Event, price: str) -> None:
    path = f"/sell/events/{draft.public_id}/tiers/new"
    assert alice.browser.submit(path, **PIT | {"price": price}).status_code == 422
    assert db.session.query(Tier).count() == 0


def test_places_are_never_fewer_than_are_sold_and_held(
    till: Till, alice: Person, bob: Person, carol: Person, event: Event
) -> None:
    floor = make_tier(event, capacity=10)
    buy(till, event, bob.user, {floor: 2})
    hold_places(event, carol.user, {floor: 1})
    fields = form_of(alice.browser, event, floor)
    refused = alice.browser.submit(at(event, floor), **fields | {"capacity": "2"})
    assert refused.status_code == 422
    assert "3 places are sold or being bought already" in refused.text
    assert db.session.get_one(Stock, floor.id).capacity == 10
    fields = form_of(alice.browser, event, floor)
    assert alice.browser.submit(at(event, floor), **fields | {"capacity": "3"}).status_code == 303
    assert db.session.get_one(Stock, floor.id).capacity == 3


def test_a_new_price_is_for_new_orders_and_buyers_may_be_told(
    till: Till, alice: Person, bob: Person, event: Event, work
) -> None:
    floor = make_tier(event, price_minor=2500)
    order = buy(till, event, bob.user, {floor: 1})
    work()
    fields = form_of(alice.browser, event, floor) | {"price": "30.00"}
    asked = alice.browser.submit(at(event, floor), **fields)
    assert texts(asked.text, "h1") == ["1 person has tickets"]
    assert "keep their price" in asked.text
    assert db.session.get_one(Tier, floor.id).price_minor == 2500
    assert alice.browser.submit(at(event, floor), **fields, tell="yes").status_code == 303
    assert db.session.get_one(Tier, floor.id).price_minor == 3000
    assert the_order(order.public_id).total_minor == 2500
    assert "Price of Floor: €30.00" in work().to("bob@example.com")[-1].text


def test_two_people_at_one_kind_of_ticket(alice: Person, event: Event) -> None:
    floor = make_tier(event)
    mine, theirs = (form_of(alice.browser, event, floor) for _ in range(2))
    alice.browser.submit(at(event, floor), **theirs | {"name": "Parquet"})
    answer = alice.browser.submit(
        at(event, floor), **mine | {"name": "Hall", "description": "Standing"}
    )
    assert answer.status_code == 409
    assert attribute(answer.text, "input", "value", name="name") == ["Hall"]
    assert "Parquet" in answer.text
    assert db.session.get_one(Tier, floor.id).name == "Parquet"


def test_buttons_put_them_in_order(alice: Person, event: Event) -> None:
    tiers = {name: make_tier(event, name) for name in ("Floor", "Balcony", "Box")}
    alice.browser.submit(at(event, tiers["Box"], "/place"), to="up")
    assert order_of(event) == ["Floor", "Box", "Balcony"]
    alice.browser.submit(at(event, tiers["Floor"], "/place"), to="down")
    assert order_of(event) == ["Box", "Floor", "Balcony"]
    alice.browser.submit(at(event, tiers["Box"], "/place"), to="up")
    alice.browser.submit(at(event, tiers["Box"], "/place"), to="sideways")
    assert order_of(event) == ["Box", "Floor", "Balcony"]


def test_what_has_been_on_sale_is_closed_and_not_removed(
    alice: Person, client: Browser, event: Event
) -> None:
    floor = make_tier(event, sold=1)
    alice.browser.submit(at(event, floor, "/removal"))
    assert db.session.get(Tier, floor.id) is not None
    closed = alice.browser.submit(at(event, floor, "/close"))
    assert closed.status_code == 303
    assert "The sale has ended" in client.get(f"/e/{event.slug}").text
    assert "Closed" in alice.browser.get(f"/sell/events/{event.public_id}/edit").text


def test_a_kind_of_ticket_of_a_draft_can_be_removed(alice: Person, draft: Event) -> None:
    pit = make_tier(draft, "Pit")
    assert alice.browser.submit(at(draft, pit, "/removal")).status_code == 303
    assert db.session.query(Tier).count() == db.session.query(Stock).count() == 0


def test_ids_of_two_events_cannot_be_mixed(alice: Person, bob: Person, event: Event) -> None:
    theirs = make_event(make_seller(bob.user, "Bob's Bar"), "Quiz")
    quiz = make_tier(theirs, "Seats")
    for deed in ("", "/place", "/close", "/removal"):
        assert alice.browser.submit(at(event, quiz, deed), **PIT).status_code == 404
        assert alice.browser.submit(at(theirs, quiz, deed), **PIT).status_code == 404
    answer = alice.browser.get(at(event, quiz))
    assert answer.status_code == 404
    assert "Quiz" not in answer.text
    assert db.session.get_one(Tier, quiz.id).name == "Seats"
    assert order_of(theirs) == ["Seats"]
