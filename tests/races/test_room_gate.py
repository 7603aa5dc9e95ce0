"""Many at the door at the same moment: never more inside than may be."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.factories.rooms import OPENS, crowd, join, look, make_room, room_of
from tests.people import Person
from tests.races.threads import at_once, errors, unlocked
from tixapp.core.db import db, transaction
from tixapp.events.models import Event
from tixapp.events.queries import event_by_id
from tixapp.waiting.actions.passes import claim_pass
from tixapp.waiting.models import RoomEntry, RoomPass
from tixapp.waiting.queries import room as queries

SHOPPERS = 3


@pytest.fixture
def event(alice: Person, now: datetime) -> Event:
    """Ten people whose turn it is, and three who may choose at once."""
    event = make_room(alice.seller, capacity=1000, a_max=20, rate=60_000, is_strict=False)
    crowd(event, 10)
    look(event, at=OPENS)
    room = room_of(event)
    assert room.admitted == 10
    room.a_max = SHOPPERS
    db.session.commit()
    return event


def claims(event: Event) -> list[Callable[[], int]]:
    public_id = event.public_id
    people = list(db.session.scalars(sa.select(RoomEntry.user_id)))

    def claim(user_id: int) -> Callable[[], int]:
        def run() -> int:
            with transaction():
                return claim_pass(event_by_id(public_id), user_id, now=OPENS).nth

        return run

    return [claim(user_id) for user_id in people]


def count(rows: type[Any]) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(rows)) or 0


def test_claims_at_once_never_let_in_more_than_may_shop(app: Flask, event: Event) -> None:
    answers = at_once(app, claims(event))
    assert errors(answers) == ["GateFull"] * 7
    assert sorted(answer for answer in answers if isinstance(answer, int)) == [1, 2, 3]
    assert count(RoomPass) == SHOPPERS


def test_without_the_lock_the_check_of_the_table_is_what_refuses(
    app: Flask, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "locked", unlocked)
    met = set()
    for _ in range(5):
        met |= set(errors(at_once(app, claims(event))))
        assert count(RoomPass) <= SHOPPERS
        db.session.execute(sa.text("TRUNCATE room_passes"))
        db.session.commit()
    assert "IntegrityError" in met


def test_one_person_in_many_tabs_has_one_pass(app: Flask, event: Event) -> None:
    [first, *_] = claims(event)
    answers = at_once(app, [first] * 8)
    assert errors(answers) == []
    assert count(RoomPass) == 1


def test_one_person_joining_from_many_devices_has_one_place(
    app: Flask, event: Event, bob: Person
) -> None:
    user = bob.user
    before = count(RoomEntry)
    answers = at_once(app, [lambda: join(event, user, now=OPENS).is_new] * 8)
    assert errors(answers) == []
    assert sorted(map(bool, answers)) == [False] * 7 + [True]
    assert count(RoomEntry) == before + 1
