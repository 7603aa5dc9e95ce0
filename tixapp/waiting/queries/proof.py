"""What a draw has published, in the order of the draw."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from tixapp.core.db import db
from tixapp.events.models import Event, EventStatus
from tixapp.waiting.codes.room import RoomSecrets
from tixapp.waiting.models import Room, RoomEntry, RoomStatus
from tixapp.waiting.rules.beacon import Round, read
from tixapp.waiting.rules.draw import Published, late_salt

from .room import spread_of

PIECE = 5_000


def published_of(event: Event, room: Room, secrets: RoomSecrets) -> Published:
    """Everything that may be known now. The secret itself only when the sale is over."""
    salts = {0: room.s0} if room.s0 is not None else {}
    spread = spread_of(room)
    if spread is not None and spread.late:
        master = room.master or secrets.open_master(room.sealed_master, event.public_id)
        salts |= {win: late_salt(master, event.public_id, win) for win, _count in spread.late}
    return Published(
        event=event.public_id,
        commit=bytes.fromhex(room.commitment),
        root=room.entrants_root,
        beacon=room.beacon,
        salts=salts,
        master=room.master,
    )


def sealed_rooms() -> list[tuple[str, bytes]]:
    """(event, sealed secret) of every room whose sale is still to come, or on."""
    query = sa.select(Event.public_id, Room.sealed_master).join(Room.event)
    to_come = sa.and_(Event.status == EventStatus.PUBLISHED, Room.status != RoomStatus.CLOSED)
    rows = db.session.execute(query.where(to_come).order_by(Event.id))
    return [(row[0], row[1]) for row in rows]


def awaited_beacons() -> list[tuple[int, Round]]:
    """(event, round) of each room whose entrants are fixed and whose draw waits for a beacon."""
    rows = db.session.execute(
        sa.select(Room.event_id, Room.beacon)
        .where(Room.status == RoomStatus.ANNOUNCED, Room.entrants_root.is_not(None))
        .order_by(Room.event_id)
    )
    named = ((row[0], read(row[1])) for row in rows)
    return [(event_id, found) for event_id, found in named if found and found.value is None]


def is_whole(room: Room) -> bool:
    """Whether every key is written: before that there is no order to show."""
    return bool(room.table_hash)


def ranked(event_id: int, last_window: int) -> Iterator[tuple[int, bytes]]:
    """(window, eid), first to last, read in pieces along the index."""
    after: tuple[int, int, int] = (0, -1, 0)
    while True:
        rows = db.session.execute(
            sa.select(RoomEntry.win, RoomEntry.key, RoomEntry.user_id, RoomEntry.eid)
            .where(
                RoomEntry.event_id == event_id,
                RoomEntry.win <= last_window,
                sa.tuple_(RoomEntry.win, RoomEntry.key, RoomEntry.user_id) > after,
            )
            .order_by(RoomEntry.win, RoomEntry.key, RoomEntry.user_id)
            .limit(PIECE)
        ).all()
        for win, _key, _user, eid in rows:
            yield win, eid
        if len(rows) < PIECE:
            return
        after = (rows[-1].win, rows[-1].key or 0, rows[-1].user_id)
