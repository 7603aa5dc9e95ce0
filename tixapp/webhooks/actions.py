"""The inbox of Stripe's events: stored once, claimed, and marked."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from tixapp.core.db import db
from tixapp.core.facts import wake

from .models import StripeEvent, StripeEventStatus
from .queries import claimable_event, locked_event
from .rules import Incoming, storable

LEASE = timedelta(minutes=1)
MOST_ATTEMPTS = 10


def store_event(event: Incoming, *, now: datetime) -> bool:
    """False when it is known already: Stripe sends an event more than once."""
    stored = db.session.execute(
        insert(StripeEvent)
        .values(
            stripe_id=event.stripe_id,
            account=event.account,
            kind=event.kind,
            livemode=event.livemode,
            payload=storable(event.payload),
            status=StripeEventStatus.RECEIVED,
            received_at=now,
            due_at=now,
            attempts=0,
        )
        .on_conflict_do_nothing(index_elements=["stripe_id"])
        .returning(StripeEvent.id)
    ).first()
    if stored is not None:
        wake()
    return stored is not None


def claim_event(*, now: datetime) -> tuple[int, Incoming] | None:
    """One event to work on. It is left alone by others until the lease is over."""
    row = claimable_event(now=now)
    if row is None:
        return None
    row.attempts += 1
    row.due_at = now + LEASE
    return row.id, Incoming(row.stripe_id, row.account, row.kind, row.livemode, row.payload)


def finish_event(event_id: int) -> None:
    row = locked_event(event_id)
    if row.status == StripeEventStatus.RECEIVED:
        row.done()


def ignore_event(event_id: int, why: str) -> None:
    row = locked_event(event_id)
    if row.status == StripeEventStatus.RECEIVED:
        row.ignore(why)


def postpone_event(event_id: int, fault: str, *, now: datetime) -> None:
    """Another try later, and in the end none: a person looks at it then."""
    row = locked_event(event_id)
    if row.status != StripeEventStatus.RECEIVED:
        return
    row.last_fault = fault[:2000]
    row.due_at = now + timedelta(seconds=min(2**row.attempts, 3600))
    if row.attempts >= MOST_ATTEMPTS:
        row.give_up()


def retry_event(event_id: int, *, now: datetime) -> None:
    row = locked_event(event_id)
    row._move_to(StripeEventStatus.RECEIVED)
    row.attempts, row.due_at = 0, now
    wake()


def count_by_status() -> dict[str, int]:
    rows = db.session.execute(
        sa.select(StripeEvent.status, sa.func.count()).group_by(StripeEvent.status)
    )
    return {status.value: count for status, count in rows}
