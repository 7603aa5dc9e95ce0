"""Paying at Stripe and letting go, on the pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from tests.factories.inventory import counts, hold_statuses
from tests.factories.orders import start_paying, the_order, tickets_of
from tests.fixtures.till import Till
from tests.people import Person
from tests.web.buying import choose, place, said, the_only_order
from tixapp.core.db import db
from tixapp.events.models import Event, Tier
from tixapp.gateways.stripe import AccountUnusable, StripeUnavailable
from tixapp.inventory.models import HoldStatus
from tixapp.orders.models import Order, OrderStatus

Move = Callable[[datetime | timedelta], datetime]
MINUTE = timedelta(minutes=1)


# Paying does not always work


def test_without_stripe_the_tickets_stay_held_and_it_may_be_tried_again(
    till: Till, event: Event, floor: Tier, bob: Person
) -> None:
    checkout = place(choose(bob.browser, event, floor))
    till.fault(StripeUnavailable("no answer"))
    assert place(bob.browser.submit(f"{checkout}/payment")) == checkout
    page = said(bob.browser, checkout)
    assert "Your tickets are still held and nothing was charged" in page
    assert counts(floor) == (2, 0)
    assert place(bob.browser.submit(f"{checkout}/payment")) == till.only.url


def test_a_second_click_is_sent_to_the_same_payment(
    till: Till, event: Event, floor: Tier, bob: Person
) -> None:
    checkout = place(choose(bob.browser, event, floor))
    first = place(bob.browser.submit(f"{checkout}/payment"))
    assert place(bob.browser.submit(f"{checkout}/payment")) == first
    assert the_only_order().status == OrderStatus.PENDING


def test_an_account_that_cannot_charge_lets_the_tickets_go_and_says_so(
    till: Till, event: Event, floor: Tier, bob: Person
) -> None:
    checkout = place(choose(bob.browser, event, floor))
    till.fault(AccountUnusable("no", "account_invalid"))
    there = place(bob.browser.submit(f"{checkout}/payment"))
    order_page = place(bob.browser.get(there))
    assert "The organiser cannot take payments at the moment" in said(bob.browser, order_page)
    assert counts(floor) == (0, 0)


def test_choosing_again_while_paying_leads_back_to_that_payment(
    till: Till, event: Event, floor: Tier, bob: Person
) -> None:
    checkout = place(choose(bob.browser, event, floor))
    bob.browser.submit(f"{checkout}/payment")
    assert place(choose(bob.browser, event, floor, 1)) == checkout
    assert "You are paying for tickets to this event already" in said(bob.browser, checkout)


def test_coming_back_before_the_money_shows_that_it_is_looked_for(
    till: Till, event: Event, floor: Tier, bob: Person
) -> None:
    order = start_paying(event, bob.user, {floor: 2})
    back = f"/orders/{order.public_id}/return?session_id={till.only.id}"
    assert place(bob.browser.get(back)) == f"/orders/{order.public_id}"
    assert "We are checking your payment" in said(bob.browser, f"/orders/{order.public_id}")
    assert tickets_of(order) == []


def test_coming_back_while_stripe_is_silent_is_no_error(
    till: Till, event: Event, floor: Tier, bob: Person
) -> None:
    order = start_paying(event, bob.user, {floor: 2})
    till.pay()
    till.fault(StripeUnavailable("no answer"))
    back = f"/orders/{order.public_id}/return?session_id={till.only.id}"
    assert place(bob.browser.get(back)) == f"/orders/{order.public_id}"
    assert the_order(order.public_id).status == OrderStatus.PENDING


@pytest.mark.parametrize("session_id", ["", "cs_other", "cs_test_2"])
def test_an_address_of_return_proves_nothing(
    till: Till, event: Event, floor: Tier, bob: Person, carol: Person, session_id: str
) -> None:
    order = start_paying(event, bob.user, {floor: 2})
    start_paying(event, carol.user, {floor: 1})
    till.pay(till.sessions["cs_test_2"])
    response = bob.browser.get(f"/orders/{order.public_id}/return?session_id={session_id}")
    assert response.status_code == 404
    assert (the_order(order.public_id).status, tickets_of(order)) == (OrderStatus.PENDING, [])


def test_a_bank_that_takes_days_is_explained(
    till: Till, event: Event, floor: Tier, bob: Person
) -> None:
    order = start_paying(event, bob.user, {floor: 2})
    till.pay_by_debit()
    bob.browser.get(f"/orders/{order.public_id}/return?session_id={till.only.id}")
    page = said(bob.browser, f"/orders/{order.public_id}")
    assert "Your bank is working on it" in page
    till.settle_debit(paid=False)
    bob.browser.get(f"/orders/{order.public_id}/return?session_id={till.only.id}")
    assert "The payment did not go through" in said(bob.browser, f"/orders/{order.public_id}")
    assert counts(floor) == (0, 0)


# Letting go, and time


def test_letting_go_before_paying(event: Event, floor: Tier, bob: Person) -> None:
    checkout = place(choose(bob.browser, event, floor))
    there = place(bob.browser.submit(f"{checkout}/release"))
    assert there == f"/e/{event.slug}"
    assert "Your tickets were let go. Nothing was charged." in said(bob.browser, there)
    assert (hold_statuses(), counts(floor)) == ([HoldStatus.RELEASED], (0, 0))
    assert "You let these tickets" in said(bob.browser, checkout)


def test_letting_go_while_paying_ends_the_payment(
    till: Till, event: Event, floor: Tier, bob: Person
) -> None:
    checkout = place(choose(bob.browser, event, floor))
    bob.browser.submit(f"{checkout}/payment")
    there = place(bob.browser.submit(f"{checkout}/release"))
    assert there == f"/orders/{the_only_order().public_id}"
    assert "This order was cancelled" in said(bob.browser, there)
    assert (till.only.status, counts(floor)) == ("expired", (0, 0))
    assert place(bob.browser.get(checkout)) == there


def test_letting_go_while_stripe_is_silent_changes_nothing(
    till: Till, event: Event, floor: Tier, bob: Person
) -> None:
    checkout = place(choose(bob.browser, event, floor))
    bob.browser.submit(f"{checkout}/payment")
    till.fault(StripeUnavailable("no answer"))
    assert place(bob.browser.submit(f"{checkout}/release")) == checkout
    assert (the_only_order().status, counts(floor)) == (OrderStatus.PENDING, (2, 0))


def test_when_the_time_is_over_the_same_can_be_chosen_again(
    at: Move, event: Event, floor: Tier, bob: Person
) -> None:
    checkout = place(choose(bob.browser, event, floor))
    at(10 * MINUTE)
    response = bob.browser.get(checkout)
    assert "The time is over" in response.text
    assert f"tier-{floor.public_id}=2" in response.text
    assert place(bob.browser.submit(f"{checkout}/payment")) == checkout
    assert the_holds_order() is None


def the_holds_order() -> Order | None:
    return db.session.scalars(sa.select(Order)).first()


def test_while_a_payment_is_open_nobody_is_told_that_nothing_was_charged(
    at: Move, till: Till, event: Event, floor: Tier, bob: Person
) -> None:
    checkout = place(choose(bob.browser, event, floor))
    bob.browser.submit(f"{checkout}/payment")
    at(10 * MINUTE)
    order_page = place(bob.browser.get(checkout))
    assert order_page == f"/orders/{the_only_order().public_id}"
    assert "We are checking your payment" in said(bob.browser, order_page)
