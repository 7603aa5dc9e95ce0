"""What the sweeps look for, by indexes that hold nothing else."""

from collections.abc import Sequence

import sqlalchemy as sa

from tixapp.core.db import db
from tixapp.events.models import Event, EventStatus, Tier
from tixapp.inventory.models import Hold, Stock
from tixapp.mails.models import Mail, MailStatus
from tixapp.waiting.models import EntryStatus, WaitingEntry, WaitingList
from tixapp.waiting.rules.list import letter_key

OVER = (EventStatus.CANCELLED, EventStatus.ENDED)


def kept_back(limit: int = 200) -> list[tuple[int, int]]:
    """(event, tier) where free places are reserved for those who wait."""
    rows = db.session.execute(
        sa.select(Tier.event_id, Stock.tier_id)
        .join(Tier, Tier.id == Stock.tier_id)
        .where(Stock.reserved > 0)
        .limit(limit)
    )
    return [(row[0], row[1]) for row in rows]


def letters_to_note(limit: int = 500) -> list[int]:
    """Entries whose offer's letter has gone out, and nobody has noted it."""
    query = (
        sa.select(WaitingEntry.id)
        .join(Hold, Hold.id == WaitingEntry.hold_id)
        .join(Mail, Mail.key == letter_key("") + Hold.public_id)
        .where(
            WaitingEntry.status == EntryStatus.OFFERED,
            WaitingEntry.mailed_at.is_(None),
            Mail.status == MailStatus.SENT,
        )
    )
    return list(db.session.scalars(query.order_by(WaitingEntry.offered_at).limit(limit)))


def letter_of(hold_public_id: str) -> Mail | None:
    found: Mail | None = db.session.scalar(
        sa.select(Mail)
        .where(Mail.key == letter_key(hold_public_id))
        .execution_options(populate_existing=True)
    )
    return found


def lists_over(limit: int = 100) -> list[int]:
    """Events that will not take place, or have, with a list that has not been told."""
    query = sa.select(WaitingList.event_id).join(Event, Event.id == WaitingList.event_id)
    query = query.where(WaitingList.over_at.is_(None), Event.status.in_(OVER))
    return list(db.session.scalars(query.order_by(WaitingList.event_id).limit(limit)))


def offered_holds(event_id: int, *, limit: int) -> Sequence[int]:
    """Of one event: offers that nobody has accepted, ids ascending."""
    query = (
        sa.select(WaitingEntry.hold_id)
        .where(
            WaitingEntry.event_id == event_id,
            WaitingEntry.status == EntryStatus.OFFERED,
            WaitingEntry.accepted_at.is_(None),
        )
        .order_by(WaitingEntry.hold_id)
        .limit(limit)
    )
    return [hold_id for hold_id in db.session.scalars(query) if hold_id is not None]


def still_in_line(event_id: int, *, limit: int) -> list[int]:
    """Entries that wait or rest, of one event."""
    resting = (EntryStatus.WAITING, EntryStatus.PAUSED)
    query = sa.select(WaitingEntry.id).where(
        WaitingEntry.event_id == event_id, WaitingEntry.status.in_(resting)
    )
    return list(db.session.scalars(query.limit(limit)))
