"""From a hold to tickets: paying, what Stripe reports of it, and what becomes of money too late."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from tests.factories.events import make_event, make_tier
from tests.factories.inventory import allowance, counts, hold_places, hold_statuses
from tests.factories.orders import buy, start_paying, the_order, the_payment, tickets_of
from tests.fixtures.till import Till
from tests.people import Person
from tixapp.core.clock import clock
from tixapp.core.db import db
from tixapp.core.errors import TixappError
from tixapp.core.facts import StoredFact
from tixapp.events.models import Event, EventStatus, Tier
from tixapp.gateways.stripe import (
    AccountUnusable,
    StripeNotFound,
    StripeRefused,
    StripeUnavailable,
)
from tixapp.inventory.errors import NotOnSale, SalePaused
from tixapp.inventory.models import HoldStatus
from tixapp.ops.audit import run_audit
from tixapp.orders.errors import SellerCannotSell, TooLateToPay
from tixapp.orders.flows import payments
from tixapp.orders.jobs import end_overdue_payments, look_at_open_payments
from tixapp.orders.models import Order, OrderStatus
from tixapp.payments.models import LedgerEntry, Payment, PaymentStatus, Refund, RefundStatus

Move = Callable[[datetime | timedelta], datetime]
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
LOCK_OF_ORDER = "WHERE orders.id = %(id_1)s::BIGINT FOR NO KEY UPDATE"


@pytest.fixture
def event(now: datetime, alice: Person) -> Event:
    assert alice.seller
    return make_event(alice.seller)


@pytest.fixture
def floor(event: Event) -> Tier:
    return make_tier(event, "Floor", capacity=5)


def facts() -> list[tuple[str, dict[str, object]]]:
    rows = db.session.execute(
        sa.select(StoredFact.name, StoredFact.payload).order_by(StoredFact.id)
    )
    return [(row.name, row.payload) for row in rows]


def ledger() -> list[tuple[str, int]]:
    rows = db.session.execute(
        sa.select(LedgerEntry.kind, LedgerEntry.amount_minor).order_by(LedgerEntry.id)
    )
    return [(row.kind.value, row.amount_minor) for row in rows]


def orders() -> int:
    return db.session.scalar(sa.select(sa.func.count(Order.id))) or 0


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


# Late money


def expired_and_then_paid(till: Till, order: Order) -> None:
    """Stripe said that it had ended, and then that it was paid: it must never, and what if."""
    session = till.sessions[the_payment(order).stripe_session or ""]
    till.sessions[session.id] = replace(session, status="open")
    till.pay(till.sessions[session.id])
    payments().settle_order(order.id)


def an_expired_order(at: Move, event: Event, buyer: Person, floor: Tier, quantity: int) -> Order:
    order = start_paying(event, buyer.user, {floor: quantity}, now=clock.now())
    at(11 * MINUTE)
    end_overdue_payments()
    return the_order(order.public_id)


def test_late_money_takes_places_that_are_still_free(
    at: Move, till: Till, event: Event, floor: Tier, bob: Person
) -> None:
    order = an_expired_order(at, event, bob, floor, 2)
    assert order.status == OrderStatus.EXPIRED
    expired_and_then_paid(till, order)
    assert (the_order(order.public_id).status, len(tickets_of(order))) == (OrderStatus.PAID, 2)
    assert (counts(floor), allowance(event, bob.user)) == ((0, 2), (0, 2))
    assert run_audit() == []


def goes_back(order: Order) -> None:
    """All of it, with our fee, and nothing else has changed."""
    [refund] = db.session.scalars(sa.select(Refund)).all()
    assert (refund.status, refund.amount_minor, refund.returns_fee) == (
        RefundStatus.REQUESTED,
        order.total_minor,
        True,
    )
    assert tickets_of(order) == []
    assert [name for name, _ in facts() if name != "OrderPaid"] == [
        "RefundAsked",
        "LateMoneyReturned",
    ]


def test_late_money_goes_back_when_the_places_have_gone(
    at: Move, till: Till, event: Event, floor: Tier, bob: Person, carol: Person
) -> None:
    order = an_expired_order(at, event, bob, floor, 2)
    hold_places(event, carol.user, {floor: 4}, now=clock.now())
    expired_and_then_paid(till, order)
    goes_back(order)
    assert the_order(order.public_id).status == OrderStatus.EXPIRED
    assert (counts(floor), allowance(event, bob.user)) == ((4, 0), (0, 0))
    assert ledger() == [("captured", 5000), ("fee", 50)]


def test_late_money_goes_back_when_the_buyer_had_let_go(
    till: Till, event: Event, floor: Tier, bob: Person
) -> None:
    order = start_paying(event, bob.user, {floor: 2})
    payments().let_go(order.id)
    expired_and_then_paid(till, the_order(order.public_id))
    goes_back(order)
    assert counts(floor) == (0, 0)


def test_late_money_goes_back_when_the_event_was_cancelled(
    at: Move, till: Till, event: Event, floor: Tier, bob: Person
) -> None:
    order = an_expired_order(at, event, bob, floor, 2)
    event.status = EventStatus.CANCELLED
    db.session.commit()
    expired_and_then_paid(till, order)
    goes_back(order)
    assert counts(floor) == (0, 0)


def test_late_money_gets_nobody_past_their_limit(
    at: Move, till: Till, event: Event, bob: Person
) -> None:
    hall = make_tier(event, "Hall", capacity=100)
    late = an_expired_order(at, event, bob, hall, 4)
    buy(till, event, bob.user, {hall: 4}, now=clock.now())
    expired_and_then_paid(till, late)
    goes_back(late)
    assert (counts(hall), allowance(event, bob.user)) == ((0, 4), (0, 4))


def test_late_money_that_comes_twice_goes_back_once(
    at: Move, till: Till, event: Event, floor: Tier, bob: Person, carol: Person
) -> None:
    order = an_expired_order(at, event, bob, floor, 2)
    hold_places(event, carol.user, {floor: 4}, now=clock.now())
    expired_and_then_paid(till, order)
    payments().settle_order(order.id)
    goes_back(order)
    assert db.session.scalar(sa.select(sa.func.count(Payment.id))) == 1
