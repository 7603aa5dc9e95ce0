"""Where a room and the people in it stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload, selectinload, undefer

from tixapp.core.db import db, locked
from tixapp.events.models import Event
from tixapp.events.queries.listing import is_published
from tixapp.waiting.errors.room import NoRoom
from tixapp.waiting.models import Room, RoomEntry, RoomPass, RoomStatus
from tixapp.waiting.rules.control import Memory
from tixapp.waiting.rules.draw import KEY_BITS
from tixapp.waiting.rules.spread import Spread, unpack

NOW_AND_THEN = timedelta(seconds=5)
_spreads: dict[int, tuple[str, Spread]] = {}


@dataclass(frozen=True)
class Counts:
    """`joined` in all; `admitted`: their turn has come; `active` choose now; `bought` have."""

    joined: int
    admitted: int
    active: int
    bought: int


NO_ONE = Counts(0, 0, 0, 0)


def room_of(event_id: int) -> Room | None:
    return db.session.get(Room, event_id)


def room_by_event(public_id: str) -> Room:
    """With its event, of any status but draft. Raises NoRoom."""
    found = db.session.scalar(
        sa.select(Room)
        .join(Room.event)
        .options(joinedload(Room.event))
        .where(Event.public_id == public_id.replace("\x00", ""))
    )
    if found is None:
        raise NoRoom("This event has no waiting room.")
    return found


def locked_room(event_id: int, *, skip_locked: bool = False) -> Room | None:
    found: Room | None = db.session.scalar(
        locked(sa.select(Room).where(Room.event_id == event_id), skip_locked=skip_locked).options(
            undefer(Room.table)
        )
    )
    return found


def rooms_to_steer(*, now: datetime) -> Sequence[int]:
    """Event ids of rooms that are due: each second while people are let in, else now and then, and
    at once when the sale opens. None that is closed."""
    opens = sa.and_(
        Room.status == RoomStatus.ANNOUNCED,
        sa.func.coalesce(Event.on_sale_at, Room.announced_at) <= now,
    )
    return db.session.scalars(
        sa.select(Room.event_id)
        .join(Room.event)
        .where(
            Room.status != sa.literal_column(f"'{RoomStatus.CLOSED}'"),
            sa.or_(
                Room.status == RoomStatus.OPEN,
                opens,
                Room.steered_at.is_(None),
                Room.steered_at <= now - NOW_AND_THEN,
            ),
        )
        .order_by(Room.event_id)
    ).all()


def open_rooms(*, limit: int = 100) -> Sequence[Room]:
    """All that are not closed, with their events, the soonest sale first."""
    return db.session.scalars(
        sa.select(Room)
        .join(Room.event)
        .options(contains_eager(Room.event))
        .where(Room.status != sa.literal_column(f"'{RoomStatus.CLOSED}'"))
        .order_by(sa.func.coalesce(Event.on_sale_at, Room.announced_at))
        .limit(limit)
    ).all()


def events_without_room(*, limit: int = 20) -> Sequence[Event]:
    """Published events that should have a room and have none, with their tiers."""
    return db.session.scalars(
        sa.select(Event)
        .where(is_published(), Event.has_room, ~sa.exists().where(Room.event_id == Event.id))
        .options(selectinload(Event.tiers))
        .limit(limit)
    ).all()


def event_of_room(event_id: int) -> Event:
    """Fresh, with its tiers."""
    query = sa.select(Event).where(Event.id == event_id).options(selectinload(Event.tiers))
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def entry_of(event_id: int, user_id: int) -> RoomEntry | None:
    return db.session.get(RoomEntry, (user_id, event_id), populate_existing=True)


def live_pass(event_id: int, user_id: int) -> RoomPass | None:
    """The one that has not ended. Its time may be over all the same: ask `is_good`."""
    return db.session.scalar(_live(event_id, user_id))


def locked_pass(event_id: int, user_id: int) -> RoomPass | None:
    found: RoomPass | None = db.session.scalar(locked(_live(event_id, user_id)))
    return found


def rank_of(room: Room, entry: RoomEntry) -> int | None:
    """The exact place in the order, from 1; None while the order of its window is not known.

    The table of keys counts up to the last step; what is left of it is counted in the index. So it
    takes as long for ten million people as for ten thousand.
    """
    spread = spread_of(room)
    if entry.key is None or spread is None:
        return None
    if entry.win != 0:
        start = next((n for n in _starts(spread) if n[0] == entry.win), None)
        return None if start is None else start[1] + _between(entry, 0) + 1
    width = KEY_BITS - spread.bits
    step = entry.key >> width
    below = spread.below[step - 1] if step else 0
    return below + _between(entry, step << width) + 1


def joined_so_far(room: Room) -> int:
    """Before the draw as the control counted last, a few seconds ago; afterwards exact."""
    if not room.is_drawn:
        return room.joined_before
    query = sa.select(sa.func.count()).where(
        RoomEntry.event_id == room.event_id, RoomEntry.win > room.closed_win
    )
    return room.joined + (db.session.scalar(query) or 0)


def people_with_passes(event_id: int, *, now: datetime) -> tuple[int, int]:
    """(active, bought): who may choose at this moment, and whose turn ended in a purchase."""
    is_active = sa.and_(RoomPass.ended_at.is_(None), RoomPass.expires_at > now)
    row = db.session.execute(
        sa.select(
            sa.func.count().filter(is_active),
            sa.func.count(sa.distinct(RoomPass.user_id)).filter(RoomPass.ended == "bought"),
        ).where(RoomPass.event_id == event_id)
    ).one()
    return row[0], row[1]


def people_in_rooms() -> dict[str, int]:
    """In all rooms that are not closed: joined, admitted, claimed, in one statement."""
    total = sa.func.sum
    row = db.session.execute(
        sa.select(
            total(Room.joined_before + Room.joined_late),
            total(Room.admitted),
            total(Room.claimed),
        ).where(Room.status != sa.literal_column(f"'{RoomStatus.CLOSED}'"))
    ).one()
    return {name: int(row[at] or 0) for at, name in enumerate(("joined", "admitted", "claimed"))}


def counts_of(room: Room, *, now: datetime) -> Counts:
    active, bought = people_with_passes(room.event_id, now=now)
    return Counts(joined_so_far(room), room.admitted, active, bought)


def latest_windows(room: Room, *, most: int) -> list[int]:
    """The late windows that were sealed last and in which somebody joined, ascending."""
    spread = spread_of(room)
    return [win for win, _count in spread.late[-most:]] if spread else []


def memory_of(room: Room) -> Memory:
    """What the control has learned in this sale."""
    return Memory.of(room.learned.get("memory", {}))


def spread_of(room: Room) -> Spread | None:
    """The table of keys, read once for each version in each process; None before there is one."""
    if not room.table_hash:
        return None
    known = _spreads.get(room.event_id)
    if known is None or known[0] != room.table_hash:
        known = _spreads[room.event_id] = (room.table_hash, unpack(room.table or b""))
    return known[1]


def _starts(spread: Spread) -> list[tuple[int, int]]:
    """(window, how many came in earlier ones)."""
    starts, before = [], 0
    for win, count in spread.windows:
        starts.append((win, before))
        before += count
    return starts


def _between(entry: RoomEntry, low: int) -> int:
    """Entries of the same window with a key from `low` on that come before this one."""
    query = sa.select(sa.func.count()).where(
        RoomEntry.event_id == entry.event_id,
        RoomEntry.win == entry.win,
        RoomEntry.key >= low,
        sa.tuple_(RoomEntry.key, RoomEntry.user_id) < (entry.key, entry.user_id),
    )
    return db.session.scalar(query) or 0


def _live(event_id: int, user_id: int) -> sa.Select[RoomPass]:
    return sa.select(RoomPass).where(
        RoomPass.event_id == event_id, RoomPass.user_id == user_id, RoomPass.ended_at.is_(None)
    )


def document_of(public_id: str) -> str:
    """What the control last published; empty when there is no such room."""
    query = sa.select(Room.document).join(Room.event).where(Event.public_id == public_id)
    return db.session.scalar(query) or ""


def table_of(public_id: str, name: str) -> bytes | None:
    """The table of keys of that name, if it is the present one."""
    query = sa.select(Room.table).join(Room.event)
    return db.session.scalar(query.where(Event.public_id == public_id, Room.table_hash == name))
