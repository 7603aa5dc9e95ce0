"""An event as it stands, in one statement: what is left of it, and whether anything of what is
told of it was written since it was last told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from tixapp.core.errors import NotFound
from tixapp.core.fixed import Fixed
from tixapp.events.models import Event, EventStatus, Tier, Venue
from tixapp.sellers.models import Seller

from .models import Stock
from .queries import Availability, lapsed_of_tier


@dataclass(frozen=True, slots=True)
class Standing:
    """`written` names the transactions that last wrote the rows an event is told from: event,
    venue, seller, and its tiers. While it is the same, so are the rows."""

    written: tuple[str, ...]
    left: dict[int, Availability]


def _writer(table: type[Any]) -> sa.ColumnElement[str]:
    return sa.cast(sa.literal_column(f"{table.__tablename__}.xmin"), sa.Text)


# Built once: each look at an event asks this.
_STANDING = Fixed(
    sa.select(
        sa.func.concat_ws(" ", _writer(Event), _writer(Venue), _writer(Seller)),
        _writer(Tier),
        Tier.id,
        Stock.capacity,
        Stock.capacity - Stock.held - Stock.sold - Stock.reserved + lapsed_of_tier(),
    )
    .select_from(Event)
    .join(Venue, Venue.id == Event.venue_id)
    .join(Seller, Seller.id == Event.seller_id)
    .outerjoin(Tier, Tier.event_id == Event.id)
    .outerjoin(Stock, Stock.tier_id == Tier.id)
    .where(Event.public_id == sa.bindparam("public_id"), Event.status != EventStatus.DRAFT)
    .order_by(Tier.id)
)


def standing_of(public_id: str, *, now: datetime) -> Standing:
    """Holds whose time is over count as free. Raises NotFound, for a draft too."""
    asked = {"public_id": public_id.replace("\x00", ""), "now": now}
    rows = _STANDING.all(asked)
    if not rows:
        raise NotFound("There is no such event.")
    tiers = [row for row in rows if row[2] is not None]
    return Standing(
        (rows[0][0], *(f"{tier} {writer}" for _, writer, tier, _, _ in tiers)),
        {tier: Availability(tier, capacity, int(left)) for _, _, tier, capacity, left in tiers},
    )
