"""How much is left, and whose holds are due."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import aliased, joinedload, selectinload

from tixapp.core.db import db, locked
from tixapp.core.errors import NotFound
from tixapp.core.money import Money
from tixapp.events.models import Event, EventStatus, Tier

from .models import Hold, HoldLine, HoldStatus, Stock
from .rules import state_of


@dataclass(frozen=True, slots=True)
class Availability:
    """`remaining` places of one tier; `state` is ok, low or gone."""

    tier_id: int
    capacity: int
    remaining: int

    @property
    def state(self) -> str:
        return state_of(self.remaining, self.capacity)


@dataclass(frozen=True, slots=True)
class TierLeft:
    """A tier as the crowd may see it."""

    public_id: str
    name: str
    price: Money
    capacity: int
    remaining: int

    @property
    def state(self) -> str:
        return state_of(self.remaining, self.capacity)


@dataclass(frozen=True, slots=True)
class EventLeft:
    """`seq` grows with time: of two of these, the one with the larger is the newer."""

    seq: int
    tiers: list[TierLeft]


def _lapsed(now: Any) -> Any:
    """Over, and no payment that could still succeed. While a sale is paused nothing runs out."""
    sale = aliased(Event)
    paused = sa.exists().where(sale.id == Hold.event_id, sale.paused_at.is_not(None))
    return sa.and_(
        Hold.status == HoldStatus.ACTIVE,
        Hold.expires_at <= now,
        Hold.paying_since.is_(None),
        ~paused.correlate(Hold),
    )


def lapsed_of_tier() -> "sa.ScalarSelect[int]":
    """How many places of the tier around it are free as soon as somebody looks; asks for `now`."""
    return (
        sa.select(sa.func.coalesce(sa.func.sum(HoldLine.quantity), 0))
        .join(Hold, Hold.id == HoldLine.hold_id)
        .where(_lapsed(sa.bindparam("now")), Hold.event_id == Event.id, HoldLine.tier_id == Tier.id)
        .correlate(Event, Tier)
        .scalar_subquery()
    )


def _event_left() -> "sa.Select[int, str, str, str, int, int, int]":
    return (
        sa.select(
            # Microseconds of the database's clock: one clock, however many servers ask.
            sa.cast(sa.extract("epoch", sa.func.statement_timestamp()) * 1_000_000, sa.BigInteger),
            Event.currency,
            Tier.public_id,
            Tier.name,
            Tier.price_minor,
            Stock.capacity,
            Stock.capacity - Stock.held - Stock.sold - Stock.reserved + lapsed_of_tier(),
        )
        .select_from(Event)
        .outerjoin(Tier, sa.and_(Tier.event_id == Event.id, sa.not_(Tier.hidden)))
        .outerjoin(Stock, Stock.tier_id == Tier.id)
        .where(Event.public_id == sa.bindparam("public_id"), Event.status != EventStatus.DRAFT)
        .order_by(Tier.position, Tier.id)
    )


_EVENT_LEFT = _event_left()  # built once: every open page of an event asks this


def event_left(public_id: str, *, now: datetime) -> EventLeft:
    """What is left of an event, in one statement. Raises NotFound, for a draft too."""
    asked = {"public_id": public_id.replace("\x00", ""), "now": now}
    rows = db.session.connection().execute(_EVENT_LEFT, asked).all()
    if not rows:
        raise NotFound("There is no such event.")
    tiers = [
        TierLeft(tier, name, Money(price, currency), capacity, int(left))
        for _seq, currency, tier, name, price, capacity, left in rows
        if tier is not None
    ]
    return EventLeft(rows[0][0], tiers)


def _availability() -> "sa.Select[int, int, int]":
    events = sa.any_(sa.bindparam("event_ids", type_=ARRAY(sa.BigInteger)))
    lapsed = (
        sa.select(HoldLine.tier_id, sa.func.sum(HoldLine.quantity).label("quantity"))
        .join(Hold, Hold.id == HoldLine.hold_id)
        .where(_lapsed(sa.bindparam("now")), Hold.event_id == events)
        .group_by(HoldLine.tier_id)
        .subquery()
    )
    free = Stock.capacity - Stock.held - Stock.sold - Stock.reserved
    return (
        sa.select(Stock.tier_id, Stock.capacity, free + sa.func.coalesce(lapsed.c.quantity, 0))
        .join(Tier, Tier.id == Stock.tier_id)
        .outerjoin(lapsed, lapsed.c.tier_id == Stock.tier_id)
        .where(Tier.event_id == events)
    )


_AVAILABILITY = _availability()  # built once: each look at an event asks this


def availability(event_ids: Iterable[int], *, now: datetime) -> dict[int, Availability]:
    """By tier id. Holds whose time is over count as free, even before a sweep has seen them."""
    asked = {"event_ids": list(event_ids), "now": now}
    rows = db.session.connection().execute(_AVAILABILITY, asked)
    return {tier_id: Availability(tier_id, capacity, int(left)) for tier_id, capacity, left in rows}


def capacities(event_id: int) -> dict[int, int]:
    """By tier id."""
    rows = db.session.execute(
        sa.select(Stock.tier_id, Stock.capacity)
        .join(Tier, Tier.id == Stock.tier_id)
        .where(Tier.event_id == event_id)
    )
    return {row[0]: row[1] for row in rows}


def stock_of_event(event_id: int) -> dict[int, Stock]:
    """The counts of every tier, by tier id; not locked."""
    query = sa.select(Stock).join(Tier, Tier.id == Stock.tier_id).where(Tier.event_id == event_id)
    found = db.session.scalars(query.execution_options(populate_existing=True))
    return {stock.tier_id: stock for stock in found}


def hold_of(public_id: str, user_id: int) -> Hold:
    """The buyer's own hold with its event and lines. Raises NotFound, for others' too, and for an
    offer that has not been accepted."""
    hold = db.session.scalar(
        sa.select(Hold)
        .where(
            Hold.public_id == public_id,
            Hold.user_id == user_id,
            Hold.status != HoldStatus.OFFERED,
        )
        .options(
            selectinload(Hold.lines).joinedload(HoldLine.tier),
            joinedload(Hold.event).options(joinedload(Event.seller), joinedload(Event.venue)),
        )
    )
    if hold is None:
        raise NotFound("There is no such reservation.")
    return hold


def is_paused(event_id: int) -> bool:
    return db.session.scalar(sa.select(Event.paused_at).where(Event.id == event_id)) is not None


def lapsed_hold_ids(
    *, now: datetime, tier_ids: Sequence[int] = (), limit: int = 500
) -> list[tuple[int, int, int]]:
    """(hold, event, user) of holds to expire, oldest first; with `tier_ids` only those."""
    query = sa.select(Hold.id, Hold.event_id, Hold.user_id).where(_lapsed(now))
    if tier_ids:
        query = query.where(
            sa.exists().where(HoldLine.hold_id == Hold.id, HoldLine.tier_id.in_(tier_ids))
        )
    rows = db.session.execute(query.order_by(Hold.expires_at).limit(limit))
    return [(row[0], row[1], row[2]) for row in rows]


def locked_hold(hold_id: int) -> Hold | None:
    """The hold with its lines, locked and fresh."""
    found: Hold | None = db.session.scalar(
        locked(sa.select(Hold).where(Hold.id == hold_id)).options(selectinload(Hold.lines))
    )
    return found


def locked_stocks(tier_ids: Iterable[int]) -> dict[int, Stock]:
    """Locked, ids ascending."""
    query = sa.select(Stock).where(Stock.tier_id.in_(sorted(tier_ids))).order_by(Stock.tier_id)
    return {stock.tier_id: stock for stock in db.session.scalars(locked(query))}


def next_deadline() -> datetime | None:
    """When the next hold is over, or the next offer."""
    active = sa.select(sa.func.min(Hold.expires_at)).where(
        Hold.status == HoldStatus.ACTIVE, Hold.paying_since.is_(None)
    )
    offered = sa.select(sa.func.min(Hold.expires_at)).where(Hold.status == HoldStatus.OFFERED)
    found: datetime | None = db.session.scalar(
        sa.select(sa.func.least(active.scalar_subquery(), offered.scalar_subquery()))
    )
    return found
