"""Stripe's events that are due."""

from datetime import datetime

import sqlalchemy as sa

from tixapp.core.db import db, locked

from .models import StripeEvent, StripeEventStatus


def claimable_event(*, now: datetime) -> StripeEvent | None:
    """The oldest due event that no other worker has in hand, locked."""
    found: StripeEvent | None = db.session.scalar(
        locked(
            sa.select(StripeEvent)
            .where(StripeEvent.status == StripeEventStatus.RECEIVED, StripeEvent.due_at <= now)
            .order_by(StripeEvent.due_at)
            .limit(1),
            skip_locked=True,
        )
    )
    return found


def locked_event(event_id: int) -> StripeEvent:
    found: StripeEvent = db.session.scalars(
        locked(sa.select(StripeEvent).filter_by(id=event_id))
    ).one()
    return found
