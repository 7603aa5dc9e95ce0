"""Buying on the pages: from choosing to the ticket, and what strangers find."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import unquote

import pytest
from flask import Flask

from tests.factories.accounts import make_user
from tests.factories.events import make_event, make_tier
from tests.factories.inventory import counts, hold_places, hold_statuses
from tests.factories.orders import buy, start_paying, tickets_of
from tests.fixtures.browser import Browser
from tests.fixtures.till import Till
from tests.people import Person
from tests.web.buying import choose, place, said, the_only_order
from tixapp.events.models import Event, Tier
from tixapp.inventory.models import HoldStatus
from tixapp.orders.models import OrderStatus
from tixapp.tickets.views import ticket_codes

Move = Callable[[datetime | timedelta], datetime]
MINUTE = timedelta(minutes=1)


# The whole way


def test_from_choosing_to_the_ticket(till: Till, event: Event, floor: Tier, bob: Person) -> None:
    checkout = place(choose(bob.browser, event, floor))
    assert re.fullmatch(r"/checkout/hold_[a-z2-7]{16}", checkout)
    page = said(bob.browser, checkout)
    assert "Your tickets are held" in page
    assert "2 \u00d7 Floor €25.00 each €50.00" in page
    assert "Pay €50.00" in page

    assert place(bob.browser.submit(f"{checkout}/payment")) == till.only.url
    ask = till.asks[till.only.id]
    order = the_only_order()
    assert ask.success_url == (
        f"http://localhost/orders/{order.public_id}/return?session_id={{CHECKOUT_SESSION_ID}}"
    )
    assert ask.cancel_url == f"http://localhost{checkout}"

    till.pay()
    back = ask.success_url.replace("{CHECKOUT_SESSION_ID}", till.only.id)
    assert place(bob.browser.get(back)) == f"/orders/{order.public_id}"
    page = said(bob.browser, f"/orders/{order.public_id}")
    assert "Your tickets are ready" in page
    [first, second] = tickets_of(order)
    for ticket in (first, second):
        assert f"/tickets/{ticket.public_id}" in bob.browser.get("/tickets").text
    ticket_page = bob.browser.get(f"/tickets/{first.public_id}").text
    assert "Night Trains" in ticket_page
    assert "1 of 2" in ticket_page
    assert "<svg" in ticket_page
    assert ticket_codes().code_for(first.public_id) not in ticket_page  # in the picture alone
    assert (counts(floor), hold_statuses()) == ((0, 2), [HoldStatus.CONVERTED])


def test_a_free_ticket_is_there_at_once(till: Till, event: Event, bob: Person) -> None:
    lawn = make_tier(event, "Lawn", price_minor=0)
    checkout = place(choose(bob.browser, event, lawn, 1))
    assert "There is nothing to pay" in said(bob.browser, checkout)
    paid = place(bob.browser.submit(f"{checkout}/payment"))
    assert paid == f"/orders/{the_only_order().public_id}"
    assert "Your ticket is ready" in said(bob.browser, paid)
    assert till.calls == []


def test_a_fee_that_is_passed_on_is_shown_before_paying(
    till: Till, event: Event, floor: Tier, bob: Person
) -> None:
    event.fee_passed_on = True
    page = said(bob.browser, place(choose(bob.browser, event, floor)))
    assert "Booking fee €0.50" in page
    assert "Total €50.50" in page
    assert "Pay €50.50" in page


# Refusals


def test_a_stranger_signs_in_first_and_comes_back_to_the_choice(
    client: Browser, event: Event, floor: Tier
) -> None:
    there = place(choose(client, event, floor))
    assert there.startswith("/sign-in?next=")
    assert f"tier-{floor.public_id}=2" in unquote(there)
    assert hold_statuses() == []


@pytest.mark.parametrize("path", ["/tickets", "/orders", "/orders/ord_x", "/checkout/hold_x"])
def test_a_stranger_is_asked_to_sign_in_and_is_brought_back(client: Browser, path: str) -> None:
    assert unquote(place(client.get(path))) == f"/sign-in?next={path}"


@pytest.mark.parametrize("quantity", ["-1", "1.5", "1e9", "NaN", "2;", "9999", "\u0662", "true"])
def test_a_quantity_that_is_none_reserves_nothing(
    event: Event, floor: Tier, bob: Person, quantity: str
) -> None:
    there = place(choose(bob.browser, event, floor, quantity))
    assert there.startswith(f"/e/{event.slug}")
    assert "whole numbers" in said(bob.browser, there)
    assert (hold_statuses(), counts(floor)) == ([], (0, 0))


def test_fields_that_nobody_asked_for_change_nothing(
    till: Till, event: Event, floor: Tier, bob: Person, carol: Person
) -> None:
    hold_page = place(
        bob.browser.submit(
            f"/e/{event.slug}/holds",
            **{f"tier-{floor.public_id}": "2"},
            price="1",
            total="1",
            user_id=str(carol.id),
            status="converted",
        )
    )
    bob.browser.submit(f"{hold_page}/payment", total="1", fee="0", status="paid")
    order = the_only_order()
    assert (order.total_minor, order.fee_minor, order.buyer_id, order.status) == (
        5000,
        50,
        bob.id,
        OrderStatus.PENDING,
    )


def test_who_comes_too_late_is_told_what_is_left(
    event: Event, floor: Tier, bob: Person, carol: Person
) -> None:
    hold_places(event, carol.user, {floor: 4})
    there = place(choose(bob.browser, event, floor))
    assert "Only 1 place is left for Floor. Nothing was reserved" in said(bob.browser, there)
    assert counts(floor) == (4, 0)


def test_places_whose_time_is_over_are_given_to_the_next_who_asks(
    at: Move, event: Event, floor: Tier, bob: Person, carol: Person
) -> None:
    hold_places(event, carol.user, {floor: 4})
    at(10 * MINUTE)
    assert place(choose(bob.browser, event, floor)).startswith("/checkout/")
    assert hold_statuses() == [HoldStatus.EXPIRED, HoldStatus.ACTIVE]


def test_a_form_without_its_token_reserves_nothing(event: Event, floor: Tier, bob: Person) -> None:
    response = bob.browser.post(f"/e/{event.slug}/holds", data={f"tier-{floor.public_id}": "2"})
    assert response.status_code == 400
    assert hold_statuses() == []


@pytest.mark.parametrize("what", ["", "/payment", "/release"])
def test_another_buyers_hold_is_not_found(
    till: Till, event: Event, floor: Tier, bob: Person, carol: Person, what: str
) -> None:
    path = f"/checkout/{hold_places(event, bob.user, {floor: 2}).public_id}{what}"
    answer = carol.browser.submit(path) if what else carol.browser.get(path)
    unknown = path.replace("hold_", "hold_x")
    same = carol.browser.submit(unknown) if what else carol.browser.get(unknown)
    assert answer.status_code == same.status_code == 404
    assert (hold_statuses(), till.calls) == ([HoldStatus.ACTIVE], [])


def test_another_buyers_order_and_tickets_are_not_found(
    till: Till, event: Event, floor: Tier, bob: Person, carol: Person
) -> None:
    order = buy(till, event, bob.user, {floor: 1})
    [ticket] = tickets_of(order)
    for path in (
        f"/orders/{order.public_id}",
        f"/orders/{order.public_id}/return?session_id={till.only.id}",
        f"/tickets/{ticket.public_id}",
        f"/tickets/{ticket.public_id}.ics",
        f"/tickets/{ticket.public_id}/qr.svg",
    ):
        assert carol.browser.get(path).status_code == 404, path
    assert ticket.public_id not in carol.browser.get("/tickets").text
    assert order.public_id not in carol.browser.get("/orders").text


@pytest.mark.parametrize("odd", ["%00", "ord_%00", "x" * 5000, "%F0%9F%8E%AB", "..%2f", "'--"])
def test_an_odd_id_is_not_found_and_breaks_nothing(bob: Person, odd: str) -> None:
    for path in (f"/orders/{odd}", f"/checkout/{odd}", f"/tickets/{odd}", f"/e/{odd}"):
        assert bob.browser.get(path).status_code == 404, path


@pytest.mark.parametrize("before", ["-1", "0", "99999999999999999999", "abc", "1e9", "%00"])
def test_an_odd_page_of_orders_breaks_nothing(bob: Person, before: str) -> None:
    assert bob.browser.get(f"/orders?before={before}").status_code == 200


# What pages cost


def many_tickets(till: Till, alice: Person, bob: Person, events: int) -> None:
    assert alice.seller
    for number in range(events):
        event = make_event(alice.seller, f"Evening {number}")
        tiers = [make_tier(event, name) for name in ("Floor", "Balcony")]
        buy(till, event, bob.user, dict.fromkeys(tiers, 2))


@pytest.mark.parametrize(("path", "most"), [("/tickets", 4), ("/orders", 5)])
def test_a_list_costs_the_same_however_long_it_is(
    now: datetime, till: Till, alice: Person, bob: Person, queries, path: str, most: int
) -> None:
    many_tickets(till, alice, bob, 1)
    bob.browser.get(path)
    with queries() as short:
        assert bob.browser.get(path).status_code == 200
    assert alice.seller
    for number in range(1, 6):
        event = make_event(alice.seller, f"Evening {number}")
        buy(till, event, bob.user, {make_tier(event, "Floor"): 2})
    with queries() as long:
        assert bob.browser.get(path).status_code == 200
    assert len(long) == len(short) <= most, "\n".join(long)


def test_a_ticket_an_order_and_a_checkout_cost_little(
    till: Till, event: Event, floor: Tier, bob: Person, queries
) -> None:
    order = buy(till, event, bob.user, {floor: 2})
    balcony = make_tier(event, "Balcony")
    hold = hold_places(event, bob.user, {floor: 1, balcony: 1})
    cost = {}
    for name, path in {
        "ticket": f"/tickets/{tickets_of(order)[0].public_id}",
        "order": f"/orders/{order.public_id}",
        "checkout": f"/checkout/{hold.public_id}",
    }.items():
        with queries() as asked:
            assert bob.browser.get(path).status_code == 200
        cost[name] = len(asked)
    assert cost["ticket"] <= 5, cost
    assert cost["order"] <= 7, cost
    assert cost["checkout"] <= 6, cost


def test_reserving_and_paying_cost_little(
    till: Till, event: Event, floor: Tier, bob: Person, queries
) -> None:
    bob.browser.get("/tickets")
    with queries() as reserving:
        checkout = place(choose(bob.browser, event, floor))
    with queries() as paying:
        place(bob.browser.submit(f"{checkout}/payment"))
    assert len(reserving) <= 9, "\n".join(reserving)
    assert len(paying) <= 25, "\n".join(paying)


def test_a_page_of_orders_leads_to_the_older_ones(
    now: datetime, till: Till, alice: Person, app: Flask
) -> None:
    assert alice.seller
    regular = Person(app, make_user("Regular"))
    for number in range(21):
        event = make_event(alice.seller, f"Evening {number}")
        tier = make_tier(event, "Lawn", price_minor=0)
        start_paying(event, regular.user, {tier: 1})
    first = regular.browser.get("/orders").text
    [older] = re.findall(r'href="(/orders\?before=[^"]+)"', first)
    second = regular.browser.get(older).text
    shown = re.compile(r"/orders/(ord_[a-z2-7]+)")
    assert len(set(shown.findall(first))) == 20
    assert len(set(shown.findall(second))) == 1
    assert not set(shown.findall(first)) & set(shown.findall(second))
    assert re.search(r"before=ord_", older), "an address says nothing of how many orders there are"
