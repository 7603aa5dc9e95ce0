"""How a list does, for whoever sells the event."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from tixapp.core.db import db
from tixapp.events.models import Tier
from tixapp.waiting.models import EntryStatus, WaitingEntry


@dataclass(frozen=True)
class TierLine:
    """Who waits for one tier; `name` is empty for those who take any. `places`: what they want."""

    name: str
    waiting: int
    places: int
    resting: int
    oldest: datetime | None


@dataclass(frozen=True)
class ListNumbers:
    """`offered` stand now. Of the offers that have ended `bought` were, `missed` and `declined`
    were not. `waited`: from joining to the offer, on the average."""

    tiers: Sequence[TierLine]
    offered: int
    bought: int
    missed: int
    declined: int
    waited: timedelta | None

    @property
    def waiting(self) -> int:
        return sum(tier.waiting for tier in self.tiers)

    @property
    def places(self) -> int:
        return sum(tier.places for tier in self.tiers)

    @property
    def conversion(self) -> int | None:
        """Of a hundred offers that have ended, how many were bought."""
        ended = self.bought + self.missed + self.declined
        return round(100 * self.bought / ended) if ended else None


def numbers_of(event_id: int) -> ListNumbers:
    """Two statements."""
    waits = WaitingEntry.status == EntryStatus.WAITING
    rows = db.session.execute(
        sa.select(
            sa.func.coalesce(Tier.name, ""),
            sa.func.count().filter(waits),
            sa.func.coalesce(sa.func.sum(WaitingEntry.quantity).filter(waits), 0),
            sa.func.count().filter(~waits),
            sa.func.min(WaitingEntry.joined_at).filter(waits),
        )
        .select_from(WaitingEntry)
        .outerjoin(Tier, Tier.id == WaitingEntry.tier_id)
        .where(
            WaitingEntry.event_id == event_id,
            WaitingEntry.status.in_([EntryStatus.WAITING, EntryStatus.PAUSED]),
        )
        .group_by(WaitingEntry.tier_key, Tier.name, Tier.position)
        .order_by(Tier.position.nulls_last())
    )
    tiers = [TierLine(row[0], row[1], int(row[2]), row[3], row[4]) for row in rows]
    return ListNumbers(tiers, *_offers(event_id))


def _offers(event_id: int) -> tuple[int, int, int, int, timedelta | None]:
    def so_many(status: EntryStatus) -> "sa.ColumnElement[int]":
        return sa.func.count().filter(WaitingEntry.status == status)

    row = db.session.execute(
        sa.select(
            so_many(EntryStatus.OFFERED),
            so_many(EntryStatus.PURCHASED),
            so_many(EntryStatus.EXPIRED),
            so_many(EntryStatus.LEFT),
            sa.func.avg(WaitingEntry.offered_at - WaitingEntry.joined_at),
        ).where(WaitingEntry.event_id == event_id, WaitingEntry.offered_at.is_not(None))
    ).one()
    return row[0], row[1], row[2], row[3], row[4]
