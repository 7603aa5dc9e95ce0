"""Money that comes when the order is over: places are taken again, or it goes back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from tests.factories.books import facts, ledger
from tests.factories.events import make_tier
from tests.factories.inventory import allowance, counts, hold_places
from tests.factories.orders import buy, start_paying, the_order, the_payment, tickets_of
from tests.fixtures.till import Till
from tests.people import Person
from tixapp.core.clock import clock
from tixapp.core.db import db
from tixapp.events.models import Event, EventStatus, Tier
from tixapp.ops.audit import run_audit
from tixapp.orders.flows import payments
from tixapp.orders.jobs import end_overdue_payments
from tixapp.orders.models import Order, OrderStatus
from tixapp.payments.models import Payment, Refund, RefundStatus

Move = Callable[[datetime | timedelta], datetime]
MINUTE = timedelta(minutes=1)


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
