"""Waiting rooms, by the actions and the control that everyone else uses."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from tests.factories.accounts import make_user
from tests.factories.events import make_event, make_tier
from tests.fixtures.time import NOON
from tixapp.accounts.models import User
from tixapp.core.clock import clock
from tixapp.core.db import db, transaction
from tixapp.events.models import Event, Tier
from tixapp.events.queries import event_by_id
from tixapp.inventory.models import Hold
from tixapp.sellers.models import Seller
from tixapp.waiting.actions.passes import claim_pass, place_hold
from tixapp.waiting.actions.room import Joined, join_room
from tixapp.waiting.jobs.room import announce_missing_rooms, steer_room
from tixapp.waiting.keys import room_secrets
from tixapp.waiting.models import Room, RoomPass
from tixapp.waiting.queries.room import entry_of, rank_of

OPENS = NOON + timedelta(hours=1)


def make_room(
    seller: Seller, *, capacity: int = 100, opens_at: datetime = OPENS, **limits: Any
) -> Event:
    """An event that is announced, with one tier and a room. `limits`: rate, a_max, is_strict."""
    event = make_event(seller, has_room=True, on_sale_at=opens_at, published_at=NOON)
    make_tier(event, capacity=capacity)
    announce_missing_rooms()
    room = room_of(event)
    for name, value in limits.items():
        setattr(room, name, value)
    db.session.commit()
    return event_by_id(event.public_id)


def room_of(event: Event) -> Room:
    """As it stands in the database."""
    return db.session.get_one(Room, event.id, populate_existing=True)


def join(event: Event, user: User, *, now: datetime = NOON) -> Joined:
    with transaction():
        eid = room_secrets().entry_id(event.public_id, user.id)
        return join_room(event.id, user.id, eid=eid, now=now)


def crowd(event: Event, size: int, *, now: datetime = NOON) -> list[User]:
    """So many people, all of them in the room."""
    people = [make_user(f"Guest{n}") for n in range(size)]
    for person in people:
        join(event, person, now=now)
    return people


def look(event: Event, *, at: datetime) -> Room:
    """One look of the control; the clock stays at `at`."""
    clock.source = lambda: at
    steer_room(event.id)
    return room_of(event)


def claim(event: Event, user: User, *, now: datetime) -> RoomPass:
    with transaction():
        return claim_pass(event_by_id(event.public_id), user.id, now=now)


def in_order(event: Event, people: Sequence[User]) -> list[User]:
    """As the draw has put them."""
    room = room_of(event)
    ranks = {}
    for person in people:
        entry = entry_of(event.id, person.id)
        assert entry is not None
        ranks[person.id] = rank_of(room, entry) or 0
    return sorted(people, key=lambda person: ranks[person.id])


def only_tier(event: Event) -> Tier:
    [tier] = db.session.scalars(sa.select(Tier).filter_by(event_id=event.id))
    return tier


def hold_through(event: Event, user: User, quantity: int, *, now: datetime) -> Hold:
    """As the event's page does it, past the room."""
    with transaction():
        whole = event_by_id(event.public_id)
        picks = {whole.tiers[0].id: quantity}
        return place_hold(whole, picks, buyer_id=user.id, now=now, length=timedelta(minutes=10))
