"""A seller's events, and what cancelling one would mean."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from tixapp.accounts.models import User
from tixapp.core.db import db
from tixapp.core.errors import NotFound
from tixapp.core.money import Money
from tixapp.events.models import Event, Tier
from tixapp.events.queries import named
from tixapp.inventory.models import Hold, HoldStatus, Stock
from tixapp.orders.models import Order, OrderStatus
from tixapp.payments.models import Payment, PaymentStatus, Refund
from tixapp.refunds.queries import COUNTING
from tixapp.sellers.models import Member, Role
from tixapp.tickets.models import STANDING_TICKETS, Ticket, TicketStatus

MANAGERS = (Role.OWNER, Role.EDITOR)


@dataclass(frozen=True)
class EventRow:
    """One line of the seller's list."""

    event: Event
    sold: int
    capacity: int


@dataclass(frozen=True)
class Plan:
    """What cancelling an event would do. `orders` and `refund`: those that were paid for."""

    orders: int
    refund: Money
    free_orders: int
    disputed: int
    tickets: int
    used: int
    open_payments: int
    holds: int


def managed_events(user_id: int, *, before: str | None = None, limit: int = 50) -> list[EventRow]:
    """Events of the sellers whose money the person may see, the latest first; with their venues.

    `before`: the public id of the last one seen. One statement.
    """
    stock = sa.select(
        sa.func.coalesce(sa.func.sum(Stock.sold), 0).label("sold"),
        sa.func.coalesce(sa.func.sum(Stock.capacity), 0).label("capacity"),
    )
    of_event = stock.join(Tier, Tier.id == Stock.tier_id).where(Tier.event_id == Event.id).lateral()
    query = (
        sa.select(Event, of_event.c.sold, of_event.c.capacity)
        .join(Member, Member.seller_id == Event.seller_id)
        .join(of_event, sa.true())
        .where(Member.user_id == user_id, Member.removed_at.is_(None), Member.role.in_(MANAGERS))
        .options(joinedload(Event.venue), joinedload(Event.seller))
    )
    if before is not None:
        last = sa.select(Event.starts_at, Event.id).where(named(Event.public_id, before))
        query = query.where(sa.tuple_(Event.starts_at, Event.id) < last.scalar_subquery())
    rows = db.session.execute(query.order_by(Event.starts_at.desc(), Event.id.desc()).limit(limit))
    return [EventRow(event, int(sold), int(capacity)) for event, sold, capacity in rows]


def plan_of(event: Event) -> Plan:
    """In one statement."""
    money_left = _sum(Payment.amount_minor, _paid_payment(event)) - _sum(
        Refund.amount_minor, _refund_of_paid(event)
    )
    row = db.session.execute(
        sa.select(
            _orders(event, Order.status == OrderStatus.PAID, Order.total_minor > 0),
            money_left,
            _orders(event, Order.status == OrderStatus.PAID, Order.total_minor == 0),
            _disputed(event),
            _tickets(event, Ticket.status.in_(STANDING_TICKETS)),
            _tickets(event, Ticket.status == TicketStatus.USED),
            _orders(event, Order.status == OrderStatus.PENDING),
            _holds(event),
        )
    ).one()
    orders, minor, *rest = (int(number) for number in row)
    free, disputed, tickets, used, open_payments, holds = rest
    refund = Money(minor, event.currency)
    return Plan(orders, refund, free, disputed, tickets, used, open_payments, holds)


def refunds_of_order(order_id: int) -> Sequence[Refund]:
    return db.session.scalars(
        sa.select(Refund).filter_by(order_id=order_id).order_by(Refund.id)
    ).all()


def refund_of_order(public_id: str, order_id: int) -> Refund:
    """Raises NotFound, for a refund of another order too."""
    found = db.session.scalar(
        sa.select(Refund).where(named(Refund.public_id, public_id), Refund.order_id == order_id)
    )
    if found is None:
        raise NotFound("There is no such refund.")
    return found


def orders_of_refunds(refunds: Iterable[Refund]) -> dict[int, str]:
    """The orders' public ids, by their ids."""
    ids = {refund.order_id for refund in refunds}
    rows = db.session.execute(sa.select(Order.id, Order.public_id).where(Order.id.in_(ids)))
    return {row[0]: row[1] for row in rows}


def names_of(user_ids: Iterable[int | None]) -> dict[int, str]:
    """What to call people: their name, or else their address."""
    wanted = {user_id for user_id in user_ids if user_id is not None}
    if not wanted:
        return {}
    rows = db.session.execute(sa.select(User.id, User.name, User.email).where(User.id.in_(wanted)))
    return {user_id: name or email for user_id, name, email in rows}


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


def _paid_payment(event: Event) -> Any:
    return (
        sa.select(Payment.amount_minor)
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
