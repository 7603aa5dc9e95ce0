"""The shared document of a room, made once for each change."""

from __future__ import annotations

from datetime import datetime

from tixapp.events.models import Event, EventStatus
from tixapp.inventory.queries import availability
from tixapp.waiting.codes.room import RoomSecrets
from tixapp.waiting.models import Room, RoomStatus
from tixapp.waiting.queries.room import latest_windows, locked_room
from tixapp.waiting.rules.beacon import Round, announced, read
from tixapp.waiting.rules.document import (
    LATE_SALTS,
    RoomNews,
    document,
    is_signed_by,
    news_of,
    news_text,
)
from tixapp.waiting.rules.draw import late_salt


def publish_news(event: Event, *, secrets: RoomSecrets, now: datetime) -> str:
    """Writes the document anew if anything has changed; what it says now. `event` comes with its
    tiers."""
    room = locked_room(event.id)
    if room is None:
        return ""
    text = news_text(_news(event, room, secrets, now=now))
    if text != news_of(room.document) or not is_signed_by(room.document, secrets.sign):
        room.seq += 1
        room.document = document(text, seq=room.seq, now=now, sign=secrets.sign)
    return room.document


def _news(event: Event, room: Room, secrets: RoomSecrets, *, now: datetime) -> RoomNews:
    left = availability([event.id], now=now)
    state = _state(event, room, now=now)
    opens_at = room.opens_at or event.on_sale_at or room.announced_at
    return RoomNews(
        event=event.public_id,
        opens_at=opens_at,
        state=state,
        reason=_reason(room, state),
        cut=room.cut,
        admitted=room.admitted,
        joined=(room.joined_before, room.joined_late),
        rate=int(room.learned.get("pace", 0)),
        last_rank=room.learned.get("last_rank", []),
        tiers=[
            (tier.public_id, tier.price_minor, left[tier.id].state)
            for tier in event.tiers
            if tier.id in left and not tier.hidden
        ],
        gate=state == "open" and bool(room.learned.get("gate")),
        salts=_salts(event, room, secrets),
        table=room.table_hash,
        commitment=room.commitment,
        beacon=_beacon(room, opens_at),
    )


def _beacon(room: Room, opens_at: datetime) -> str:
    """Its name and number; the value stands on the proof page, for whoever wants it."""
    said = announced(room.beacon, opens_at)
    named = read(said)
    return Round(named.number).text if named else said


def _state(event: Event, room: Room, *, now: datetime) -> str:
    is_over = event.status != EventStatus.PUBLISHED or event.sales_end_at <= now
    if is_over or room.status == RoomStatus.CLOSED:
        return "closed"
    if event.paused_at is not None:
        return "paused"
    return room.status.value


def _reason(room: Room, state: str) -> str:
    """Why it is not faster: of a running sale as the control saw it."""
    if state == "paused":
        return "organiser"
    return str(room.learned.get("reason", "")) if state == "open" else ""


def _salts(event: Event, room: Room, secrets: RoomSecrets) -> list[tuple[int, bytes]]:
    if room.s0 is None:
        return []
    found = [(0, room.s0)]
    if late := latest_windows(room, most=LATE_SALTS):
        master = secrets.open_master(room.sealed_master, event.public_id)
        found += [(win, late_salt(master, event.public_id, win)) for win in late]
    return found
