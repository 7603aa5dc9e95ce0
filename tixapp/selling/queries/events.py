"""A seller's events in the list."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from tixapp.core.db import db
from tixapp.events.models import Event, EventStatus, Tier
from tixapp.events.queries import named
from tixapp.events.rules import USUAL_LENGTH
from tixapp.inventory.models import Stock
from tixapp.sellers.models import Member, Role, Seller

MANAGERS = (Role.OWNER, Role.EDITOR)


@dataclass(frozen=True)
class EventRow:
    """One line of the seller's list."""

    event: Event
    sold: int
    capacity: int


def managed_events(user_id: int, *, before: str | None = None, limit: int = 50) -> list[EventRow]:
    """Events of the sellers whose money the person may see, the latest first; with their venues.

    `before`: the public id of the last one seen. One statement.
    """
    query = _managed(user_id)
    if before is not None:
        last = sa.select(Event.starts_at, Event.id).where(named(Event.public_id, before))
        query = query.where(sa.tuple_(Event.starts_at, Event.id) < last.scalar_subquery())
    return _rows(query.order_by(Event.starts_at.desc(), Event.id.desc()).limit(limit))


def coming_events(user_id: int, *, now: datetime, limit: int) -> list[EventRow]:
    """Those that are on, or still to come, the next one first, with their tiers. Two statements."""
    over_at = sa.func.coalesce(Event.ends_at, Event.starts_at + USUAL_LENGTH)
    query = _managed(user_id).where(Event.status == EventStatus.PUBLISHED, over_at > now)
    query = query.options(selectinload(Event.tiers))
    return _rows(query.order_by(Event.starts_at, Event.id).limit(limit))


def managed_sellers(user_id: int) -> Sequence[tuple[Seller, Role]]:
    """Whose money the person may see, the oldest first."""
    rows = db.session.execute(
        sa.select(Seller, Member.role)
        .join(Member, Member.seller_id == Seller.id)
        .where(Member.user_id == user_id, Member.removed_at.is_(None), Member.role.in_(MANAGERS))
        .order_by(Seller.id)
    )
    return [(row[0], row[1]) for row in rows]


def _managed(user_id: int) -> "sa.Select[Any]":
    stock = sa.select(
        sa.func.coalesce(sa.func.sum(Stock.sold), 0).label("sold"),
        sa.func.coalesce(sa.func.sum(Stock.capacity), 0).label("capacity"),
    )
    of_event = stock.join(Tier, Tier.id == Stock.tier_id).where(Tier.event_id == Event.id).lateral()
    return (
        sa.select(Event, of_event.c.sold, of_event.c.capacity)
        .join(Member, Member.seller_id == Event.seller_id)
        .join(of_event, sa.true())
        .where(Member.user_id == user_id, Member.removed_at.is_(None), Member.role.in_(MANAGERS))
        .options(joinedload(Event.venue), joinedload(Event.seller))
    )


def _rows(query: "sa.Select[Any]") -> list[EventRow]:
    return [
        EventRow(event, int(sold), int(capacity))
        for event, sold, capacity in db.session.execute(query)
    ]
