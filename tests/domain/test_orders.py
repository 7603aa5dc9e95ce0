"""What Stripe reports becomes tickets; letting go, deadlines, and banks that take days."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.factories.books import facts, ledger
from tests.factories.events import make_tier
from tests.factories.inventory import allowance, counts, hold_places, hold_statuses
from tests.factories.orders import buy, start_paying, the_order, the_payment, tickets_of
from tests.fixtures.till import Till
from tests.people import Person
from tixapp.core.clock import clock
from tixapp.events.models import Event, Tier
from tixapp.gateways.stripe import (
    StripeNotFound,
    StripeRefused,
    StripeUnavailable,
)
from tixapp.inventory.models import HoldStatus
from tixapp.ops.audit import run_audit
from tixapp.orders.flows import payments
from tixapp.orders.jobs import end_overdue_payments, look_at_open_payments
from tixapp.orders.models import OrderStatus
from tixapp.payments.models import PaymentStatus

Move = Callable[[datetime | timedelta], datetime]
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


# Paid


def test_money_becomes_tickets(till: Till, event: Event, floor: Tier, bob: Person) -> None:
    balcony = make_tier(event, "Balcony", price_minor=1000)
    order = buy(till, event, bob.user, {floor: 2, balcony: 1})
    assert (order.status, order.settled_at) == (OrderStatus.PAID, clock.now())
    assert [(t.tier_id, t.number, t.holder_name, t.status.value) for t in tickets_of(order)] == [
        (floor.id, 1, "Bob", "valid"),
        (floor.id, 2, "Bob", "valid"),
        (balcony.id, 1, "Bob", "valid"),
    ]
    assert hold_statuses() == [HoldStatus.CONVERTED]
    assert (counts(floor), counts(balcony)) == ((0, 2), (0, 1))
    assert allowance(event, bob.user) == (0, 3)
    assert ledger() == [("captured", 6000), ("fee", 60)]
    assert facts() == [("OrderPaid", {"order_id": order.id})]
    assert run_audit() == []


def test_whoever_confirms_again_changes_nothing(
    till: Till, event: Event, floor: Tier, bob: Person
) -> None:
    order = buy(till, event, bob.user, {floor: 2})
    before = [ticket.public_id for ticket in tickets_of(order)]
    for _ in range(3):
        payments().settle_order(order.id)
    assert [ticket.public_id for ticket in tickets_of(order)] == before
    assert (len(facts()), len(ledger()), counts(floor)) == (1, 2, (0, 2))


@pytest.mark.parametrize(
    "wrong", [{"amount_minor": 4999}, {"amount_minor": 1}, {"currency": "USD"}, {"livemode": True}]
)
def test_money_that_is_not_the_orders_gives_nothing_and_raises_an_alarm(
    till: Till, event: Event, floor: Tier, bob: Person, wrong: dict[str, object]
) -> None:
    order = start_paying(event, bob.user, {floor: 2})
    till.pay(**wrong)
    payments().settle_order(order.id)
    assert (the_order(order.public_id).status, tickets_of(order)) == (OrderStatus.PENDING, [])
    payment = the_payment(order)
    assert (payment.status, ledger()) == (PaymentStatus.CREATED, [])
    assert [name for name, _ in facts()] == ["PaymentAlarm"]
    assert payment.last_fault
    assert counts(floor) == (2, 0)


def test_a_session_of_another_account_is_not_found_and_gives_nothing(
    till: Till, event: Event, floor: Tier, bob: Person
) -> None:
    order = start_paying(event, bob.user, {floor: 2})
    session = till.pay()
    till.asks[session.id] = replace(till.asks[session.id], account="acct_of_another")
    with pytest.raises(StripeNotFound):
        payments().settle_order(order.id)
    assert (tickets_of(order), counts(floor)) == ([], (2, 0))


def test_a_fulfilment_takes_few_statements(
    till: Till, event: Event, floor: Tier, bob: Person, queries
) -> None:
    order = start_paying(event, bob.user, {floor: 4})
    till.pay()
    with queries() as asked:
        payments().settle_order(order.id)
    # The payment; then order, allowance, hold and payment locked, all of it sold and booked, the
    # tickets, the fact with its letter.
    assert len(asked) == 5, "\n".join(asked)


def test_an_order_is_written_in_few_statements(
    till: Till, event: Event, floor: Tier, bob: Person, queries
) -> None:
    hold = hold_places(event, bob.user, {floor: 4})
    with queries() as asked:
        payments().start(hold.public_id, bob.id)
    # Allowance and hold locked, the order with its payment, the hold's deadline; then the session.
    assert len(asked) == 4, "\n".join(asked)


# Not paid


def test_letting_go_ends_the_session_first_and_then_frees_the_places(
    till: Till, event: Event, floor: Tier, bob: Person
) -> None:
    order = start_paying(event, bob.user, {floor: 2})
    payments().let_go(order.id)
    assert till.only.status == "expired"
    assert the_order(order.public_id).status == OrderStatus.CANCELLED
    assert the_payment(order).status == PaymentStatus.CANCELED
    assert (hold_statuses(), counts(floor)) == ([HoldStatus.RELEASED], (0, 0))
    assert allowance(event, bob.user) == (0, 0)


def test_letting_go_while_stripe_is_silent_keeps_the_places(
    till: Till, event: Event, floor: Tier, bob: Person
) -> None:
    order = start_paying(event, bob.user, {floor: 2})
    till.fault(StripeUnavailable("no answer"))
    with pytest.raises(StripeUnavailable):
        payments().let_go(order.id)
    assert the_order(order.public_id).status == OrderStatus.PENDING
    assert counts(floor) == (2, 0)


def test_letting_go_after_having_paid_is_having_paid(
    till: Till, event: Event, floor: Tier, bob: Person
) -> None:
    order = start_paying(event, bob.user, {floor: 2})
    till.pay()
    payments().let_go(order.id)
    assert (the_order(order.public_id).status, counts(floor)) == (OrderStatus.PAID, (0, 2))


def test_at_the_deadline_stripe_ends_the_session_and_the_places_come_back(
    now: datetime, at: Move, till: Till, event: Event, floor: Tier, bob: Person
) -> None:
    order = start_paying(event, bob.user, {floor: 2})
    at(now + 10 * MINUTE - SECOND)
    assert end_overdue_payments() == 0
    at(now + 10 * MINUTE)
    assert end_overdue_payments() == 1
    assert till.only.status == "expired"
    assert (the_order(order.public_id).status, hold_statuses()) == (
        OrderStatus.EXPIRED,
        [HoldStatus.EXPIRED],
    )
    assert (counts(floor), end_overdue_payments()) == ((0, 0), 0)


def test_who_paid_at_the_last_moment_has_paid(
    now: datetime, at: Move, till: Till, event: Event, floor: Tier, bob: Person
) -> None:
    order = start_paying(event, bob.user, {floor: 2})
    till.pay()
    at(now + 10 * MINUTE)
    end_overdue_payments()
    assert (the_order(order.public_id).status, counts(floor)) == (OrderStatus.PAID, (0, 2))


def test_without_an_answer_at_the_deadline_the_places_stay_and_another_try_follows(
    now: datetime, at: Move, till: Till, event: Event, floor: Tier, bob: Person
) -> None:
    order = start_paying(event, bob.user, {floor: 2})
    at(now + 10 * MINUTE)
    till.fault(StripeUnavailable("no answer"))
    end_overdue_payments()
    assert (the_order(order.public_id).status, counts(floor)) == (OrderStatus.PENDING, (2, 0))
    assert end_overdue_payments() == 0
    at(15 * SECOND)
    assert end_overdue_payments() == 1
    assert (the_order(order.public_id).status, counts(floor)) == (OrderStatus.EXPIRED, (0, 0))


@pytest.mark.parametrize(
    "fault",
    [
        StripeNotFound("No such checkout session."),
        StripeRefused("something new", "new"),
        KeyError("a field that was always there"),
    ],
)
def test_a_payment_that_stripe_does_not_know_holds_up_no_other(
    now: datetime,
    at: Move,
    till: Till,
    event: Event,
    floor: Tier,
    bob: Person,
    carol: Person,
    fault: Exception,
) -> None:
    strange = start_paying(event, bob.user, {floor: 2})
    other = start_paying(event, carol.user, {floor: 2}, now=at(SECOND))
    at(now + 11 * MINUTE)
    till.fault(fault)
    assert end_overdue_payments() == 2
    assert the_order(strange.public_id).status == OrderStatus.PENDING
    assert str(fault) in (the_payment(strange).last_fault or "")
    assert the_order(other.public_id).status == OrderStatus.EXPIRED
    assert counts(floor) == (2, 0)


def test_a_lost_webhook_and_a_closed_browser_are_made_good_by_the_reconciler(
    at: Move, till: Till, event: Event, floor: Tier, bob: Person
) -> None:
    order = start_paying(event, bob.user, {floor: 2})
    till.pay()
    at(MINUTE)
    assert look_at_open_payments() == 0
    at(MINUTE)
    assert look_at_open_payments() == 1
    assert the_order(order.public_id).status == OrderStatus.PAID
    assert look_at_open_payments() == 0


def test_a_session_whose_answer_was_lost_is_found_and_ended_at_the_deadline(
    now: datetime, at: Move, till: Till, event: Event, floor: Tier, bob: Person
) -> None:
    hold = hold_places(event, bob.user, {floor: 2})
    till.fault(StripeUnavailable("dropped"), after=True)
    with pytest.raises(StripeUnavailable):
        payments().start(hold.public_id, bob.id)
    at(now + 10 * MINUTE)
    end_overdue_payments()
    assert till.only.status == "expired"
    assert (hold_statuses(), counts(floor)) == ([HoldStatus.EXPIRED], (0, 0))


# Delayed methods


def test_places_stay_while_a_bank_takes_days(
    at: Move, till: Till, event: Event, floor: Tier, bob: Person
) -> None:
    order = start_paying(event, bob.user, {floor: 2})
    till.pay_by_debit()
    payments().settle_order(order.id)
    at(timedelta(days=2))
    end_overdue_payments()
    assert the_payment(order).status == PaymentStatus.PROCESSING
    assert (the_order(order.public_id).status, counts(floor)) == (OrderStatus.PENDING, (2, 0))
    till.settle_debit(paid=True)
    payments().settle_order(order.id)
    assert (the_order(order.public_id).status, counts(floor)) == (OrderStatus.PAID, (0, 2))
    assert run_audit() == []


def test_places_come_back_when_the_bank_refuses_after_days(
    at: Move, till: Till, event: Event, floor: Tier, bob: Person
) -> None:
    order = start_paying(event, bob.user, {floor: 2})
    till.pay_by_debit()
    payments().settle_order(order.id)
    at(timedelta(days=2))
    till.settle_debit(paid=False)
    payments().settle_order(order.id)
    assert the_payment(order).status == PaymentStatus.FAILED
    assert (the_order(order.public_id).status, counts(floor)) == (OrderStatus.FAILED, (0, 0))
    assert allowance(event, bob.user) == (0, 0)
