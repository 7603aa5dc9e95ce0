"""A room in numbers, as its organiser and the platform see it while people wait."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask_babel import gettext as _

from tixapp.events.models import Event
from tixapp.web.filters import local_time

from .models import Room, RoomStatus
from .queries.room import counts_of

NAMES = {
    RoomStatus.ANNOUNCED: lambda: _("Announced"),
    RoomStatus.OPEN: lambda: _("Letting people in"),
    RoomStatus.SOLD_OUT: lambda: _("Sold out"),
    RoomStatus.CLOSED: lambda: _("Closed"),
}
WHY = {
    "rate": lambda: _("as fast as the rate allows"),
    "shoppers": lambda: _("as many choose as may at once"),
    "stock": lambda: _("as many as there are places for"),
    "all_held": lambda: _("every place is held at this moment"),
    "everyone_called": lambda: _("everyone here has been called"),
}


def room_figures(event: Event, room: Room, *, now: datetime) -> dict[str, str]:
    """Numbers and short words, by the name of their place on the page."""
    counts = counts_of(room, now=now)
    paused = event.paused_at is not None and room.status == RoomStatus.OPEN
    return {
        "state": str(_("Paused") if paused else NAMES[room.status]()),
        "why": "" if paused else str(WHY.get(room.learned.get("reason", ""), str)()),
        "joined": f"{counts.joined:,}",
        "admitted": f"{counts.admitted:,}",
        "active": f"{counts.active:,}",
        "bought": f"{counts.bought:,}",
        "pace": f"{room.learned.get('pace', 0):,}",
        "end": _end(event, room, now=now),
    }


def _end(event: Event, room: Room, *, now: datetime) -> str:
    """When the last who can get a place will have been called, at the present pace."""
    pace, last = room.learned.get("pace", 0), room.learned.get("last_rank")
    if room.status != RoomStatus.OPEN or not last or pace < 1:
        return str(_("not known"))
    left = min(last[1], room.joined) - room.admitted
    if left <= 0:
        return str(_("now"))
    return local_time(now + timedelta(minutes=left / pace), event.timezone)
