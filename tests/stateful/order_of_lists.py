"""What the order of a waiting list must be, by looking at every entry."""

from __future__ import annotations

from collections.abc import Sequence, Set

import sqlalchemy as sa

from tixapp.core.db import db
from tixapp.inventory.models import HoldLine
from tixapp.waiting.models import EntryStatus, WaitingEntry


def offers_in(entries: Sequence[WaitingEntry]) -> set[int]:
    """Holds of those that are offered."""
    return {e.hold_id for e in entries if e.status == EntryStatus.OFFERED and e.hold_id}


def passed_by(entries: Sequence[WaitingEntry], *, new_since: Set[int]) -> list[int]:
    """Numbers of those who wait although somebody behind them was offered, since then, places with
    which they could have been served."""
    new = [e for e in entries if e.hold_id in offers_in(entries) - new_since]
    return [
        waiting.number
        for offer in new
        for waiting in entries
        if waiting.status == EntryStatus.WAITING
        and waiting.number < offer.number
        and waiting.tier_key in {0, *_tiers_of(offer)}
        and waiting.need <= (offer.granted or 0)
    ]


def really_ahead(entry: WaitingEntry, entries: Sequence[WaitingEntry]) -> int:
    return sum(
        other.status == EntryStatus.WAITING
        and other.number < entry.number
        and (entry.tier_key == 0 or other.tier_key in {0, entry.tier_key})
        for other in entries
    )


def _tiers_of(offer: WaitingEntry) -> Sequence[int]:
    return db.session.scalars(sa.select(HoldLine.tier_id).filter_by(hold_id=offer.hold_id)).all()
