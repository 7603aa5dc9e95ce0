"""The waiting rooms that somebody has joined, for the page of all their places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager

from tixapp.core.db import db
from tixapp.events.models import Event, EventStatus
from tixapp.waiting.models import Room, RoomEntry, RoomStatus

MOST = 20


@dataclass(frozen=True)
class JoinedRoom:
    """`state`: paused, announced, drawing, waiting, called or sold_out."""

    event: Event
    state: str
    opens_at: datetime


def rooms_of(user_id: int, *, now: datetime) -> Sequence[JoinedRoom]:
    """Those whose sale is not over, the soonest first. One statement."""
    opens_at = sa.func.coalesce(Room.opens_at, Event.on_sale_at, Room.announced_at)
    rows = db.session.execute(
        sa.select(Room, RoomEntry.win, RoomEntry.key, opens_at)
        .join(RoomEntry, RoomEntry.event_id == Room.event_id)
        .join(Room.event)
        .join(Event.venue)
        .options(contains_eager(Room.event).contains_eager(Event.venue))
        .where(
            RoomEntry.user_id == user_id,
            Room.status != RoomStatus.CLOSED,
            Event.status == EventStatus.PUBLISHED,
        )
        .order_by(opens_at)
        .limit(MOST)
    )
    return [
        JoinedRoom(room.event, _state(room, win, key), opens)
        for room, win, key, opens in rows
        if now < room.event.sales_end_at
    ]


def _state(room: Room, win: int, key: int | None) -> str:
    if room.event.paused_at is not None:
        return "paused"
    if room.status in {RoomStatus.ANNOUNCED, RoomStatus.SOLD_OUT}:
        return "drawing" if room.entrants_root and not room.is_drawn else room.status.value
    if room.is_below_cut(win, key):
        return "called"
    return "drawing" if key is None else "waiting"
