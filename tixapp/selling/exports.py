"""Everything of an event, a batch at a time, for files.

Rows are read while the file is being sent, when the request that asked for it is over: each batch
brings a context of its own and lets go of its connection before it is handed on.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from flask import Flask

from tixapp.accounts.models import User
from tixapp.core.db import db
from tixapp.core.money import Money
from tixapp.events.models import Event, Tier
from tixapp.inventory.codes import Code
from tixapp.inventory.models import Hold
from tixapp.orders.models import Gift, Order, OrderLine
from tixapp.payments.models import EntryKind, LedgerEntry, Payment
from tixapp.tickets.models import Ticket
from tixapp.tickets.queries import came_in_at
from tixapp.web.spreadsheets import Cell, in_units

BATCH = 1000
BACK = (EntryKind.REFUNDED, EntryKind.REFUND_BACK)

Rows = Iterator[Sequence[Cell]]


def guest_rows(app: Flask, event: Event) -> Rows:
    """A row for each ticket, void ones too, in the order of issue."""
    query = (
        sa.select(
            Ticket.id,
            Ticket.public_id,
            Ticket.holder_name,
            User.name,
            User.email,
            Tier.name,
            Ticket.status,
            Order.public_id,
            Ticket.issued_at,
            came_in_at(),
        )
        .join(Tier, Tier.id == Ticket.tier_id)
        .join(Order, Order.id == Ticket.order_id)
        .join(User, User.id == Order.buyer_id)
        .where(Ticket.event_id == event.id)
        .order_by(Ticket.id)
    )
    zone = ZoneInfo(event.timezone)
    for row in _batches(app, lambda last: query.where(Ticket.id > last).limit(BATCH)):
        _id, number, holder, buyer, email, tier, status, order, bought_at, used_at = row
        local = [_local(at, zone) for at in (bought_at, used_at)]
        yield [number, holder, tier, status.value, buyer, email, order, *local]


def order_rows(app: Flask, event: Event) -> Rows:
    """A row for each order that has or had tickets, in the order of purchase."""
    zone, currency = ZoneInfo(event.timezone), event.currency
    for row in _batches(app, lambda last: _orders(event.id).where(Order.id > last).limit(BATCH)):
        _id, number, placed_at, status, buyer, email, count, off, code, *sums, back, why = row
        subtotal, total, fee = sums
        minor = (subtotal + off, -off, subtotal, total, fee, -back)
        full, *others = [in_units(Money(int(n or 0), currency)) for n in minor]
        at = _local(placed_at, zone)
        yield [
            number, at, status.value, buyer, email, int(count), full, code or "", *others,
            why or "",
        ]  # fmt: skip


def _orders(event_id: int) -> "sa.Select[Any]":
    count = sa.select(sa.func.sum(OrderLine.quantity)).where(OrderLine.order_id == Order.id)
    off = sa.select(sa.func.sum(OrderLine.quantity * OrderLine.discount_minor)).where(
        OrderLine.order_id == Order.id
    )
    back = (
        sa.select(sa.func.coalesce(sa.func.sum(LedgerEntry.amount_minor), 0))
        .join(Payment, Payment.id == LedgerEntry.payment_id)
        .where(Payment.order_id == Order.id, LedgerEntry.kind.in_(BACK))
    )
    return (
        sa.select(
            Order.id,
            Order.public_id,
            Order.placed_at,
            Order.status,
            User.name,
            User.email,
            count.correlate(Order).scalar_subquery(),
            off.correlate(Order).scalar_subquery(),
            Code.name,
            Order.subtotal_minor,
            Order.total_minor,
            Order.fee_minor,
            back.correlate(Order).scalar_subquery(),
            Gift.reason,
        )
        .join(User, User.id == Order.buyer_id)
        .join(Hold, Hold.id == Order.hold_id)
        .outerjoin(Code, Code.id == Hold.code_id)
        .outerjoin(Gift, Gift.order_id == Order.id)
        .where(Order.event_id == event_id, sa.exists().where(Ticket.order_id == Order.id))
        .order_by(Order.id)
    )


def _batches(app: Flask, query: Callable[[int], Any]) -> Iterator[Any]:
    last = 0
    while True:
        with app.app_context():
            rows = db.session.execute(query(last)).all()
        yield from rows
        if len(rows) < BATCH:
            return
        last = rows[-1][0]


def _local(at: datetime | None, zone: ZoneInfo) -> str:
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M") if at else ""
