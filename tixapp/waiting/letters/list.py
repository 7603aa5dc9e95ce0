"""What people are told about their place on a list."""

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from tixapp.accounts.models import User
from tixapp.core.db import db, transaction
from tixapp.events.models import Event
from tixapp.inventory.models import Hold, HoldLine, HoldStatus
from tixapp.mails.letters import write_letter
from tixapp.waiting.models import Because, EntryStatus, WaitingEntry
from tixapp.waiting.rules.list import letter_key


def write_offer_letters(entry_ids: Iterable[int], *, now: datetime) -> None:
    """One letter for each offer that still stands."""
    with transaction():
        for entry, person in _with_people(entry_ids):
            hold = entry.hold
            if entry.status != EntryStatus.OFFERED or hold is None:
                continue
            if hold.status != HoldStatus.OFFERED:
                continue
            write_letter(
                letter_key(hold.public_id),
                person.email,
                "offer",
                now=now,
                entry=entry,
                event=entry.event,
                tier=hold.lines[0].tier,
                until=hold.expires_at,
            )


def write_lapsed_letter(entry_id: int, hold_id: int, *, now: datetime) -> None:
    """That an offer has ended; to who was never told of it, that their place is kept."""
    with transaction():
        for entry, person in _with_people([entry_id]):
            is_untold = entry.because == Because.UNTOLD
            if entry.is_live and not is_untold:
                continue  # back in line by now: there is nothing to say
            write_letter(
                f"lapsed:{entry.public_id}:{hold_id}",
                person.email,
                "offer_untold" if is_untold else "offer_lapsed",
                now=now,
                event=entry.event,
            )


def write_ended_letters(entry_ids: Iterable[int], *, now: datetime) -> None:
    """To all who waited for an event that was cancelled, or is over."""
    with transaction():
        for entry, person in _with_people(entry_ids):
            write_letter(
                f"list_ended:{entry.public_id}",
                person.email,
                "list_ended",
                now=now,
                event=entry.event,
                is_cancelled=entry.because == Because.CANCELLED,
            )


def _with_people(entry_ids: Iterable[int]) -> list[tuple[WaitingEntry, User]]:
    rows = db.session.execute(
        sa.select(WaitingEntry, User)
        .join(User, User.id == WaitingEntry.user_id)
        .where(WaitingEntry.id.in_(list(entry_ids)))
        .options(
            joinedload(WaitingEntry.event).joinedload(Event.venue),
            joinedload(WaitingEntry.tier),
            joinedload(WaitingEntry.hold).options(
                selectinload(Hold.lines).joinedload(HoldLine.tier)
            ),
        )
        .order_by(WaitingEntry.id)
        .execution_options(populate_existing=True)
    )
    return [(row[0], row[1]) for row in rows]
