"""One of Stripe's events."""

import sqlalchemy as sa

from tixapp.core.db import db, locked

from .models import StripeEvent


def locked_event(event_id: int) -> StripeEvent:
    found: StripeEvent = db.session.scalars(
        locked(sa.select(StripeEvent).filter_by(id=event_id))
    ).one()
    return found
