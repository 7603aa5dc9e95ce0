"""What the order of a room must be, computed from secrets and rows by rules.draw alone; and ways
for a control to die in the middle of a look."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from typing import Any
from unittest.mock import patch

import sqlalchemy as sa

from tixapp.core.db import db, transaction
from tixapp.events.models import Event
from tixapp.waiting.actions.drawing import draw_room, seal_windows, write_keys
from tixapp.waiting.actions.steering import steer
from tixapp.waiting.jobs import room as jobs
from tixapp.waiting.keys import room_secrets
from tixapp.waiting.models import Room, RoomEntry
from tixapp.waiting.queries.proof import ranked
from tixapp.waiting.rules import draw

Ranking = list[tuple[int, bytes]]


class Killed(Exception):
    """The process is gone; what it had not committed with it."""


def ranking_as_stored(room: Room) -> Ranking:
    return list(ranked(room.event_id, room.closed_win)) if room.table_hash else []


def ranking_as_computed(event_id: str, room: Room) -> Ranking:
    """From (secrets, event, account, window), and from nothing else that is stored."""
    secrets = room_secrets()
    master = secrets.open_master(room.sealed_master, event_id)
    rows = db.session.execute(sa.select(RoomEntry.win, RoomEntry.user_id))
    entries = [draw.Entry(r.win, secrets.entry_id(event_id, r.user_id), r.user_id) for r in rows]
    root = draw.entrants_root(entry.eid for entry in entries if entry.win == 0)
    salts = {win: draw.late_salt(master, event_id, win) for win in range(1, room.closed_win + 1)}
    salts[0] = draw.first_salt(master, event_id, root, room.beacon)
    return [(entry.win, entry.eid) for entry in draw.ranking(entries, salts)]


def digest(ranking: Ranking) -> str:
    return sha256(repr(ranking).encode()).hexdigest()


def dies(at: str, look: Callable[[], object]) -> None:
    """`look` by a control that dies there: in the draw, with some keys written, and so on."""
    with suppress(Killed), patch.object(jobs, at, WAYS_TO_DIE[at]):
        look()
    db.session.rollback()


def _some_keys(event_id: int) -> None:
    room = db.session.get_one(Room, event_id, populate_existing=True)
    salt = room.s0 if not room.table_hash else None
    db.session.rollback()
    if salt is not None:
        with transaction():
            write_keys(event_id, 0, salt, most=2)
    raise Killed


def _then(deed: Callable[..., object]) -> Callable[..., object]:
    def run(event: Event, **more: Any) -> None:
        deed(event, **more)
        db.session.flush()
        raise Killed

    return run


def _at_once(*_: object, **__: object) -> None:
    raise Killed


WAYS_TO_DIE: dict[str, Callable[..., object]] = {
    "draw_room": _then(draw_room),
    "_write_keys": _some_keys,
    "seal_windows": _then(seal_windows),
    "steer": _then(steer),
    "publish_news": _at_once,
}
