"""What must hold of every draw, on PostgreSQL: F1 (the same order whatever happens to servers), F2
(coming early gives nothing), F5 (the published transcript gives every place)."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from io import BytesIO
from math import sqrt

import pytest
import sqlalchemy as sa

from tests.factories import saved
from tests.factories.accounts import make_user
from tests.factories.rooms import OPENS, crowd, join, look, make_room, room_of
from tests.people import Person
from tixapp.accounts.models import User
from tixapp.core.db import db, transaction
from tixapp.events.models import Event
from tixapp.waiting.actions.drawing import draw_room, write_keys
from tixapp.waiting.keys import room_secrets
from tixapp.waiting.models import RoomEntry
from tixapp.waiting.queries.proof import published_of, ranked
from tixapp.waiting.queries.room import event_of_room
from tixapp.waiting.rules import draw
from tixapp.waiting.rules.transcript import read, written
from tixapp.waiting.rules.verify import Finding, Noted, findings
from tixapp.waiting.shelf import shelf

SECOND = timedelta(seconds=1)


@pytest.fixture
def event(alice: Person, now: datetime) -> Event:
    event = make_room(alice.seller)
    crowd(event, 30)
    return event


def people_of(event: Event) -> list[User]:
    query = sa.select(User).join(RoomEntry, RoomEntry.user_id == User.id)
    return list(db.session.scalars(query.where(RoomEntry.event_id == event.id).order_by(User.id)))


def digest(event: Event) -> str:
    """One hash over the whole ranking."""
    rows = list(ranked(event.id, room_of(event).closed_win))
    assert rows
    return hashlib.sha256(repr(rows).encode()).hexdigest()


def checked(text: str, noted: Noted) -> list[Finding]:
    return list(findings(read(BytesIO(text.encode())), noted))


def test_an_emptied_redis_and_other_devices_leave_the_whole_ranking_as_it_was(
    event: Event,
) -> None:
    look(event, at=OPENS)
    before = digest(event)
    redis = shelf().redis
    assert redis is not None
    redis.flushdb()
    shelf().clear()
    for person in people_of(event):
        assert not join(event, person, now=OPENS + 90 * SECOND).is_new
    for seconds in range(1, 40, 3):
        look(event, at=OPENS + (90 + seconds) * SECOND)
    assert digest(event) == before


def test_a_control_killed_between_draw_and_keys_carries_on_to_the_same_ranking(
    event: Event,
) -> None:
    with transaction():
        draw_room(event_of_room(event.id), secrets=room_secrets(), now=OPENS)
    room = room_of(event)
    salt = room.s0
    assert salt is not None
    with transaction():
        assert write_keys(event.id, 0, salt, most=7) == 7
    # Here it died. Another one takes over, and draws nothing anew.
    look(event, at=OPENS + 5 * SECOND)
    assert room_of(event).s0 == salt
    expected = sorted(
        (draw.key(salt, entry.eid), entry.user_id, entry.eid)
        for entry in db.session.scalars(sa.select(RoomEntry))
    )
    found = [eid for _win, eid in ranked(event.id, 0)]
    assert found == [eid for _key, _user, eid in expected]


def test_coming_early_and_standing_in_front_have_nothing_to_do_with_each_other(
    alice: Person, now: datetime
) -> None:
    """Spearman's rho between arrival and place, of 400 people in one window."""
    event = make_room(alice.seller)
    template = make_user("Someone")
    people = [
        saved(
            User(
                name="x",
                email=f"p{n}@example.com",
                email_key=f"p{n}@example.com",
                password_hash=template.password_hash,
                created_at=now,
            )
        )
        for n in range(400)
    ]
    for person in people:
        join(event, person)
    look(event, at=OPENS)
    eids = {entry.eid: entry.user_id for entry in db.session.scalars(sa.select(RoomEntry))}
    place = {eids[eid]: at for at, (_win, eid) in enumerate(ranked(event.id, 0))}
    n = len(people)
    squares = sum((came - place[person.id]) ** 2 for came, person in enumerate(people))
    rho = 1 - 6 * squares / (n * (n * n - 1))
    # Three of these is what chance passes once in four hundred draws; this, in a hundred thousand.
    assert abs(rho) < 4.5 / sqrt(n)


def test_the_published_transcript_gives_every_place_and_matches_the_commitment(
    event: Event,
) -> None:
    look(event, at=OPENS)
    for n in range(3):
        join(event, make_user(f"Late{n}"), now=OPENS + (10 * n + 1) * SECOND)
    look(event, at=OPENS + 60 * SECOND)
    look(event, at=event.starts_at)
    room = room_of(event)
    published = published_of(event_of_room(event.id), room, room_secrets())
    text = "".join(written(published, ranked(event.id, room.closed_win), room.joined))
    assert published.master is not None
    assert text.count("\n") > room.joined == 33
    noted = Noted(commit=bytes.fromhex(room.commitment), root=room.entrants_root)
    assert [one.says for one in checked(text, noted) if not one.holds] == []
    first = text.splitlines()[-room.joined].split()[2]
    assert [one for one in checked(text.replace(first, "0" * 32), noted) if not one.holds]
