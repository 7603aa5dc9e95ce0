"""Where one person stands in a room at this moment, for a page or an answer of the API."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from tixapp.events.models import Event, EventStatus
from tixapp.waiting.models import Room, RoomEntry, RoomPass, RoomStatus
from tixapp.waiting.rules.document import estimate, last_ranks

from .room import entry_of, joined_so_far, live_pass, rank_of


class Turn(StrEnum):
    """What a person may do now."""

    ANNOUNCED = "announced"  # the sale has not opened
    STRANGER = "stranger"  # it has, and they have not joined
    DRAWING = "drawing"  # their window's order is not known yet
    WAITING = "waiting"
    CALLED = "called"  # they may claim a pass
    SHOPPING = "shopping"  # they have one
    PAUSED = "paused"
    SOLD_OUT = "sold_out"
    CLOSED = "closed"


@dataclass(frozen=True)
class Standing:
    """`rank` from 1 among all, `ahead` those who are still to be let in first. `eta`: seconds, at
    the least and at the most; None when nothing is known of the pace. `odds`: of those ahead and
    oneself, how many will probably get a place."""

    turn: Turn
    opens_at: datetime
    joined: int
    entry: RoomEntry | None = None
    rank: int | None = None
    ahead: int | None = None
    eta: tuple[int, int] | None = None
    odds: int | None = None
    admission: RoomPass | None = None

    @property
    def has_joined(self) -> bool:
        return self.entry is not None


def standing_of(event: Event, room: Room, user_id: int | None, *, now: datetime) -> Standing:
    """At most five statements, however many wait."""
    opens_at = room.opens_at or event.on_sale_at or room.announced_at
    entry = entry_of(event.id, user_id) if user_id is not None else None
    joined = joined_so_far(room)
    admission = live_pass(event.id, user_id) if entry and user_id is not None else None
    if admission is not None and not admission.is_good(now=now) and event.paused_at is None:
        admission = None
    turn = _turn(event, room, entry, admission, now=now)
    rank = rank_of(room, entry) if entry is not None else None
    ahead = max(rank - room.admitted - 1, 0) if rank is not None else None
    last = last_ranks(room.document)
    eta = estimate(room.document, ahead) if ahead is not None else None
    odds = None
    if rank is not None and last is not None and last[1] < rank:
        odds = max(last[1] - room.admitted, 0)
    return Standing(turn, opens_at, joined, entry, rank, ahead, eta, odds, admission)


def _turn(
    event: Event,
    room: Room,
    entry: RoomEntry | None,
    admission: RoomPass | None,
    *,
    now: datetime,
) -> Turn:
    is_over = event.status != EventStatus.PUBLISHED or event.sales_end_at <= now
    if is_over or room.status == RoomStatus.CLOSED:
        return Turn.CLOSED
    if event.paused_at is not None:
        return Turn.PAUSED
    if admission is not None:
        return Turn.SHOPPING
    if not room.is_drawn and room.entrants_root is None:
        return Turn.ANNOUNCED
    return Turn.SOLD_OUT if room.status == RoomStatus.SOLD_OUT else _place(room, entry)


def _place(room: Room, entry: RoomEntry | None) -> Turn:
    if entry is None:
        return Turn.STRANGER
    if room.is_below_cut(entry.win, entry.key):
        return Turn.CALLED
    return Turn.DRAWING if entry.key is None else Turn.WAITING
