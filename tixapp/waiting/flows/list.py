"""Changing one's place: read, lock, and look again if it has moved in between."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from tixapp.core.db import db, transaction
from tixapp.inventory.models import HoldStatus
from tixapp.waiting.actions.ending import lapse
from tixapp.waiting.errors.list import PlaceMoved
from tixapp.waiting.models import WaitingEntry
from tixapp.waiting.queries.list import entry_of
from tixapp.waiting.terms import terms

T = TypeVar("T")

TRIES = 5


def change(public_id: str, user_id: int, deed: Callable[[WaitingEntry], T]) -> T:
    """`deed` on one's own entry in a transaction, again if the entry has changed meanwhile."""
    for _ in range(TRIES - 1):
        try:
            with transaction():
                return deed(entry_of(public_id, user_id))
        except PlaceMoved:
            continue
    with transaction():
        return deed(entry_of(public_id, user_id))


def without_lapsed(entry: WaitingEntry, *, now: datetime) -> WaitingEntry:
    """Whoever looks at an offer whose time is over ends it. The entry comes with its hold."""
    hold = entry.hold
    if hold is None or hold.status != HoldStatus.OFFERED or hold.expires_at > now:
        return entry
    db.session.rollback()
    with transaction():
        lapse(hold.id, length=terms().offer, now=now)
    return entry_of(entry.public_id, entry.user_id)
