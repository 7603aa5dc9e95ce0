"""An event's picture: a row before its files are kept, shown when they are."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from tixapp.core.db import db, locked
from tixapp.core.ids import new_id
from tixapp.core.pictures import Drawn
from tixapp.core.trail import note
from tixapp.events.errors import TooManyPictures
from tixapp.events.models import Event, Picture
from tixapp.events.queries import locked_event, pictures_since
from tixapp.events.rules import MOST_PICTURES
from tixapp.sellers.queries import locked_seller

from .checks import check_alive

A_DAY = timedelta(days=1)


def begin_picture(event: Event, drawn: Drawn, *, by: int | None, now: datetime) -> Picture:
    """Not shown yet. Raises TooManyPictures, AlreadyOver."""
    check_alive(event)
    locked_seller(event.seller_id)  # two uploads at once are counted one after the other
    if pictures_since(event.seller_id, now - A_DAY) >= MOST_PICTURES:
        raise TooManyPictures("That is enough pictures for today.", retry_after=3600)
    picture = Picture(
        public_id=new_id("pic"),
        event_id=event.id,
        seller_id=event.seller_id,
        width=drawn.width,
        height=drawn.height,
        colour=drawn.colour,
        names=sorted(drawn.files),
        uploaded_by=by,
        uploaded_at=now,
    )
    db.session.add(picture)
    db.session.flush()
    return picture


def show_picture(picture_id: int, *, by: int | None, now: datetime) -> None:
    """In place of the one before. Its files are kept by now. Raises AlreadyOver."""
    picture = db.session.get_one(Picture, picture_id)
    event = locked_event(picture.event_id)
    check_alive(event)
    _remove_shown(event, now=now)
    picture.ready_at = now
    db.session.flush()
    note("event.picture_set", event.public_id, by=by, now=now, after={"picture": picture.public_id})


def remove_picture(event_id: int, *, by: int | None, now: datetime) -> None:
    """Twice is no fault."""
    event = locked_event(event_id)
    check_alive(event)
    if _remove_shown(event, now=now):
        note("event.picture_removed", event.public_id, by=by, now=now)


def note_cleared(picture_id: int, *, now: datetime) -> None:
    """Its files are gone."""
    db.session.execute(sa.update(Picture).where(Picture.id == picture_id).values(cleared_at=now))


def _remove_shown(event: Event, *, now: datetime) -> bool:
    shown = locked(sa.select(Picture).where(Picture.event_id == event.id, Picture.is_shown()))
    old: Picture | None = db.session.scalar(shown)
    if old is None:
        return False
    old.removed_at = now
    db.session.flush()
    return True
