"""Staff pages: everything that is not settled, and one button that settles it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from tests.factories.events import make_tier
from tests.factories.orders import buy, start_paying, the_order, the_payment, tickets_of
from tests.fixtures.till import Till
from tests.people import Person
from tixapp.core.db import transaction
from tixapp.core.trail import history
from tixapp.events.models import Event, Tier
from tixapp.gateways.stripe import StripeRefused, StripeUnavailable
from tixapp.orders.models import OrderStatus
from tixapp.refunds.actions import Wish, refund_order
from tixapp.refunds.jobs import work_on_refunds

Move = Callable[[datetime | timedelta], datetime]


@pytest.fixture
def floor(event: Event) -> Tier:
    return make_tier(event, "Floor", price_minor=2500, capacity=5)


def test_nobody_but_the_platform_sees_them(bob: Person, alice: Person, dan: Person) -> None:
    for person in (bob, alice, dan):
        assert person.browser.get("/staff").status_code == 404


def test_with_nothing_open_it_says_so(erin: Person) -> None:
    page = erin.browser.get("/staff")
    assert page.status_code == 200
    assert "All settled" in page.text


def test_a_payment_that_nobody_came_back_from_is_listed_and_settled_by_one_button(
    till: Till, event: Event, floor: Tier, bob: Person, erin: Person, at: Move
) -> None:
    order = start_paying(event, bob.user, {floor: 1})
    till.pay()
    assert "All settled" in erin.browser.get("/staff").text
    at(timedelta(minutes=6))
    payment = the_payment(order)
    page = f"/staff/payments/{payment.public_id}"
    assert page in erin.browser.get("/staff").text
    assert bob.email in erin.browser.get(page).text
    answer = erin.browser.submit(f"{page}/settlement")
    assert answer.status_code == 303
    assert the_order(order.public_id).status == OrderStatus.PAID
    assert len(tickets_of(order)) == 1
    assert "All settled" in erin.browser.get("/staff").text
    [deed] = history(payment.public_id)
    assert (deed.deed, deed.by) == ("payment.settled_by_hand", erin.id)


def test_a_refused_refund_is_listed_with_its_reason_and_goes_out_again(
    till: Till, event: Event, floor: Tier, bob: Person, erin: Person
) -> None:
    order = buy(till, event, bob.user, {floor: 1})
    with transaction():
        refund_order(order.id, Wish("asked", None, with_fee=True), now=order.placed_at)
    till.fault(StripeRefused("Insufficient funds.", "balance_insufficient"))
    work_on_refunds()
    assert "Insufficient funds." in erin.browser.get("/staff").text
    erin.browser.submit(f"/staff/payments/{the_payment(order).public_id}/settlement")
    assert len(till.refunds) == 1
    assert "All settled" in erin.browser.get("/staff").text


def test_without_an_answer_it_says_so_and_nothing_is_lost(
    till: Till, event: Event, floor: Tier, bob: Person, erin: Person
) -> None:
    order = start_paying(event, bob.user, {floor: 1})
    till.fault(StripeUnavailable("no answer"))
    page = f"/staff/payments/{the_payment(order).public_id}"
    erin.browser.submit(f"{page}/settlement")
    assert "Stripe gave no answer that settles it" in erin.browser.get(page).text
    assert the_order(order.public_id).status == OrderStatus.PENDING


def test_only_the_platform_may_settle(till: Till, event: Event, floor: Tier, bob: Person) -> None:
    order = start_paying(event, bob.user, {floor: 1})
    till.calls.clear()
    page = f"/staff/payments/{the_payment(order).public_id}/settlement"
    assert bob.browser.submit(page).status_code == 404
    assert till.calls == []
