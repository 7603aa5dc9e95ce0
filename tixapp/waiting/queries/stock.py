"""What a room's control and its gate must know of the places and of those who choose."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from tixapp.core.db import db
from tixapp.events.models import Event, Tier
from tixapp.inventory.models import Hold, HoldStatus, Stock
from tixapp.waiting.models import Room, RoomEntry, RoomPass
from tixapp.waiting.rules.control import Counts, Limits

# Whoever asked longer ago than this and was told to wait has probably gone.
STILL_ASKING = timedelta(seconds=30)


@dataclass(frozen=True)
class Places:
    """`free` on tiers that sell now, `held` of all. `most`: the largest number that one order may
    ask for of one tier."""

    free: int
    held: int
    most: int


@dataclass(frozen=True)
class Shopping:
    """Live passes: `active` of them; `loose` hold nothing and were promised nothing; `owed` places
    were promised to the others who hold nothing."""

    active: int
    loose: int
    owed: int


def limits_of(room: Room, event: Event, places: Places) -> Limits:
    per_order = max(1, min(places.most, event.purchase_limit))
    return Limits(room.rate, room.a_max, per_order, room.is_strict)


def counts_for(event_id: int, *, now: datetime) -> tuple[Counts, Places]:
    """Three statements, of as many rows as may shop at once, however many wait.

    The passes are read before the places: a hold that is placed between the two then counts on the
    safe side.
    """
    shopping = _shopping(event_id, now=now)
    places = _places(event_id, now=now)
    counts = Counts(
        free=places.free,
        held=places.held,
        active=shopping.active,
        loose=shopping.loose,
        owed=shopping.owed,
        gated=_gated(event_id, now=now),
    )
    return counts, places


def _places(event_id: int, *, now: datetime) -> Places:
    sells = sa.and_(
        sa.or_(Tier.sale_starts_at.is_(None), Tier.sale_starts_at <= now),
        sa.or_(Tier.sale_ends_at.is_(None), Tier.sale_ends_at > now),
    )
    left = Stock.capacity - Stock.held - Stock.sold - Stock.reserved
    row = db.session.execute(
        sa.select(
            sa.func.coalesce(sa.func.sum(left).filter(sells), 0),
            sa.func.coalesce(sa.func.sum(Stock.held), 0),
            sa.func.coalesce(sa.func.max(Tier.per_order_limit).filter(sells), 1),
        )
        .select_from(Stock)
        .join(Tier, Tier.id == Stock.tier_id)
        .where(Tier.event_id == event_id)
    ).one()
    return Places(int(row[0]), int(row[1]), int(row[2]))


def _shopping(event_id: int, *, now: datetime) -> Shopping:
    holds = sa.exists().where(Hold.id == RoomPass.hold_id, Hold.status == HoldStatus.ACTIVE)
    row = db.session.execute(
        sa.select(
            sa.func.count(),
            sa.func.count().filter(~holds, RoomPass.promised == 0),
            sa.func.coalesce(sa.func.sum(RoomPass.promised).filter(~holds), 0),
        ).where(
            RoomPass.event_id == event_id, RoomPass.ended_at.is_(None), RoomPass.expires_at > now
        )
    ).one()
    return Shopping(row[0], row[1], int(row[2]))


def _gated(event_id: int, *, now: datetime) -> int:
    shops = sa.exists().where(
        RoomPass.event_id == RoomEntry.event_id,
        RoomPass.user_id == RoomEntry.user_id,
        RoomPass.ended_at.is_(None),
    )
    query = sa.select(sa.func.count()).where(
        RoomEntry.event_id == event_id, RoomEntry.asked_at > now - STILL_ASKING, ~shops
    )
    return db.session.scalar(query) or 0
