"""Ending holds on time. Three ways lead here, any one is enough: the clock's sweep, a job that
the worker sets for the next deadline, and the request that finds no place left."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from tixapp.core.clock import clock
from tixapp.core.db import db, transaction
from tixapp.core.sweeps import each
from tixapp.events.models import Event
from tixapp.events.queries import published_event_by_id

from .actions import expire_hold
from .errors import SoldOut
from .queries import lapsed_hold_ids

T = TypeVar("T")


def expire_holds() -> int:
    """Ends all that is due; how many that were."""
    return expire_lapsed(now=clock.now())


def expire_lapsed(*, now: datetime, tier_ids: Sequence[int] = ()) -> int:
    """One hold a transaction, so that a fault stops one and not the rest."""
    due = lapsed_hold_ids(now=now, tier_ids=tier_ids)
    db.session.rollback()

    def expire(row: tuple[int, int, int]) -> bool:
        hold_id, event_id, user_id = row
        with transaction():
            return expire_hold(hold_id, event_id=event_id, user_id=user_id, now=now)

    return sum(each(due, expire))


def or_without_lapsed(attempt: Callable[[], T], tier_ids: Sequence[int], *, now: datetime) -> T:
    """As `or_lapsed`, for an attempt that reads all it needs itself."""
    try:
        return attempt()
    except SoldOut:
        if not expire_lapsed(now=now, tier_ids=tier_ids):
            raise
    return attempt()


def or_lapsed(
    attempt: Callable[[Event], T], event: Event, tier_ids: Sequence[int], *, now: datetime
) -> T:
    """`attempt`, and once more if holds whose time is over were what stood in its way."""
    event_id = event.public_id
    try:
        return attempt(event)
    except SoldOut:
        if not expire_lapsed(now=now, tier_ids=tier_ids):
            raise
    # The refusal undid what had been read, the event with its tiers too.
    return attempt(published_event_by_id(event_id))
