"""An order as its buyer may see it, with lines and tickets, in one statement and without rows to
keep: programs ask for it after each step of a purchase."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import aggregate_order_by

from tixapp.core.db import db
from tixapp.core.errors import NotFound
from tixapp.core.fixed import Fixed
from tixapp.core.money import Money
from tixapp.events.models import Event, Tier
from tixapp.payments.models import OPEN_PAYMENTS, Payment
from tixapp.tickets.models import Ticket

from .models import Order, OrderLine, OrderStatus


@dataclass(frozen=True, slots=True)
class LineRead:
    tier_id: str
    tier: str
    quantity: int
    unit_price_minor: int
    discount_minor: int


@dataclass(frozen=True, slots=True)
class TicketRead:
    public_id: str
    status: str
    tier: str


@dataclass(frozen=True, slots=True)
class OrderRead:
    """`paying`: the id and the address of the payment that is open, if one is."""

    public_id: str
    status: OrderStatus
    currency: str
    subtotal_minor: int
    total_minor: int
    placed_at: datetime
    settled_at: datetime | None
    event_id: str
    event: str
    lines: list[LineRead]
    tickets: list[TicketRead]
    paying: tuple[str, str | None] | None

    @property
    def subtotal(self) -> Money:
        return Money(self.subtotal_minor, self.currency)

    @property
    def total(self) -> Money:
        return Money(self.total_minor, self.currency)


def _listed(*columns: Any, by: Any) -> Any:
    return sa.func.json_agg(aggregate_order_by(sa.func.json_build_array(*columns), by))


_IS_OPEN = sa.or_(*(Payment.status == status for status in sorted(OPEN_PAYMENTS)))
_READ = sa.select(
    Order.public_id,
    Order.status,
    Order.currency,
    Order.subtotal_minor,
    Order.total_minor,
    Order.placed_at,
    Order.settled_at,
    Event.public_id,
    Event.name,
    sa.select(
        _listed(
            Tier.public_id,
            Tier.name,
            OrderLine.quantity,
            OrderLine.unit_price_minor,
            OrderLine.discount_minor,
            by=OrderLine.id,
        )
    )
    .join(Tier, Tier.id == OrderLine.tier_id)
    .where(OrderLine.order_id == Order.id)
    .scalar_subquery(),
    sa.select(_listed(Ticket.public_id, Ticket.status, Tier.name, by=Ticket.id))
    .join(Tier, Tier.id == Ticket.tier_id)
    .where(Ticket.order_id == Order.id)
    .scalar_subquery(),
    sa.select(sa.func.json_build_array(Payment.public_id, Payment.url))
    .where(Payment.order_id == Order.id, _IS_OPEN)
    .order_by(Payment.attempt.desc())
    .limit(1)
    .scalar_subquery(),
).join(Event, Event.id == Order.event_id)
_ONE = Fixed(
    _READ.where(
        Order.public_id == sa.bindparam("public_id"), Order.buyer_id == sa.bindparam("buyer_id")
    )
)


def read_order(public_id: str, buyer_id: int) -> OrderRead:
    """Raises NotFound, for others' orders too."""
    asked = {"public_id": public_id, "buyer_id": buyer_id}
    row = _ONE.first(asked)
    if row is None:
        raise NotFound("There is no such order.")
    return _order_read(row)


def read_orders(buyer_id: int, *, before: int | None, limit: int) -> list[OrderRead]:
    """A buyer's own, newest first, a page at a time: `before` is the id of the last one seen."""
    query = _READ.where(Order.buyer_id == buyer_id)
    if before is not None:
        query = query.where(Order.id < before)
    query = query.order_by(Order.id.desc()).limit(limit)
    return [_order_read(row) for row in db.session.connection().execute(query)]


def _order_read(row: Any) -> OrderRead:
    public_id, status, *plain, lines, tickets, paying = row
    read: tuple[Any, ...] = (
        public_id,
        OrderStatus(status),
        *plain,
        [LineRead(*line) for line in lines or ()],
        [TicketRead(*ticket) for ticket in tickets or ()],
        (paying[0], paying[1]) if paying else None,
    )
    return OrderRead(*read)
