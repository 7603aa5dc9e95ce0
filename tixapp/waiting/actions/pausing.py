"""Pausing a sale and going on with it. Nobody's time runs while it is paused."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from tixapp.core.db import db
from tixapp.events import actions as events
from tixapp.events.models import Event
from tixapp.events.queries import locked_event
from tixapp.inventory.actions import lengthen_holds
from tixapp.waiting.models import RoomPass
from tixapp.waiting.queries.room import locked_room


def pause_sale(event_id: int, *, by: int | None, now: datetime) -> Event:
    """No new holds and no new passes. Who is paying may finish."""
    event = events.pause(event_id, by=by, now=now)
    locked_room(event_id)  # whoever is being admitted at this moment has been, or is not
    return event


def resume_sale(event_id: int, *, by: int | None, now: datetime) -> Event:
    """Passes and holds get back the time that they had when the pause began."""
    since = locked_event(event_id).paused_at
    event = events.resume(event_id, by=by, now=now)
    if since is not None and now > since:
        locked_room(event_id)
        db.session.execute(
            sa.update(RoomPass)
            .where(
                RoomPass.event_id == event_id,
                RoomPass.ended_at.is_(None),
                RoomPass.expires_at > since,
            )
            .values(expires_at=RoomPass.expires_at + (now - since))
        )
        lengthen_holds(event_id, since=since, now=now)
    return event
