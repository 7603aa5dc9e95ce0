"""Reads about the list. None looks at more rows because the list is long."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from tixapp.core.db import db, locked
from tixapp.core.errors import NotFound
from tixapp.events.models import Event, Tier
from tixapp.events.queries import named
from tixapp.inventory.models import Allowance
from tixapp.waiting.models import ANY_TIER, LIVE, EntryStatus, WaitingEntry, WaitingList
from tixapp.waiting.rules.list import BATCH, WIDTHS, InLine, stretches

# The first of each kind of need, so that those who need more than is free are never gone through.
# Said as a stretch of one index in its own order: with equal signs PostgreSQL may go through the
# entries by their numbers instead, all of them, to find that a kind has none.
_LINE = sa.text(
    """
    SELECT entry.id, entry.user_id, entry.tier_key, entry.number, entry.need, entry.quantity,
        entry.passed_over, :limit - coalesce(allowances.sold, 0)
    FROM unnest(ARRAY[CAST(:tier_id AS bigint), 0]) AS kind(tier_key)
    CROSS JOIN generate_series(1, :most) AS wish(need)
    CROSS JOIN LATERAL (
        SELECT * FROM waiting_entries AS one
        WHERE one.status = 'waiting'
            AND (one.event_id, one.tier_key, one.need, one.number)
                > (CAST(:event_id AS bigint), kind.tier_key, wish.need, 0)
            AND (one.event_id, one.tier_key, one.need, one.number)
                < (CAST(:event_id AS bigint), kind.tier_key, wish.need + 1, 0)
        ORDER BY one.event_id, one.tier_key, one.need, one.number LIMIT :batch
    ) AS entry
    LEFT JOIN allowances
        ON allowances.event_id = :event_id AND allowances.user_id = entry.user_id
    ORDER BY entry.number
    """
)

# Whole stretches from the longest to the shortest, then the rows of the last one: each a range of
# an index and at most a hundred long.
_AHEAD = sa.text(
    """
    WITH kinds AS (SELECT unnest(CAST(:keys AS bigint[])) AS tier_key), ahead AS (
        SELECT waiting FROM kinds JOIN waiting_counts USING (tier_key)
        WHERE event_id = :event_id AND level = 3 AND stretch < :three
        UNION ALL
        SELECT waiting FROM kinds JOIN waiting_counts USING (tier_key)
        WHERE event_id = :event_id AND level = 2 AND stretch >= :three * 100 AND stretch < :two
        UNION ALL
        SELECT waiting FROM kinds JOIN waiting_counts USING (tier_key)
        WHERE event_id = :event_id AND level = 1 AND stretch >= :two * 100 AND stretch < :one
        UNION ALL
        SELECT count(*) FROM waiting_entries
        WHERE event_id = :event_id AND status = 'waiting' AND tier_key = ANY(:keys)
            AND number >= :one * 100 AND number < :number
    )
    SELECT coalesce(sum(waiting), 0) FROM ahead
    """
)


def how_many_wait(event_id: int) -> int | None:
    """None where nobody has ever joined. Under the lock of a stock this is the truth for its tier:
    joining takes that lock too."""
    asked = sa.select(WaitingList.waiting).where(WaitingList.event_id == event_id)
    found: int | None = db.session.connection().execute(asked).scalar()
    return found


def line_for(event_id: int, tier_id: int, *, most: int, limit: int) -> list[InLine]:
    """Who comes first for places of a tier, of each need up to `most`; the first first."""
    asked = {
        "event_id": event_id,
        "tier_id": tier_id,
        "most": most,
        "limit": limit,
        "batch": BATCH + 1,
    }
    return [InLine(*row) for row in db.session.execute(_LINE, asked)]


def ahead_of(entry: WaitingEntry, tier_ids: Iterable[int]) -> int:
    """How many wait for the same places before this one. `tier_ids`: all of the event."""
    keys = [ANY_TIER, entry.tier_key] if entry.tier_key else [ANY_TIER, *tier_ids]
    one, two, three = (stretches(entry.number)[level] for level in WIDTHS)
    asked = {
        "event_id": entry.event_id,
        "keys": keys,
        "number": entry.number,
        "one": one,
        "two": two,
        "three": three,
    }
    return int(db.session.execute(_AHEAD, asked).scalar_one())


def list_of(event_id: int) -> WaitingList | None:
    return db.session.get(WaitingList, event_id)


def closed_lists(event_ids: Iterable[int]) -> set[int]:
    """Of these events, those whose list takes no more names. Nothing is asked about none."""
    asked = list(event_ids)
    query = sa.select(WaitingList.event_id).where(
        WaitingList.event_id.in_(asked), WaitingList.closed_at.is_not(None)
    )
    return set(db.session.scalars(query)) if asked else set()


def locked_list(event_id: int) -> WaitingList | None:
    found: WaitingList | None = db.session.scalar(
        locked(sa.select(WaitingList).where(WaitingList.event_id == event_id))
    )
    return found


def locked_entries(entry_ids: Iterable[int]) -> dict[int, WaitingEntry]:
    """Locked and fresh, in their order."""
    query = sa.select(WaitingEntry).where(WaitingEntry.id.in_(list(entry_ids)))
    found = db.session.scalars(locked(query.order_by(WaitingEntry.number)))
    return {entry.id: entry for entry in found}


def locked_entry_of_hold(hold_id: int) -> WaitingEntry | None:
    """Of an offer, while it is one."""
    found: WaitingEntry | None = db.session.scalar(
        locked(
            sa.select(WaitingEntry).where(
                WaitingEntry.hold_id == hold_id, WaitingEntry.status == EntryStatus.OFFERED
            )
        )
    )
    return found


def entry_of_hold(hold_id: int) -> WaitingEntry | None:
    """Fresh. Under the lock of its hold an offered entry does not change."""
    found: WaitingEntry | None = db.session.scalar(
        sa.select(WaitingEntry)
        .where(WaitingEntry.hold_id == hold_id)
        .execution_options(populate_existing=True)
    )
    return found


def entry_of(public_id: str, user_id: int) -> WaitingEntry:
    """One's own, fresh, with event, tier and hold. Raises NotFound, for others' too."""
    found = db.session.scalar(
        _shown().where(WaitingEntry.public_id == public_id, WaitingEntry.user_id == user_id)
    )
    if found is None:
        raise NotFound("There is no such place on a waiting list.")
    return found


def entries_here(slug: str, user_id: int) -> list[WaitingEntry]:
    """One person's live entries for an event, and the last of those that have ended."""
    event_id = sa.select(Event.id).where(named(Event.slug, slug)).scalar_subquery()
    query = _shown().where(WaitingEntry.event_id == event_id, WaitingEntry.user_id == user_id)
    return list(db.session.scalars(query.order_by(WaitingEntry.id.desc()).limit(20)))


def entries_of(user_id: int, *, limit: int = 50) -> list[WaitingEntry]:
    """One person's entries over all events: those that live first, each newest first."""
    query = _shown().where(WaitingEntry.user_id == user_id)
    is_over = WaitingEntry.status.not_in(LIVE)
    return list(db.session.scalars(query.order_by(is_over, WaitingEntry.id.desc()).limit(limit)))


def live_entries(event_id: int, user_id: int) -> Sequence[WaitingEntry]:
    return db.session.scalars(
        sa.select(WaitingEntry).where(
            WaitingEntry.event_id == event_id,
            WaitingEntry.user_id == user_id,
            WaitingEntry.status.in_(LIVE),
        )
    ).all()


def joins_since(user_id: int, since: datetime, *, most: int) -> list[datetime]:
    """When this account joined lists, the newest first, at most so many."""
    return list(
        db.session.scalars(
            sa.select(WaitingEntry.joined_at)
            .where(WaitingEntry.user_id == user_id, WaitingEntry.joined_at > since)
            .order_by(WaitingEntry.joined_at.desc())
            .limit(most)
        )
    )


def tickets_of(event_id: int, user_id: int) -> int:
    """How many this person has bought here."""
    sold = sa.select(Allowance.sold).filter_by(event_id=event_id, user_id=user_id)
    return db.session.scalar(sold) or 0


def tier_ids_of(event_id: int) -> list[int]:
    return list(
        db.session.scalars(sa.select(Tier.id).where(Tier.event_id == event_id).order_by(Tier.id))
    )


def _shown() -> "sa.Select[WaitingEntry]":
    return (
        sa.select(WaitingEntry)
        .options(
            joinedload(WaitingEntry.event).joinedload(Event.venue),
            joinedload(WaitingEntry.tier),
            joinedload(WaitingEntry.hold),
        )
        .execution_options(populate_existing=True)
    )
