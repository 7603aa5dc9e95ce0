"""The organiser and the platform steer a room; and what goes wrong with rooms elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask

from tests.factories.rooms import OPENS, claim, crowd, join, look, make_room, room_of
from tests.fixtures.app import new_browser
from tests.fixtures.program import program_of
from tests.people import Person
from tixapp.core.trail import history
from tixapp.events.models import Event
from tixapp.waiting.shelf import shelf

SECOND = timedelta(seconds=1)
Clock = Callable[[datetime | timedelta], datetime]


@pytest.fixture
def event(alice: Person, now: datetime) -> Event:
    return make_room(alice.seller)


def limits(event: Event) -> tuple[int, int, bool]:
    room = room_of(event)
    return room.rate, room.a_max, room.is_strict


def test_the_organiser_sees_the_room_live(event: Event, alice: Person, bob: Person) -> None:
    join(event, bob.user)
    look(event, at=OPENS)
    claim(event, bob.user, now=OPENS)
    page = alice.browser.get(f"/sell/events/{event.public_id}/room")
    assert page.status_code == 200
    figures = alice.browser.get(f"/sell/events/{event.public_id}/room.json").get_json()
    numbers = {name: figures[name] for name in ("state", "joined", "admitted", "active", "bought")}
    assert numbers == {
        "state": "Letting people in",
        "joined": "1",
        "admitted": "1",
        "active": "1",
        "bought": "0",
    }


@pytest.mark.parametrize("where", ["/sell/events/{}/room", "/staff/rooms/{}"])
def test_who_steers_sets_rate_number_and_strictness_and_it_is_written_down(
    event: Event, alice: Person, erin: Person, where: str
) -> None:
    person = alice if where.startswith("/sell") else erin
    path = where.format(event.public_id)
    sent = person.browser.submit(path, rate="90", a_max="7")
    assert sent.status_code == 303
    assert limits(event) == (90, 7, False)
    [entry] = [one for one in history(event.public_id) if one.deed == "room.steered"]
    assert (entry.by, entry.after) == (person.id, {"rate": 90, "a_max": 7, "strict": False})


@pytest.mark.parametrize("wrong", ["0", "-1", "1.5", "", "1e9", "9999999"])
def test_numbers_that_make_no_sense_change_nothing(event: Event, alice: Person, wrong: str) -> None:
    before = limits(event)
    path = f"/sell/events/{event.public_id}/room"
    assert alice.browser.submit(path, rate=wrong, a_max="7").status_code == 422
    assert limits(event) == before


def test_the_platform_lists_all_open_rooms_and_pauses_one(
    event: Event, erin: Person, at: Clock
) -> None:
    assert event.name in erin.browser.get("/staff/rooms").text
    erin.browser.submit(f"/staff/rooms/{event.public_id}/pause")
    look(event, at=OPENS)
    assert room_of(event).admitted == 0
    erin.browser.submit(f"/staff/rooms/{event.public_id}/resume")
    assert "Pause the sale" in erin.browser.get(f"/staff/rooms/{event.public_id}").text


# What goes wrong elsewhere


def test_asking_moves_nobody_forward(app: Flask, event: Event, bob: Person, at: Clock) -> None:
    """Waves that advance when somebody polls."""
    crowd(event, 30)
    room = room_of(event)
    room.a_max = 2
    join(event, bob.user)
    before = look(event, at=OPENS).cut
    token = program_of(app, bob.user).post(f"/events/{event.public_id}/waiting-room/join", {})
    path = f"/events/{event.public_id}/waiting-room/status?token={token.get_json()['token']}"
    for _ in range(20):
        bob.browser.get(f"/e/{event.slug}/room")
        program_of(app, bob.user).get(path)
    assert room_of(event).cut == before


def test_a_waiting_crowd_asks_the_database_once_for_each_change(
    app: Flask, event: Event, queries: Callable[[], object]
) -> None:
    """One document for everyone: a hundred looks are one question."""
    look(event, at=OPENS)
    shelf().clear()
    browser = new_browser(app)
    address = f"/room/{event.public_id}.json"
    assert browser.get(address).status_code == 200
    with queries() as asked:  # type: ignore[attr-defined]
        for _ in range(100):
            assert browser.get(address).status_code == 200
    assert len(asked) <= 2


def test_how_often_one_joins_is_counted_by_no_id_that_a_client_sends(
    app: Flask, event: Event, bob: Person
) -> None:
    for n in range(40):
        headers = {"X-Forwarded-For": f"10.0.0.{n}", "X-Client-Id": str(n)}
        sent = bob.browser.submit(f"/e/{event.slug}/room", headers=headers)
        assert sent.status_code == 303
    assert look(event, at=OPENS).joined == 1
