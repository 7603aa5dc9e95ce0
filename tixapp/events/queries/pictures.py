"""Pictures of events, and those whose files are of no use any more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from tixapp.core.db import db
from tixapp.core.errors import NotFound
from tixapp.events.models import Picture

from .listing import named

# An upload takes seconds: one that is not ready by then broke off.
BROKEN_OFF = timedelta(hours=1)


def picture_to_show(public_id: str) -> Picture:
    """One that stands on its event's page now, with the event. Raises NotFound."""
    query = sa.select(Picture).where(named(Picture.public_id, public_id), Picture.is_shown())
    found = db.session.scalar(query.options(joinedload(Picture.event)))
    if found is None:
        raise NotFound("There is no such picture.")
    return found


def pictures_since(seller_id: int, moment: datetime) -> int:
    """How many a seller has uploaded."""
    query = sa.select(sa.func.count()).where(
        Picture.seller_id == seller_id, Picture.uploaded_at > moment
    )
    return db.session.scalar(query) or 0


def uncleared_pictures(now: datetime, *, limit: int = 100) -> Sequence[Picture]:
    is_due = sa.or_(
        Picture.removed_at.is_not(None),
        sa.and_(Picture.ready_at.is_(None), Picture.uploaded_at < now - BROKEN_OFF),
    )
    query = sa.select(Picture).where(Picture.cleared_at.is_(None), is_due)
    return db.session.scalars(query.order_by(Picture.id).limit(limit)).all()
