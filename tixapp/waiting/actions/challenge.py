"""The challenge at the door, once for each claim, from pages and programs alike.

Whoever's turn it is knocks, and is asked for a little work (`rules.room.is_solved`) or a few
seconds of patience, counted from the knock in the database: no token to copy, no clock of theirs.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

import sqlalchemy as sa

from tixapp.core.db import db
from tixapp.events.models import Event
from tixapp.waiting.codes.room import RoomSecrets
from tixapp.waiting.errors.room import GateFull, NotAdmitted, Unproven
from tixapp.waiting.models import RoomEntry, RoomPass
from tixapp.waiting.queries.room import entry_of
from tixapp.waiting.rules.room import (
    CHALLENGE_BITS,
    CHALLENGE_WAIT,
    is_fresh,
    is_solved,
)

from .passes import claim_pass, note_asking


@dataclass(frozen=True)
class Challenge:
    """`seconds` until patience alone is enough; 0 when it is."""

    text: str
    bits: int
    seconds: int


def claim_proven(
    event: Event, user_id: int, *, nonce: str, secrets: RoomSecrets, now: datetime
) -> RoomPass:
    """The one way to a pass. Raises Unproven and what `claim_pass` raises; see `after_refusal`."""

    def check(entry: RoomEntry) -> None:
        asked = challenge_of(event.public_id, entry, secrets=secrets, now=now)
        if asked is None or (asked.seconds and not is_solved(asked.text, nonce)):
            raise Unproven

    return claim_pass(event, user_id, now=now, check=check)


def knock(
    event_id: int, public_id: str, user_id: int, *, secrets: RoomSecrets, now: datetime
) -> Challenge | None:
    """What the door asks. A knock stands for a while and for one claim; None if nobody joined."""
    entry = entry_of(event_id, user_id)
    if entry is None:
        return None
    if not is_fresh(entry.knocked_at, now=now):
        db.session.execute(
            sa.update(RoomEntry)
            .where(RoomEntry.event_id == event_id, RoomEntry.user_id == user_id)
            .values(knocked_at=now)
        )
        db.session.refresh(entry)
    return challenge_of(public_id, entry, secrets=secrets, now=now)


def challenge_of(
    public_id: str, entry: RoomEntry, *, secrets: RoomSecrets, now: datetime
) -> Challenge | None:
    """Of the knock that stands; None when there is none."""
    made = entry.knocked_at
    if made is None or not is_fresh(made, now=now):
        return None
    left = ceil(max(made + CHALLENGE_WAIT - now, timedelta(0)).total_seconds())
    text = secrets.challenge(public_id, entry.user_id, int(made.timestamp()))
    return Challenge(text, CHALLENGE_BITS, left)


def after_refusal(
    refusal: NotAdmitted, event: Event, user_id: int, *, secrets: RoomSecrets, now: datetime
) -> None:
    """Remembers that somebody whose turn it is has come, in a transaction after the refused one."""
    if isinstance(refusal, Unproven):
        asked = knock(event.id, event.public_id, user_id, secrets=secrets, now=now)
        if asked is not None:
            refusal.asks(asked.text, asked.bits, asked.seconds)
    elif isinstance(refusal, GateFull):
        note_asking(event.id, user_id, now=now)
