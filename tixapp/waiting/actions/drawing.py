"""The draw, and the order of those who came late.

Writing S_0 is the draw: from then on every place is fixed. What follows (keys, the table of keys)
is arithmetic that anyone may repeat, and is done in pieces.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from tixapp.core.db import db
from tixapp.core.trail import note
from tixapp.events.models import Event
from tixapp.waiting.codes.room import RoomSecrets
from tixapp.waiting.models import Room, RoomEntry
from tixapp.waiting.queries.room import locked_room, spread_of
from tixapp.waiting.rules.beacon import announced, is_awaited
from tixapp.waiting.rules.draw import (
    KEY_BITS,
    entrants_root,
    first_salt,
    late_salt,
    sealable,
)
from tixapp.waiting.rules.spread import Spread, bits_for, file_name, spread

from .room import lock_drawing

BATCH = 20_000

# As `rules.draw.key`: the first 63 bits of SHA-256(salt, eid). Which rows are due is asked once and
# is no join: a crowd may have come since PostgreSQL last counted this table, and what it then takes
# for a handful it would go through again for each row of as many.
_WRITE_KEYS = sa.text(
    """
    UPDATE room_entries
    SET key = (CAST(CAST('x' || encode(substring(sha256(:salt || eid) FROM 1 FOR 8), 'hex')
               AS bit(64)) AS bigint) >> 1) & 9223372036854775807
    WHERE event_id = :event_id AND win = :win AND key IS NULL AND user_id <= (
        SELECT max(user_id) FROM (
            SELECT user_id FROM room_entries
            WHERE event_id = :event_id AND win = :win AND key IS NULL
            ORDER BY user_id LIMIT :most
        ) due
    )
    """
)


def draw_room(event: Event, *, secrets: RoomSecrets, now: datetime) -> bool:
    """Whether it was drawn now. Nobody joins window 0 any more once this has begun; where a beacon
    was promised, the draw itself is a later look's."""
    lock_drawing(event.id)
    room = locked_room(event.id)
    if room is None or room.is_drawn:
        return False
    if room.entrants_root is None:
        _fix_entrants(room, event, now=now)
    if room.entrants_root is None or is_awaited(room.beacon):
        return False
    master = secrets.open_master(room.sealed_master, event.public_id)
    s0 = first_salt(master, event.public_id, room.entrants_root, room.beacon)
    room.draw(s0)
    published = {"beacon": room.beacon, "s0": s0.hex()}
    note("room.drawn", event.public_id, by=None, now=now, after=published)
    return True


def _fix_entrants(room: Room, event: Event, *, now: datetime) -> None:
    """Who takes part is fixed, and shown, before the beacon's number exists."""
    eids = db.session.scalars(
        sa.select(RoomEntry.eid).where(RoomEntry.event_id == event.id, RoomEntry.win == 0)
    ).all()
    opens_at = event.on_sale_at or room.announced_at
    root = entrants_root(eids)
    room.fix_entrants(opens_at=opens_at, root=root, joined=len(eids))
    # A control that was away fixes them late: the round is one that nobody can know yet.
    room.beacon = announced(room.beacon, max(opens_at, now))
    fixed = {"root": root.hex(), "joined": len(eids), "beacon": room.beacon}
    note("room.entrants_fixed", event.public_id, by=None, now=now, after=fixed)


def hear_beacon(event_id: int, heard: str, *, now: datetime) -> bool:
    """What the beacon said, or that it did not; the next look of the control draws with it. False
    when that is known already."""
    room = locked_room(event_id)
    if room is None or room.is_drawn or not is_awaited(room.beacon):
        return False
    room.beacon = heard
    room.steered_at = None
    return True


def seal_windows(event: Event, *, secrets: RoomSecrets, now: datetime) -> int:
    """Orders the late windows that are over; how many people that were."""
    lock_drawing(event.id)
    room = locked_room(event.id)
    if room is None or room.opens_at is None:
        return 0
    last = sealable(now, room.opens_at)
    if last <= room.closed_win:
        return 0
    windows = _new_windows(room, last)
    master = secrets.open_master(room.sealed_master, event.public_id)
    for win, _count in windows:
        write_keys(event.id, win, late_salt(master, event.public_id, win))
    room.closed_win = last
    room.joined_late += sum(count for _, count in windows)
    known = spread_of(room)
    if known is not None and windows:
        _write_table(room, Spread(known.below, (*known.late, *windows)))
    return sum(count for _, count in windows)


def write_keys(event_id: int, win: int, salt: bytes, *, most: int = 10**9) -> int:
    """Writes the keys that are missing in a window, at most so many; how many that were."""
    values = {"event_id": event_id, "win": win, "salt": salt, "most": most}
    result = db.session.connection().execute(_WRITE_KEYS, values)
    return int(result.rowcount)


def tabulate(room: Room) -> None:
    """The table of keys, once all of window 0 are written. The room is locked by the caller."""
    bits = bits_for(room.joined_before)
    step = sa.literal_column(f"key >> {KEY_BITS - bits}", sa.Integer)
    rows = db.session.execute(
        sa.select(step, sa.func.count())
        .where(RoomEntry.event_id == room.event_id, RoomEntry.win == 0)
        .group_by(step)
    )
    late = _new_windows(room, room.closed_win, after=0)
    _write_table(room, spread({row[0]: row[1] for row in rows}, late, bits=bits))


def _new_windows(room: Room, last: int, *, after: int | None = None) -> Sequence[tuple[int, int]]:
    """(window, how many joined in it) of those after the last one that is known."""
    first = room.closed_win if after is None else after
    rows = db.session.execute(
        sa.select(RoomEntry.win, sa.func.count())
        .where(RoomEntry.event_id == room.event_id, RoomEntry.win > first, RoomEntry.win <= last)
        .group_by(RoomEntry.win)
        .order_by(RoomEntry.win)
    )
    return [(row[0], row[1]) for row in rows]


def _write_table(room: Room, made: Spread) -> None:
    packed = made.pack()
    room.table, room.table_hash = packed, file_name(packed)
