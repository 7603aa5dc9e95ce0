"""What cancelling an event would mean."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from tixapp.core.db import db
from tixapp.core.money import Money
from tixapp.events.models import Event
from tixapp.inventory.models import Hold, HoldStatus
from tixapp.orders.models import Order, OrderStatus
from tixapp.payments.models import Payment, PaymentStatus, Refund
from tixapp.refunds.queries import COUNTING
from tixapp.tickets.models import STANDING_TICKETS, Ticket, TicketStatus


@dataclass(frozen=True)
class Plan:
    """What cancelling an event would do. `orders` and `refund`: those that were paid for. `kept`:
    what Stripe took for those payments and does not give back, as far as it has told."""

    orders: int
    refund: Money
    kept: Money
    free_orders: int
    disputed: int
    tickets: int
    used: int
    open_payments: int
    holds: int


def plan_of(event: Event) -> Plan:
    """In one statement."""
    money_left = _sum(Payment.amount_minor, _paid_payment(event, Payment.amount_minor)) - _sum(
        Refund.amount_minor, _refund_of_paid(event)
    )
    row = db.session.execute(
        sa.select(
            _orders(event, Order.status == OrderStatus.PAID, Order.total_minor > 0),
            money_left,
            _sum(Payment.stripe_fee_minor, _paid_payment(event, Payment.stripe_fee_minor)),
            _orders(event, Order.status == OrderStatus.PAID, Order.total_minor == 0),
            _disputed(event),
            _tickets(event, Ticket.status.in_(STANDING_TICKETS)),
            _tickets(event, Ticket.status == TicketStatus.USED),
            _orders(event, Order.status == OrderStatus.PENDING),
            _holds(event),
        )
    ).one()
    orders, minor, kept, *rest = (int(number) for number in row)
    free, disputed, tickets, used, open_payments, holds = rest
    back, lost = Money(minor, event.currency), Money(kept, event.currency)
    return Plan(orders, back, lost, free, disputed, tickets, used, open_payments, holds)


def _orders(event: Event, *conditions: Any) -> Any:
    return _count(sa.select(Order.id).where(Order.event_id == event.id, *conditions))


def _tickets(event: Event, condition: Any) -> Any:
    return _count(sa.select(Ticket.id).where(Ticket.event_id == event.id, condition))


def _holds(event: Event) -> Any:
    active = sa.select(Hold.id).where(Hold.event_id == event.id, Hold.status == HoldStatus.ACTIVE)
    return _count(active)


def _disputed(event: Event) -> Any:
    return _count(
        sa.select(Payment.id)
        .join(Order, Order.id == Payment.order_id)
        .where(Order.event_id == event.id, Order.status == OrderStatus.PAID)
        .where(Payment.status == PaymentStatus.DISPUTED)
    )


def _paid_payment(event: Event, column: Any) -> Any:
    return (
        sa.select(column)
        .join(Order, Order.id == Payment.order_id)
        .where(Order.event_id == event.id, Order.status == OrderStatus.PAID)
        .where(Payment.status == PaymentStatus.SUCCEEDED)
    )


def _refund_of_paid(event: Event) -> Any:
    return (
        sa.select(Refund.amount_minor)
        .join(Payment, Payment.id == Refund.payment_id)
        .join(Order, Order.id == Refund.order_id)
        .where(Order.event_id == event.id, Order.status == OrderStatus.PAID)
        .where(Payment.status == PaymentStatus.SUCCEEDED, Refund.status.in_(COUNTING))
    )


def _count(query: Any) -> Any:
    return sa.select(sa.func.count()).select_from(query.subquery()).scalar_subquery()


def _sum(column: Any, query: Any) -> Any:
    of = query.subquery()
    total = sa.func.coalesce(sa.func.sum(of.c[column.key]), 0)
    return sa.select(total).scalar_subquery()
