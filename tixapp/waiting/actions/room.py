"""Announcing a room and joining it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from tixapp.accounts.queries import CALLER, LiveKey, ShownKey
from tixapp.core.alone import alone, alone_in_order
from tixapp.core.db import db
from tixapp.core.trail import note
from tixapp.events.models import Event
from tixapp.waiting.codes.room import RoomSecrets
from tixapp.waiting.errors.room import NoRoom, RoomClosed
from tixapp.waiting.models import Room, RoomStatus
from tixapp.waiting.queries.room import entry_of, room_of
from tixapp.waiting.rules.draw import NO_BEACON, WINDOW
from tixapp.waiting.rules.room import first_limits

# Joins share this lock, and whoever draws a window has it alone: no join falls into a window whose
# order is known already. The second number is the event's.
DRAWING = 0x54495830


@dataclass(frozen=True)
class Joined:
    """`key` None: the order of this window is not known yet. `is_new` False: joined before."""

    win: int
    key: int | None
    is_new: bool


def announce_room(
    event: Event, *, capacity: int, secrets: RoomSecrets, beacon: str = NO_BEACON, now: datetime
) -> Room:
    """Makes the room with its sealed secret and the commitment that everyone sees; once. `beacon`:
    what is promised to go into the draw."""
    room = room_of(event.id)
    if room is not None:
        return room
    sealed, commitment = secrets.new_master(event.public_id)
    limits = first_limits(capacity)
    room = Room(
        event_id=event.id,
        status=RoomStatus.ANNOUNCED,
        announced_at=now,
        commitment=commitment,
        sealed_master=sealed,
        beacon=beacon,
        rate=limits.rate,
        a_max=limits.a_max,
        is_strict=limits.is_strict,
    )
    db.session.add(room)
    db.session.flush()
    promised = {"commitment": commitment, "beacon": beacon}
    note("room.announced", event.public_id, by=None, now=now, after=promised)
    return room


_WHO = f"""
    WITH {CALLER}
    SELECT caller.*, r.event_id
    FROM caller, rooms r JOIN events e ON e.id = r.event_id
    WHERE e.public_id = %(event)s AND r.status = 'announced' AND e.paused_at IS NULL
    """  # noqa: S608 - all parts are ours
# Waits for whoever draws; no more than a lock, so that what follows reads what was drawn.
_WAIT = "SELECT pg_advisory_xact_lock_shared(%(drawing)s, %(half)s)"
# The window is counted here, so that nothing is read before the lock is had.
_JOIN = """
    WITH joined AS (
        INSERT INTO room_entries (user_id, event_id, eid, win, joined_at)
        SELECT %(user_id)s, r.event_id, %(eid)s,
            CASE
                WHEN r.entrants_root IS NULL
                    AND %(now)s < coalesce(e.on_sale_at, r.announced_at) THEN 0
                ELSE greatest(r.closed_win + 1, 1 + floor(
                    extract(epoch FROM CAST(%(now)s AS timestamptz)
                        - coalesce(r.opens_at, e.on_sale_at, r.announced_at)) / %(seconds)s))
            END, %(now)s
        FROM rooms r JOIN events e ON e.id = r.event_id
        WHERE r.event_id = %(event_id)s AND r.status <> 'closed'
        ON CONFLICT (user_id, event_id) DO NOTHING
        RETURNING win, key, true AS is_new
    )
    SELECT win, key, is_new FROM joined
    UNION ALL
    SELECT win, key, false FROM room_entries
    WHERE user_id = %(user_id)s AND event_id = %(event_id)s
    LIMIT 1
    """


def join_room(event_id: int, user_id: int, *, eid: bytes, now: datetime) -> Joined:
    """A place in the room: the same one for each join of that account, whatever the window.

    Raises RoomClosed, NoRoom.
    """
    connection, values = db.session.connection(), _joining(event_id, user_id, eid, now)
    connection.exec_driver_sql(_WAIT, values)
    found = connection.exec_driver_sql(_JOIN, values).first()
    if found is not None:
        return Joined(found.win, found.key, found.is_new)
    # Joined at this very moment from another device: there by now, though not yet for us above.
    known = entry_of(event_id, user_id)
    if known is not None:
        return Joined(known.win, known.key, is_new=False)
    if room_of(event_id) is None:
        raise NoRoom("This event has no waiting room.")
    raise RoomClosed("This waiting room is closed.")


def join_at_once(
    event_id: str, *, shown: ShownKey, secrets: RoomSecrets, now: datetime
) -> tuple[LiveKey, Joined] | None:
    """The usual join of a program, before the draw: whose key it was, and the place. None when it
    takes more than that: then `join_room` says what there is to say. `event_id` is a public one."""
    found = alone(_WHO, {**shown.asked(), "event": event_id})
    if found is None:
        return None
    *key, row_id = found
    caller = LiveKey(*key)
    eid = secrets.entry_id(event_id, caller.user_id)
    joined = alone_in_order(f"{_WAIT}; {_JOIN}", _joining(row_id, caller.user_id, eid, now))
    return (caller, Joined(*joined)) if joined else None


def lock_drawing(event_id: int) -> None:
    """Alone: every join so far is committed, and the next sees what is written here."""
    db.session.execute(sa.select(sa.func.pg_advisory_xact_lock(DRAWING, _half(event_id))))


def _joining(event_id: int, user_id: int, eid: bytes, now: datetime) -> dict[str, Any]:
    return {
        "drawing": DRAWING,
        "half": _half(event_id),
        "event_id": event_id,
        "user_id": user_id,
        "eid": eid,
        "now": now,
        "seconds": int(WINDOW.total_seconds()),
    }


def _half(event_id: int) -> int:
    """Two such locks have 32 bits each; events that share one wait for each other, no more."""
    return event_id % 2**31
