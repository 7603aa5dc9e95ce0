"""Joining while the draw is made, step by step and at once: in the draw, or behind it."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.factories.rooms import OPENS, crowd, join, make_room, room_of
from tests.fixtures.program import make_key
from tests.people import Person
from tixapp.accounts.queries import ShownKey, hashed
from tixapp.core.db import db, transaction
from tixapp.events.models import Event
from tixapp.waiting.actions import room as joining
from tixapp.waiting.actions.drawing import draw_room
from tixapp.waiting.actions.room import Joined, join_at_once
from tixapp.waiting.keys import room_secrets
from tixapp.waiting.models import RoomEntry
from tixapp.waiting.queries.room import event_of_room
from tixapp.waiting.rules.draw import entrants_root

# By a server whose clock is behind: for it the sale has not opened.
JUST_BEFORE = OPENS - timedelta(seconds=1)
WAYS = ["step by step", "at once"]
Join = Callable[[], Joined]


@pytest.fixture
def event(alice: Person, now: datetime) -> Event:
    event = make_room(alice.seller)
    crowd(event, 3)
    return event


@pytest.fixture(params=WAYS)
def joins(request: pytest.FixtureRequest, app: Flask, event: Event, bob: Person) -> Join:
    """Bob joins in a thread of his own."""
    shown = ShownKey(hashed(make_key(bob.user)), ["write"])
    public_id, user = event.public_id, bob.user

    def run() -> Joined:
        with app.app_context():
            if request.param == "step by step":
                return join(event, user, now=JUST_BEFORE)
            found = join_at_once(public_id, shown=shown, secrets=room_secrets(), now=JUST_BEFORE)
            assert found is not None
            return found[1]

    return run


def waiting_for_the_draw() -> int:
    query = sa.text(
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = :draws"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        " AND NOT granted"
    )
    return db.session.scalar(query, {"draws": joining.DRAWING}) or 0


def those_in_the_draw() -> bytes:
    query = sa.select(RoomEntry.eid).where(RoomEntry.win == 0)
    return entrants_root(db.session.scalars(query))


def test_who_joins_while_the_draw_is_made_waits_for_it_and_stands_behind_it(
    event: Event, joins: Join
) -> None:
    with ThreadPoolExecutor(1) as pool:
        with transaction():
            assert draw_room(event_of_room(event.id), secrets=room_secrets(), now=OPENS)
            bobs = pool.submit(joins)
            until = time.monotonic() + 20
            while not waiting_for_the_draw():
                assert time.monotonic() < until
                time.sleep(0.01)
        assert bobs.result(timeout=20) == Joined(win=1, key=None, is_new=True)
    assert those_in_the_draw() == room_of(event).entrants_root


def test_without_the_lock_they_would_be_in_a_draw_that_does_not_know_them(
    event: Event, joins: Join, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control."""
    monkeypatch.setattr(joining, "_WAIT", "SELECT 1")
    with ThreadPoolExecutor(1) as pool, transaction():
        assert draw_room(event_of_room(event.id), secrets=room_secrets(), now=OPENS)
        assert pool.submit(joins).result(timeout=20).win == 0
    assert those_in_the_draw() != room_of(event).entrants_root
