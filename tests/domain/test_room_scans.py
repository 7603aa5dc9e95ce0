"""However many wait in a room, what is asked again and again looks at as much as before."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from tests.factories.rooms import OPENS, claim, join, look, make_room, room_of
from tests.fixtures.plans import Asked, rows_read
from tests.people import Person
from tixapp.core.db import db, transaction
from tixapp.events.models import Event
from tixapp.waiting.actions.drawing import write_keys
from tixapp.waiting.actions.passes import note_asking
from tixapp.waiting.actions.steering import COUNTED_A_SECOND, count_joins, steer
from tixapp.waiting.queries.room import event_of_room, people_with_passes
from tixapp.waiting.queries.standing import standing_of

LONG = 20_000
ANOTHER = 0
SECOND = timedelta(seconds=1)
# What one look may see of a crowd: those it calls, with those who choose; and a few steps of a key.
A_FEW = 1_500


@pytest.fixture
def event(alice: Person, bob: Person, now: datetime) -> Event:
    """Bob and twenty thousand others, whom PostgreSQL has not counted yet: its figures are those of
    a smaller room."""
    many_join(ANOTHER, 2_000)
    db.session.execute(sa.text("ANALYZE room_entries"))
    event = make_room(alice.seller, capacity=1_000, a_max=100, rate=6_000)
    join(event, bob.user)
    many_join(event.id, LONG)
    return event


@pytest.fixture
def drawn(event: Event) -> Event:
    look(event, at=OPENS)
    db.session.execute(sa.text("ANALYZE room_entries"))
    return event


def many_join(event_id: int, count: int) -> None:
    """So many, without the people."""
    for sql in (
        "ALTER TABLE room_entries DISABLE TRIGGER ALL",  # they need no rows of users; rolled back
        """
        INSERT INTO room_entries (user_id, event_id, eid, win, joined_at)
        SELECT 1000000 + n, :event, substring(sha256(int8send(n)) FROM 1 FOR 16), 0, now()
        FROM generate_series(1, :count) AS n
        """,
    ):
        values = {"event": event_id, "count": count} if ":event" in sql else {}
        db.session.execute(sa.text(sql), values)
    db.session.commit()


def read_by(asked: Asked, deed: Callable[[], object]) -> int:
    """Rows that the room's questions look at in this."""
    asked.clear()
    deed()
    return rows_read([one for one in asked if "room_" in one[0] and "FOR NO KEY" not in one[0]])


def test_a_look_of_the_control_reads_those_it_calls_and_not_those_who_wait(
    drawn: Event, asked: Asked
) -> None:
    def looks() -> None:
        with transaction():
            steer(event_of_room(drawn.id), now=OPENS + SECOND)

    assert room_of(drawn).joined == LONG + 1
    assert read_by(asked, looks) < A_FEW
    assert room_of(drawn).admitted > 100


def test_finding_ones_place_reads_a_step_of_the_keys(
    drawn: Event, bob: Person, asked: Asked
) -> None:
    def asks() -> None:
        standing = standing_of(drawn, room_of(drawn), bob.id, now=OPENS + SECOND)
        assert standing.rank is not None

    assert read_by(asked, asks) < A_FEW


def test_joining_claiming_and_asking_again_read_ones_own_rows(
    drawn: Event, bob: Person, asked: Asked
) -> None:
    db.session.execute(sa.text("UPDATE rooms SET cut_win = 1"))

    def comes() -> None:
        join(drawn, bob.user, now=OPENS + SECOND)
        claim(drawn, bob.user, now=OPENS + SECOND)
        note_asking(drawn.id, bob.id, now=OPENS + SECOND)
        assert people_with_passes(drawn.id, now=OPENS + SECOND) == (1, 0)

    assert read_by(asked, comes) < 100


def test_the_keys_of_a_draw_are_written_in_pieces_by_reading_each_row_at_most_twice(
    event: Event, asked: Asked
) -> None:
    """Also while PostgreSQL believes that hardly anybody is there: by a join, as it was once, it
    would go through all of them again for each of them."""
    asked.clear()
    with transaction():
        assert write_keys(event.id, 0, b"salt", most=1_000) == 1_000
    assert rows_read([one for one in asked if "room_entries" in one[0]]) <= 2 * LONG


def test_before_the_draw_people_are_counted_less_often_the_more_they_are(
    event: Event, bob: Person, carol: Person
) -> None:
    def counted(at: datetime) -> int:
        with transaction():
            count_joins(event_of_room(event.id), now=at)
        return room_of(event).joined_before

    begin = OPENS - timedelta(minutes=30)
    assert counted(begin) == LONG + 1
    join(event, carol.user, now=begin)
    assert counted(begin + timedelta(seconds=LONG / COUNTED_A_SECOND / 2)) == LONG + 1
    assert counted(begin + timedelta(seconds=LONG / COUNTED_A_SECOND + 1)) == LONG + 2
