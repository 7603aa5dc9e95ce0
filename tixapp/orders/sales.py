"""What a seller may know of an event's sales: counts, money, orders, who comes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from tixapp.accounts.models import User
from tixapp.core.db import db
from tixapp.core.errors import NotFound
from tixapp.core.money import Money
from tixapp.events.models import Event, Tier
from tixapp.events.queries import named
from tixapp.inventory.models import Stock
from tixapp.payments.models import EntryKind
from tixapp.tallies.queries import Tallies, tallies_of
from tixapp.tickets.models import Ticket
from tixapp.tickets.queries import came_in_at

from .models import Order, OrderLine, OrderStatus

CAME_IN = (EntryKind.CAPTURED,)
WENT_BACK = (EntryKind.REFUNDED, EntryKind.REFUND_BACK)
AT_THE_BANK = (EntryKind.DISPUTED, EntryKind.REINSTATED)
OURS = (EntryKind.FEE, EntryKind.FEE_RETURNED)
# Orders in which somebody has, or had, tickets.
SOLD_ORDERS = (OrderStatus.PAID, OrderStatus.REFUNDED)


@dataclass(frozen=True)
class TierSales:
    public_id: str
    name: str
    price: Money
    capacity: int
    sold: int
    held: int


@dataclass(frozen=True)
class Takings:
    """From the ledger. `disputed`: what banks have taken back and not returned. `fee`: ours."""

    gross: Money
    refunded: Money
    disputed: Money
    fee: Money

    @property
    def net(self) -> Money:
        return self.gross - self.refunded - self.disputed - self.fee


@dataclass(frozen=True)
class Sales:
    """How an event sells."""

    tiers: list[TierSales]
    takings: Takings

    @property
    def capacity(self) -> int:
        return sum(tier.capacity for tier in self.tiers)

    @property
    def sold(self) -> int:
        return sum(tier.sold for tier in self.tiers)

    @property
    def held(self) -> int:
        return sum(tier.held for tier in self.tiers)


def sales_of(event: Event) -> Sales:
    """In two statements."""
    return Sales(tier_sales(event.id, event.currency), takings(event.id, event.currency))


def tier_sales(event_id: int, currency: str) -> list[TierSales]:
    rows = db.session.execute(
        sa.select(
            Tier.public_id,
            Tier.name,
            Tier.price_minor,
            Stock.capacity,
            Stock.sold,
            Stock.held,
        )
        .join(Stock, Stock.tier_id == Tier.id)
        .where(Tier.event_id == event_id)
        .order_by(Tier.position, Tier.id)
    )
    return [
        TierSales(public_id, name, Money(price, currency), capacity, sold, held)
        for public_id, name, price, capacity, sold, held in rows
    ]


def takings(event_id: int, currency: str) -> Takings:
    """Each movement of money for an event's orders, added up by its kind, as it was counted."""
    return takings_in(tallies_of(event_id), currency)


def takings_in(tallies: Tallies, currency: str) -> Takings:
    def of(kinds: Sequence[EntryKind]) -> Money:
        return Money(tallies.total(*kinds), currency)

    return Takings(
        gross=of(CAME_IN), refunded=-of(WENT_BACK), disputed=-of(AT_THE_BANK), fee=of(OURS)
    )


def order_with_buyer(public_id: str) -> tuple[Order, User]:
    """With event, venue and lines; the caller checks who asks. Raises NotFound."""
    row = db.session.execute(
        sa.select(Order, User)
        .join(User, User.id == Order.buyer_id)
        .where(named(Order.public_id, public_id))
        .options(
            joinedload(Order.event).joinedload(Event.venue),
            selectinload(Order.lines).joinedload(OrderLine.tier),
        )
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such order.")
    return row[0], row[1]


def orders_of_event(
    event_id: int, *, before: str | None = None, limit: int = 20
) -> list[tuple[Order, User]]:
    """With buyers and lines, the newest first: those that were paid, whatever came after.

    `before`: the public id of the last one seen.
    """
    query = _sold(event_id)
    if before is not None:
        last = sa.select(Order.id).where(named(Order.public_id, before), Order.event_id == event_id)
        query = query.where(Order.id < last.scalar_subquery())
    return _with_buyers(query.order_by(Order.id.desc()).limit(limit))


@dataclass(frozen=True)
class Attendee:
    """A ticket and who it is for."""

    ticket_id: str
    status: str
    tier: str
    holder: str
    email: str
    order_id: str
    used_at: datetime | None


def attendees_page(event_id: int, *, after: str | None, limit: int) -> list[Attendee]:
    """Every ticket of an event in the order of issue, in one statement.

    `after`: the id of the last ticket of the page before.
    """
    query = (
        sa.select(
            Ticket.public_id,
            Ticket.status,
            Tier.name,
            Ticket.holder_name,
            User.email,
            Order.public_id,
            came_in_at(),
        )
        .join(Tier, Tier.id == Ticket.tier_id)
        .join(User, User.id == Ticket.holder_id)
        .join(Order, Order.id == Ticket.order_id)
        .where(Ticket.event_id == event_id)
    )
    if after is not None:
        last = sa.select(Ticket.id).where(Ticket.public_id == after, Ticket.event_id == event_id)
        query = query.where(Ticket.id > last.scalar_subquery())
    rows = db.session.execute(query.order_by(Ticket.id).limit(limit))
    return [Attendee(row[0], row[1].value, *row[2:]) for row in rows]


def _of_event(event_id: int) -> "sa.Select[Order, User]":
    return (
        sa.select(Order, User)
        .join(User, User.id == Order.buyer_id)
        .where(Order.event_id == event_id)
        .options(selectinload(Order.lines))
    )


def _sold(event_id: int) -> "sa.Select[Order, User]":
    # A cancelled order was sold where it was free; the others never were.
    return _of_event(event_id).where(
        sa.or_(
            Order.status.in_(SOLD_ORDERS),
            sa.and_(Order.status == OrderStatus.CANCELLED, Order.total_minor == 0),
        )
    )


def _with_buyers(query: "sa.Select[Order, User]") -> list[tuple[Order, User]]:
    return [(row[0], row[1]) for row in db.session.execute(query)]
