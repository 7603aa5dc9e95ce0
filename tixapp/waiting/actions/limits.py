"""What the seller or the platform sets while people wait."""

from __future__ import annotations

from datetime import datetime

from tixapp.core.errors import Invalid
from tixapp.core.trail import note
from tixapp.events.models import Event
from tixapp.waiting.errors.room import NoRoom, RoomClosed
from tixapp.waiting.models import Room, RoomStatus
from tixapp.waiting.queries.room import locked_room

MOST_RATE, MOST_SHOPPING = 100_000, 20_000


def set_limits(
    event: Event, *, rate: int, a_max: int, is_strict: bool, by: int | None, now: datetime
) -> Room:
    """From the next look of the control on. Fewer at once than choose now lets nobody new in until
    so many have gone. Raises Invalid, RoomClosed, NoRoom."""
    faults = {}
    if not 1 <= rate <= MOST_RATE:
        faults["rate"] = f"is a number from 1 to {MOST_RATE}"
    if not 1 <= a_max <= MOST_SHOPPING:
        faults["a_max"] = f"is a number from 1 to {MOST_SHOPPING}"
    if faults:
        raise Invalid("Some of what was entered does not fit.", faults)
    room = locked_room(event.id)
    if room is None:
        raise NoRoom("This event has no waiting room.")
    if room.status == RoomStatus.CLOSED:
        raise RoomClosed("This waiting room is closed.")
    before = _said(room)
    room.rate, room.a_max, room.is_strict = rate, a_max, is_strict
    note("room.steered", event.public_id, by=by, now=now, before=before, after=_said(room))
    return room


def _said(room: Room) -> dict[str, int | bool]:
    return {"rate": room.rate, "a_max": room.a_max, "strict": room.is_strict}
