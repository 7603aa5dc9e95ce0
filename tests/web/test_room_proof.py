"""From the database to whoever doubts it: one order, the same however often it is asked for."""

from __future__ import annotations

import random
import re
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.factories.accounts import make_user
from tests.factories.rooms import OPENS, crowd, join, look, make_room, room_of
from tests.fixtures.app import new_browser
from tests.people import Person
from tixapp.accounts.models import User
from tixapp.cli.draw import verify_draw
from tixapp.core.db import db
from tixapp.events.models import Event
from tixapp.waiting.keys import room_secrets
from tixapp.waiting.models import RoomEntry
from tixapp.waiting.queries.proof import published_of, ranked
from tixapp.waiting.rules.draw import Entry, digest, key, ranking
from tixapp.waiting.shelf import shelf

SECOND = timedelta(seconds=1)
LINES = Path(__file__).parents[2] / "docs/waiting.md"


@pytest.fixture
def event(alice: Person, now: datetime) -> Event:
    """Drawn, with thirty in time and six in two late windows."""
    event = make_room(alice.seller)
    crowd(event, 30)
    look(event, at=OPENS)
    for n in range(6):
        join(event, make_user(f"Late{n}"), now=OPENS + (3 if n < 4 else 45) * SECOND)
    look(event, at=OPENS + 120 * SECOND)
    return event


def order_in_the_database(event: Event) -> bytes:
    """One hash over the whole ranking."""
    rows = ranked(event.id, room_of(event).closed_win)
    return digest(Entry(win, eid, 0) for win, eid in rows)


def saved(app: Flask, event: Event, folder: Path) -> Path:
    """The transcript, as a stranger downloads it."""
    file = folder / "draw.txt"
    with new_browser(app).get(f"/e/{event.slug}/room/transcript") as answer:
        assert answer.status_code == 200
        file.write_bytes(answer.data)
    return file


def test_the_transcript_of_a_sale_that_is_over_proves_every_place(
    app: Flask, event: Event, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    commit = room_of(event).commitment
    look(event, at=event.starts_at)
    assert verify_draw([str(saved(app, event, tmp_path)), "--commit", commit]) == 0
    said = capsys.readouterr().out
    assert "Every salt follows from the secret: 3 of them." in said
    assert "The root is that of the 30 who came before the sale opened." in said
    assert "Every rank follows from its salt and its entry: 36 of them." in said


def test_while_the_sale_is_on_only_the_secret_is_missing(
    app: Flask, event: Event, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert verify_draw([str(saved(app, event, tmp_path))]) == 1
    said = capsys.readouterr().out
    assert [line[7:30] for line in said.splitlines() if line.startswith("FAILS")] == [
        "The secret is not in th"
    ]


def test_the_lines_of_the_handbook_find_a_persons_place_in_it(
    app: Flask, event: Event, tmp_path: Path
) -> None:
    look(event, at=event.starts_at)
    saved(app, event, tmp_path)
    rows = list(ranked(event.id, room_of(event).closed_win))
    [lines, _] = re.findall(r"```python\n(.*?)```", LINES.read_text(), re.S)
    mine = re.sub(r'mine = "\w+"', f'mine = "{rows[32][1].hex()}"', lines)
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", mine],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "Place 33 of 36\n"


def test_the_database_orders_as_the_published_rule_does(event: Event) -> None:
    secrets, room = room_secrets(), room_of(event)
    entries = db.session.scalars(sa.select(RoomEntry)).all()
    salts = published_of(event, room, secrets).salts
    assert sorted(salts) == [0, 1, 5]
    assert all(entry.key == key(salts[entry.win], entry.eid) for entry in entries)
    people = [Entry(e.win, e.eid, e.user_id) for e in entries]
    assert list(ranked(event.id, room.closed_win)) == [
        (e.win, e.eid) for e in ranking(people, salts)
    ]


def test_joining_again_from_anywhere_in_any_order_moves_nobody(event: Event) -> None:
    before = order_in_the_database(event)
    entries = db.session.scalars(sa.select(RoomEntry)).all()
    users = [entry.user_id for entry in entries]
    random.Random(3).shuffle(users)  # noqa: S311 - dice with a seed
    for number, user_id in enumerate(users):
        join(event, db.session.get_one(User, user_id), now=OPENS + (200 + number) * SECOND)
    look(event, at=OPENS + 400 * SECOND)
    assert order_in_the_database(event) == before
    assert len(db.session.scalars(sa.select(RoomEntry)).all()) == 36


def test_an_emptied_redis_moves_nobody(event: Event) -> None:
    before = order_in_the_database(event)
    redis = shelf().redis
    assert redis is not None
    redis.flushdb()
    look(event, at=OPENS + 130 * SECOND)
    assert order_in_the_database(event) == before


def test_a_control_that_stops_and_another_that_takes_over_move_nobody(event: Event) -> None:
    before = order_in_the_database(event)
    for minutes in (12, 11, 30):
        look(event, at=OPENS + timedelta(minutes=minutes))
    assert order_in_the_database(event) == before


def test_coming_early_does_not_help(alice: Person, now: datetime) -> None:
    """Arrival and rank are independent: five deviations are passed once in a million draws."""
    event = make_room(alice.seller)
    people = crowd(event, 400)
    look(event, at=OPENS)
    place = {eid: n for n, (_, eid) in enumerate(ranked(event.id, 0))}
    entries = {e.user_id: e.eid for e in db.session.scalars(sa.select(RoomEntry))}
    middle = 399 / 2
    pairs = [(n - middle, place[entries[person.id]] - middle) for n, person in enumerate(people)]
    rho = sum(a * b for a, b in pairs) / sum(a * a for a, _ in pairs)
    assert abs(rho) < 5 / 400**0.5
