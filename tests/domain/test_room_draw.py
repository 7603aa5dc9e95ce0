"""Joining a room, and the draw that everybody can check."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from tests.factories.accounts import make_user
from tests.factories.rooms import OPENS, crowd, in_order, join, look, make_room, room_of
from tests.people import Person
from tixapp.core.db import db
from tixapp.waiting.keys import room_secrets
from tixapp.waiting.models import RoomEntry, RoomStatus
from tixapp.waiting.rules import draw

SECOND = timedelta(seconds=1)


def entries() -> list[RoomEntry]:
    return list(db.session.scalars(sa.select(RoomEntry).order_by(RoomEntry.user_id)))


def test_an_announced_room_shows_a_commitment_and_hides_its_secret(
    alice: Person, now: datetime
) -> None:
    event = make_room(alice.seller)
    room = room_of(event)
    assert (room.status, room.s0, room.master) == (RoomStatus.ANNOUNCED, None, None)
    secret = room_secrets().open_master(room.sealed_master, event.public_id)
    assert draw.commitment(secret).hex() == room.commitment
    assert secret not in room.sealed_master


def test_joining_again_is_the_same_place(alice: Person, bob: Person, now: datetime) -> None:
    event = make_room(alice.seller)
    first = join(event, bob.user)
    again = join(event, bob.user, now=OPENS + timedelta(minutes=3))
    assert (first.win, first.is_new) == (0, True)
    assert (again.win, again.is_new) == (0, False)
    assert len(entries()) == 1


def test_nothing_is_drawn_before_the_sale_opens(alice: Person, bob: Person, now: datetime) -> None:
    event = make_room(alice.seller)
    join(event, bob.user)
    room = look(event, at=OPENS - SECOND)
    assert (room.status, room.s0, room.joined_before) == (RoomStatus.ANNOUNCED, None, 1)
    assert [entry.key for entry in entries()] == [None]


def test_the_draw_is_the_published_function_of_what_was_published(
    alice: Person, now: datetime
) -> None:
    event = make_room(alice.seller)
    people = crowd(event, 12)
    room = look(event, at=OPENS)
    found = entries()
    assert room.status == RoomStatus.OPEN
    assert room.entrants_root == draw.entrants_root(entry.eid for entry in found)
    secret = room_secrets().open_master(room.sealed_master, event.public_id)
    assert room.s0 == draw.first_salt(secret, event.public_id, room.entrants_root, "none")
    assert [entry.key for entry in found] == [draw.key(room.s0, entry.eid) for entry in found]
    expected = sorted(found, key=lambda entry: (entry.key, entry.user_id))
    assert [p.id for p in in_order(event, people)] == [entry.user_id for entry in expected]


def test_whoever_comes_later_is_behind_and_in_windows_of_ten_seconds(
    alice: Person, now: datetime
) -> None:
    event = make_room(alice.seller)
    early = crowd(event, 3)
    look(event, at=OPENS)
    late = make_user("Late")
    later = make_user("Later")
    assert join(event, late, now=OPENS + 9 * SECOND).win == 1
    assert join(event, later, now=OPENS + 10 * SECOND).win == 2
    room = look(event, at=OPENS + 30 * SECOND)
    assert (room.closed_win, room.joined_before, room.joined_late) == (2, 3, 2)
    assert in_order(event, [later, late, *early])[3:] == [late, later]


def test_a_join_never_falls_into_a_window_whose_order_is_known(
    alice: Person, bob: Person, now: datetime
) -> None:
    event = make_room(alice.seller)
    look(event, at=OPENS + 60 * SECOND)
    closed = room_of(event).closed_win
    assert join(event, bob.user, now=OPENS - 5 * SECOND).win == closed + 1
