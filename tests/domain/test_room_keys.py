"""A new SECRET_KEY, and rooms that were announced under the old one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from flask import Flask

from tests.factories.rooms import OPENS, crowd, join, look, make_room, room_of
from tests.fixtures.app import new_browser
from tests.people import Person
from tixapp.cli.setup import prepare
from tixapp.events.models import Event
from tixapp.ops.audit.rooms import rooms_can_be_drawn
from tixapp.waiting.keys import room_secrets, rooms_that_stay_shut
from tixapp.waiting.rules.document import is_signed_by
from tixapp.waiting.rules.draw import commitment, entrants_root

NEW = "another fixed secret that only tests may use"
SECOND = timedelta(seconds=1)


@contextmanager
def keys(app: Flask, *, previous: tuple[str, ...]) -> Iterator[None]:
    """The app as it runs after a change of SECRET_KEY."""
    before = app.extensions["settings"]
    changed = replace(before, secret_key=NEW, secret_previous_keys=previous)
    app.extensions["settings"] = changed
    yield
    app.extensions["settings"] = before


@pytest.fixture
def event(alice: Person, now: datetime) -> Event:
    return make_room(alice.seller)


@pytest.fixture
def old(app: Flask) -> str:
    return str(app.extensions["settings"].secret_key)


def test_a_room_that_was_announced_under_an_old_key_is_drawn_and_keeps_its_promise(
    app: Flask, event: Event, old: str, bob: Person
) -> None:
    token = room_secrets().entry_token(event.public_id, bob.id, 0)
    crowd(event, 3)
    with keys(app, previous=("an older one still", old)):
        assert rooms_that_stay_shut() == []
        room = look(event, at=OPENS)
        assert (room.status, room.joined_before) == ("open", 3)
        master = room_secrets().open_master(room.sealed_master, event.public_id)
        assert commitment(master).hex() == room.commitment
        assert room_secrets().read_entry_token(token) == (event.public_id, bob.id)


def test_who_has_joined_keeps_the_entry_that_they_were_shown(
    app: Flask, event: Event, old: str, bob: Person
) -> None:
    join(event, bob.user)
    shown = room_secrets().entry_id(event.public_id, bob.id)
    with keys(app, previous=(old,)):
        assert join(event, bob.user).is_new is False
        look(event, at=OPENS)
        assert room_of(event).entrants_root == entrants_root([shown])


def test_what_everybody_is_told_is_signed_anew_with_a_higher_number(
    app: Flask, event: Event, old: str
) -> None:
    before = look(event, at=OPENS - 10 * SECOND)
    made, seq = before.document, before.seq
    with keys(app, previous=(old,)):
        after = look(event, at=OPENS - 5 * SECOND)
        assert after.seq == seq + 1
        assert is_signed_by(after.document, room_secrets().sign)
        assert not is_signed_by(made, room_secrets().sign)
        again = look(event, at=OPENS - 2 * SECOND)
        assert again.seq == seq + 1


def test_without_the_old_key_a_release_stops_and_the_audit_says_which_room(
    app: Flask, event: Event
) -> None:
    assert rooms_can_be_drawn() == []
    with keys(app, previous=()):
        assert rooms_that_stay_shut() == [event.public_id]
        assert rooms_can_be_drawn() == [
            f"room of {event.public_id}: sealed under a SECRET_KEY that is not known any more"
        ]


def test_a_release_names_the_rooms_and_the_setting(
    monkeypatch: pytest.MonkeyPatch, app: Flask, event: Event
) -> None:
    monkeypatch.setattr("tixapp.cli.setup.upgrade", lambda: None)
    with keys(app, previous=()):
        done = app.test_cli_runner().invoke(prepare)
    assert done.exit_code == 1
    assert event.public_id in done.output
    assert "SECRET_PREVIOUS_KEYS" in done.output


def test_a_room_whose_key_is_lost_closes_with_its_sale_and_says_that_nothing_can_be_checked(
    app: Flask, event: Event
) -> None:
    look(event, at=OPENS)
    with keys(app, previous=()):
        room = look(event, at=event.starts_at)
        assert (room.status, room.master) == ("closed", None)
        assert rooms_that_stay_shut() == []
        page = new_browser(app).get(f"/e/{event.slug}/room/proof").text
    assert "this draw cannot be checked" in page
