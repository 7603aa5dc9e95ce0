"""Whether the tickets of an event stand behind its waiting room, for whoever looks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tixapp.events.models import Event, EventStatus
from tixapp.waiting.queries.room import live_pass


@dataclass(frozen=True)
class Door:
    """`is_open`: the person may choose now, `until` then when they came through a room."""

    has_room: bool
    is_open: bool
    until: datetime | None = None
    promised: int = 0


def door_of(event: Event, user: Any, *, now: datetime) -> Door:
    """A stranger's answer depends on the event alone: the page may be drawn once for many."""
    if not event.has_room or event.status == EventStatus.DRAFT:
        return Door(has_room=False, is_open=True)
    admission = live_pass(event.id, user.id) if user.is_authenticated else None
    if admission is None or not admission.is_good(now=now):
        return Door(has_room=True, is_open=False)
    return Door(True, True, admission.expires_at, admission.promised)
