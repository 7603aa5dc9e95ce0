"""A buyer gives tickets back, as far as the organiser's policy goes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from tests.factories.events import IN_A_MONTH, make_event, make_tier
from tests.factories.orders import buy, the_order, ticket_ids, ticket_states
from tests.fixtures.till import Till
from tests.fixtures.time import NOON
from tests.people import Person
from tests.web.html import attribute
from tixapp.core.db import db, transaction
from tixapp.events.actions import cancel
from tixapp.events.models import Event, Tier
from tixapp.ops.audit import run_audit
from tixapp.orders.models import Order, OrderStatus
from tixapp.payments.models import Refund
from tixapp.refunds.jobs import settle_cancelled_events, work_on_refunds
from tixapp.tickets.actions import Door, check_in_by_id

Move = Callable[[datetime | timedelta], datetime]


@pytest.fixture
def event(now: datetime, alice: Person) -> Event:
    assert alice.seller
    return make_event(alice.seller, return_hours=24, return_share_bps=9_000)


@pytest.fixture
def floor(event: Event) -> Tier:
    return make_tier(event, "Floor", price_minor=2500, capacity=10)


@pytest.fixture
def order(till: Till, event: Event, floor: Tier, bob: Person) -> Order:
    return buy(till, event, bob.user, {floor: 2})


def page_of(order: Order) -> str:
    return f"/orders/{order.public_id}/return-tickets"


def amounts() -> list[int]:
    db.session.expire_all()
    return [refund.amount_minor for refund in db.session.query(Refund).order_by(Refund.id)]


def test_the_page_offers_each_ticket_and_says_what_comes_back(bob: Person, order: Order) -> None:
    page = bob.browser.get(page_of(order)).text
    assert attribute(page, "input", "value", name="ticket") == ticket_ids(order)
    assert "You get 90 % of the price back" in page
    assert page_of(order) in bob.browser.get(f"/orders/{order.public_id}").text


def test_one_ticket_goes_back_and_the_other_stays(bob: Person, order: Order) -> None:
    answer = bob.browser.submit(page_of(order), ticket=ticket_ids(order)[0])
    assert (answer.status_code, answer.location) == (303, f"/orders/{order.public_id}")
    page = bob.browser.get(f"/orders/{order.public_id}").text
    assert "€22.50 goes back" in page
    assert "Refunded" in page
    assert (ticket_states(order), amounts()) == (["refunded", "valid"], [2250])
    assert the_order(order.public_id).status == OrderStatus.PAID
    work_on_refunds()
    assert run_audit() == []


def test_a_form_that_is_sent_twice_gives_back_once(bob: Person, order: Order) -> None:
    for _ in range(2):
        bob.browser.submit(page_of(order), ticket=ticket_ids(order)[0])
    assert amounts() == [2250]


def test_nothing_chosen_changes_nothing(bob: Person, order: Order) -> None:
    answer = bob.browser.submit(page_of(order))
    assert answer.location == page_of(order)
    assert "Choose the tickets" in bob.browser.get(page_of(order)).text
    assert (ticket_states(order), amounts()) == (["valid", "valid"], [])


def test_after_the_deadline_the_page_says_so_and_nothing_goes_back(
    bob: Person, order: Order, at: Move
) -> None:
    at(IN_A_MONTH - timedelta(hours=23))
    page = bob.browser.get(page_of(order)).text
    assert "That has passed; yours are still valid" in page
    assert attribute(page, "input", "value", name="ticket") == []
    bob.browser.submit(page_of(order), ticket=ticket_ids(order))
    assert (ticket_states(order), amounts()) == (["valid", "valid"], [])


def test_where_the_organiser_takes_none_back_nothing_goes_back(
    till: Till, alice: Person, bob: Person, now: datetime
) -> None:
    assert alice.seller
    strict = make_event(alice.seller, "Strict")
    order = buy(till, strict, bob.user, {make_tier(strict): 1})
    assert "takes no tickets back" in bob.browser.get(page_of(order)).text
    bob.browser.submit(page_of(order), ticket=ticket_ids(order))
    assert (ticket_states(order), amounts()) == (["valid"], [])


def test_a_used_ticket_stays_used(bob: Person, dan: Person, event: Event, order: Order) -> None:
    first = ticket_ids(order)[0]
    with transaction():
        check_in_by_id(
            first, door=Door(event.id, dan.id, ""), scan_id=None, scanned_at=NOON, now=NOON
        )
    assert first not in bob.browser.get(page_of(order)).text
    bob.browser.submit(page_of(order), ticket=first)
    assert (ticket_states(order), amounts()) == (["used", "valid"], [])


def test_of_a_cancelled_event_all_of_the_money_comes_back_and_not_a_share(
    till: Till, bob: Person, event: Event, order: Order
) -> None:
    with transaction():
        cancel(event.id, by=None, now=NOON)
    there = bob.browser.get(page_of(order))
    assert (there.status_code, there.location) == (303, f"/orders/{order.public_id}")
    bob.browser.submit(page_of(order), ticket=ticket_ids(order))
    assert amounts() == []
    settle_cancelled_events()
    assert amounts() == [5000]
    work_on_refunds()
    assert run_audit() == []


def test_nobody_gives_back_what_another_has_bought(
    till: Till, bob: Person, carol: Person, event: Event, floor: Tier, order: Order
) -> None:
    assert carol.browser.get(page_of(order)).status_code == 404
    assert carol.browser.submit(page_of(order), ticket=ticket_ids(order)).status_code == 404
    hers = buy(till, event, carol.user, {floor: 1})
    carol.browser.submit(page_of(hers), ticket=ticket_ids(order))
    assert (ticket_states(order), ticket_states(hers), amounts()) == (
        ["valid", "valid"],
        ["valid"],
        [],
    )


def test_without_the_forms_token_nothing_goes_back(bob: Person, order: Order) -> None:
    assert bob.browser.post(page_of(order), data={"ticket": ticket_ids(order)}).status_code == 400
    assert amounts() == []
