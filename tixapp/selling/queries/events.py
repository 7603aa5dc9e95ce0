"""A seller's events in the list."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from tixapp.core.db import db
from tixapp.events.models import Event, Tier
from tixapp.events.queries import named
from tixapp.inventory.models import Stock
from tixapp.sellers.models import Member, Role

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
