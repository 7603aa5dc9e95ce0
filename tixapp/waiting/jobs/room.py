"""The control of the rooms, run by the clock every second; and the rooms of published events."""

from __future__ import annotations

from tixapp.core.clock import clock
from tixapp.core.db import db, transaction
from tixapp.core.sweeps import each
from tixapp.events.facts import EventPublished
from tixapp.inventory.queries import availability
from tixapp.waiting.actions.drawing import draw_room, seal_windows, tabulate, write_keys
from tixapp.waiting.actions.publishing import publish_news
from tixapp.waiting.actions.room import announce_room
from tixapp.waiting.actions.steering import (
    close_when_over,
    count_joins,
    recount,
    steer,
    take_the_lead,
)
from tixapp.waiting.keys import room_secrets
from tixapp.waiting.queries.room import (
    event_of_room,
    events_without_room,
    locked_room,
    room_of,
    rooms_to_steer,
)
from tixapp.waiting.rules.beacon import NAME
from tixapp.waiting.rules.draw import NO_BEACON
from tixapp.waiting.shelf import shelf
from tixapp.web.running import settings

KEYS_AT_ONCE = 20_000
# Of one room in one look: then the others have their turn.
BATCHES = 10


def announce_at_once(fact: EventPublished) -> None:
    """In the transaction that publishes: the commitment is there from the first moment."""
    event = event_of_room(fact.event_id)
    if event.has_room:
        _announce(event.id)


def announce_missing_rooms() -> int:
    """For events that were published before they had a room; how many that were."""
    missing = [event.id for event in events_without_room()]
    db.session.rollback()

    def announce(event_id: int) -> bool:
        with transaction():
            _announce(event_id)
        return True

    return len(each(missing, announce))


def steer_rooms() -> int:
    """Looks at every room that is due; how many that were."""
    due = list(rooms_to_steer(now=clock.now()))
    db.session.rollback()
    return len(each(due, steer_room))


def steer_room(event_id: int) -> bool:
    """One look at one room, in short transactions. False: another clock is at it."""
    now, secrets = clock.now(), room_secrets()
    with transaction():
        if not take_the_lead(event_id):
            return False
        event = event_of_room(event_id)
        is_over = close_when_over(event, secrets=secrets, now=now)
        if not is_over and (event.on_sale_at is None or event.on_sale_at <= now):
            draw_room(event, secrets=secrets, now=now)
        elif not is_over:
            count_joins(event, now=now)
    if not is_over:
        _write_keys(event_id)
        with transaction():
            if not take_the_lead(event_id):
                return False
            event = event_of_room(event_id)
            seal_windows(event, secrets=secrets, now=now)
            steer(event, now=now)
    with transaction():
        event = event_of_room(event_id)
        made = publish_news(event, secrets=secrets, now=now)
    shelf().to_redis(event.public_id, made)
    return True


def _write_keys(event_id: int) -> None:
    """All that are missing in window 0 after a draw, in pieces; then the table of keys."""
    room = room_of(event_id)
    s0 = room.s0 if room is not None and not room.table_hash else None
    db.session.rollback()
    if s0 is None:
        return
    for _ in range(BATCHES):
        with transaction():
            written = write_keys(event_id, 0, s0, most=KEYS_AT_ONCE)
        if written < KEYS_AT_ONCE:
            with transaction():
                locked = locked_room(event_id)
                if locked is not None and not locked.table_hash:
                    tabulate(locked)
                    recount(locked)
            return


def _announce(event_id: int) -> None:
    event = event_of_room(event_id)
    now = clock.now()
    capacity = sum(left.capacity for left in availability([event_id], now=now).values())
    beacon = NAME if settings().room_beacon else NO_BEACON
    announce_room(event, capacity=capacity, secrets=room_secrets(), beacon=beacon, now=now)
    publish_news(event, secrets=room_secrets(), now=now)
