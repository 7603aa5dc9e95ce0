"""Starting to pay: one session, its deadline, what refuses it, what needs no Stripe."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from tests.factories.books import facts, ledger, orders
from tests.factories.events import make_tier
from tests.factories.inventory import allowance, counts, hold_places, hold_statuses
from tests.factories.orders import start_paying, the_payment, tickets_of
from tests.fixtures.till import Till
from tests.people import Person
from tixapp.core.clock import clock
from tixapp.core.db import db
from tixapp.core.errors import TixappError
from tixapp.events.models import Event, EventStatus, Tier
from tixapp.gateways.stripe import (
    AccountUnusable,
    StripeUnavailable,
)
from tixapp.inventory.errors import NotOnSale, SalePaused
from tixapp.inventory.models import HoldStatus
from tixapp.ops.audit import run_audit
from tixapp.orders.errors import SellerCannotSell, TooLateToPay
from tixapp.orders.flows import payments
from tixapp.orders.models import Order, OrderStatus
from tixapp.payments.models import PaymentStatus

Move = Callable[[datetime | timedelta], datetime]
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
LOCK_OF_ORDER = "WHERE orders.id = %(id_1)s::BIGINT FOR NO KEY UPDATE"


# Starting to pay


def test_paying_opens_one_session_on_the_sellers_account(
    till: Till, event: Event, floor: Tier, bob: Person, alice: Person
) -> None:
    order = start_paying(event, bob.user, {floor: 2})
    ask = till.asks[till.only.id]
    assert alice.seller
    assert (ask.account, ask.currency, ask.email) == (
        alice.seller.stripe_account,
        "EUR",
        "bob@example.com",
    )
    assert [(line.name, line.unit_minor, line.quantity) for line in ask.lines] == [
        ("Night Trains: Floor", 2500, 2)
    ]
    assert (ask.fee_minor, order.total_minor, order.fee_minor) == (50, 5000, 50)
    assert order.status == OrderStatus.PENDING
    assert (counts(floor), tickets_of(order)) == ((2, 0), [])


def test_a_fee_passed_on_is_a_line_of_its_own(
    till: Till, event: Event, floor: Tier, bob: Person
) -> None:
    event.fee_passed_on = True
    order = start_paying(event, bob.user, {floor: 2})
    ask = till.asks[till.only.id]
    assert [(line.unit_minor, line.quantity) for line in ask.lines] == [(2500, 2), (50, 1)]
    assert (order.subtotal_minor, order.fee_minor, order.total_minor) == (5000, 50, 5050)


def test_a_second_click_gets_the_same_order_and_the_same_address(
    till: Till, event: Event, floor: Tier, bob: Person
) -> None:
    hold = hold_places(event, bob.user, {floor: 2})
    first = payments().start(hold.public_id, bob.id)
    assert payments().start(hold.public_id, bob.id) == first
    assert (orders(), till.calls) == (1, ["open"])


def test_a_lost_answer_is_asked_for_again_under_the_same_key(
    till: Till, event: Event, floor: Tier, bob: Person
) -> None:
    hold = hold_places(event, bob.user, {floor: 2})
    till.fault(StripeUnavailable("dropped"), after=True)
    with pytest.raises(StripeUnavailable):
        payments().start(hold.public_id, bob.id)
    started = payments().start(hold.public_id, bob.id)
    assert started.url == till.only.url
    assert (orders(), counts(floor)) == (1, (2, 0))


def test_a_few_minutes_without_stripe_cost_nobody_their_places(
    at: Move, till: Till, event: Event, floor: Tier, bob: Person
) -> None:
    hold = hold_places(event, bob.user, {floor: 2})
    till.fault(StripeUnavailable("no answer"))
    with pytest.raises(StripeUnavailable):
        payments().start(hold.public_id, bob.id)
    at(9 * MINUTE)
    assert payments().start(hold.public_id, bob.id).url == till.only.url
    assert counts(floor) == (2, 0)


def test_starting_to_pay_gives_ten_minutes_once(
    now: datetime, at: Move, till: Till, event: Event, floor: Tier, bob: Person
) -> None:
    hold = hold_places(event, bob.user, {floor: 2})
    at(8 * MINUTE)
    payments().start(hold.public_id, bob.id)
    at(9 * MINUTE)
    payments().start(hold.public_id, bob.id)
    db.session.refresh(hold)
    assert hold.expires_at == now + 18 * MINUTE


def refused_to_start(hold_id: str, bob: Person, kind: type[TixappError]) -> None:
    with pytest.raises(kind):
        payments().start(hold_id, bob.id)
    assert orders() == 0


def test_paying_is_offered_until_twenty_seconds_before_the_end(
    now: datetime, at: Move, till: Till, event: Event, floor: Tier, bob: Person
) -> None:
    hold = hold_places(event, bob.user, {floor: 2})
    at(now + 10 * MINUTE - 20 * SECOND)
    refused_to_start(hold.public_id, bob, TooLateToPay)
    at(now + 10 * MINUTE - 21 * SECOND)
    assert payments().start(hold.public_id, bob.id).url


def test_the_sale_window_is_looked_at_again_when_paying(
    at: Move, till: Till, event: Event, floor: Tier, bob: Person
) -> None:
    hold = hold_places(event, bob.user, {floor: 2})
    event.paused_at = clock.now()
    refused_to_start(hold.public_id, bob, SalePaused)
    event.paused_at, event.status = None, EventStatus.CANCELLED
    refused_to_start(hold.public_id, bob, NotOnSale)


def test_a_tiers_window_is_looked_at_again_when_paying(
    now: datetime, at: Move, till: Till, event: Event, floor: Tier, bob: Person
) -> None:
    floor.sale_ends_at = now + 5 * MINUTE
    hold = hold_places(event, bob.user, {floor: 2})
    at(5 * MINUTE)
    refused_to_start(hold.public_id, bob, NotOnSale)
    at(now + 5 * MINUTE - SECOND)
    assert payments().start(hold.public_id, bob.id).url


def test_a_seller_who_cannot_charge_sells_nothing(
    till: Till, event: Event, floor: Tier, bob: Person, alice: Person
) -> None:
    assert alice.seller
    hold = hold_places(event, bob.user, {floor: 2})
    alice.seller.charges_enabled = False
    refused_to_start(hold.public_id, bob, SellerCannotSell)
    assert till.calls == []


def test_an_account_that_stripe_refuses_ends_the_order_and_frees_the_places(
    till: Till, event: Event, floor: Tier, bob: Person
) -> None:
    hold = hold_places(event, bob.user, {floor: 2})
    till.fault(AccountUnusable("no such account", "account_invalid"))
    with pytest.raises(SellerCannotSell):
        payments().start(hold.public_id, bob.id)
    [order] = db.session.scalars(sa.select(Order)).all()
    assert (order.status, the_payment(order).status) == (OrderStatus.FAILED, PaymentStatus.FAILED)
    assert the_payment(order).last_fault == "no such account"
    assert (counts(floor), hold_statuses()) == ((0, 0), [HoldStatus.RELEASED])


def test_a_refusal_locks_the_order_before_its_payment_as_everyone_does(
    till: Till, event: Event, floor: Tier, bob: Person, queries
) -> None:
    hold = hold_places(event, bob.user, {floor: 2})
    till.fault(AccountUnusable("no such account", "account_invalid"))
    with queries() as asked, pytest.raises(SellerCannotSell):
        payments().start(hold.public_id, bob.id)
    locks = [
        table
        for statement in asked
        for table in ("orders", "allowances", "holds", "payments", "stocks")
        if f"FROM {table}" in statement and "FOR NO KEY UPDATE" in statement
    ]
    after_asking = locks[locks.index("orders") :]
    assert after_asking == ["orders", "allowances", "holds", "payments", "stocks", "payments"]
    fault_noted = next(n for n, text in enumerate(asked) if "SET last_fault" in text)
    order_locked = next(n for n, text in enumerate(asked) if LOCK_OF_ORDER in text)
    assert order_locked < fault_noted


def test_a_free_order_has_its_tickets_at_once_without_stripe(
    till: Till, event: Event, bob: Person
) -> None:
    lawn = make_tier(event, "Lawn", price_minor=0, capacity=5)
    order = start_paying(event, bob.user, {lawn: 3})
    assert (order.status, order.fee_minor, len(tickets_of(order))) == (OrderStatus.PAID, 0, 3)
    assert (counts(lawn), allowance(event, bob.user)) == ((0, 3), (0, 3))
    assert facts() == [("OrderPaid", {"order_id": order.id})]
    assert (till.calls, ledger(), run_audit()) == ([], [], [])
