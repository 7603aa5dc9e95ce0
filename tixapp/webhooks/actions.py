"""The inbox of Stripe's events: stored once, claimed, and marked."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from tixapp.core.db import db
from tixapp.core.facts import CHANNEL, LATER
from tixapp.core.fixed import Fixed

from .models import StripeEventStatus
from .queries import locked_event
from .rules import Incoming, storable

LEASE = timedelta(minutes=1)
MOST_ATTEMPTS = 10


_STORE = Fixed(
    sa.text(
        """
    WITH stored AS (
        INSERT INTO stripe_events (stripe_id, account, kind, livemode, payload, status, received_at,
                                   due_at, attempts)
        VALUES (:stripe_id, :account, :kind, :livemode, :payload, 'received', :now, :now, 0)
        ON CONFLICT (stripe_id) DO NOTHING RETURNING id
    )
    SELECT id, pg_notify(:channel, :later) FROM stored
    """
    ).bindparams(sa.bindparam("payload", type_=JSONB))
)
_CLAIM = sa.text(
    """
    UPDATE stripe_events SET attempts = attempts + 1, due_at = :lease
    WHERE id = (
        SELECT id FROM stripe_events
        WHERE status = 'received' AND due_at <= :now AND received_at <= :received_by
        ORDER BY due_at, id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED
    )
    RETURNING id, stripe_id, account, kind, livemode, payload
    """
)
_FINISH = sa.text("UPDATE stripe_events SET status = 'done' WHERE id = :id AND status = 'received'")
# Money that was booked was read from Stripe before: the session has nothing more to tell of it.
_FINISH_BOOKED = sa.text(
    """
    UPDATE stripe_events e SET status = 'done' FROM payments p
    WHERE e.status = 'received' AND e.due_at <= :now AND e.kind LIKE 'checkout.session.%'
      AND p.stripe_session = e.payload ->> 'id' AND p.stripe_account = e.account
      AND p.status IN ('succeeded', 'disputed')
    """
)


def store_event(event: Incoming, *, now: datetime) -> bool:
    """False when it is known already: Stripe sends an event more than once."""
    values = {
        "stripe_id": event.stripe_id,
        "account": event.account,
        "kind": event.kind,
        "livemode": event.livemode,
        "payload": storable(event.payload),
        "now": now,
        "channel": CHANNEL,
        "later": LATER,
    }
    return _STORE.first(values) is not None


def finish_booked(*, now: datetime) -> int:
    """Ends all due events of sessions whose money is booked already: by the return page, or by an
    earlier event. How many those were."""
    return db.session.connection().execute(_FINISH_BOOKED, {"now": now}).rowcount


def claim_event(*, now: datetime, received_by: datetime) -> tuple[int, Incoming] | None:
    """The oldest due event that no other worker has in hand: left alone by others until the lease
    is over."""
    values = {"now": now, "lease": now + LEASE, "received_by": received_by}
    row = db.session.connection().execute(_CLAIM, values).first()
    return None if row is None else (row.id, Incoming(*row[1:]))


def finish_event(event_id: int) -> None:
    db.session.connection().execute(_FINISH, {"id": event_id})


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
