"""The rooms that somebody has joined, among all of their places."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

import pytest

from tests.factories.events import make_event, make_tier
from tests.factories.rooms import OPENS, claim, in_order, join, look, make_room, room_of
from tests.fixtures.time import NOON
from tests.people import Person
from tests.web.html import links
from tixapp.core.db import db, transaction
from tixapp.events.models import Event
from tixapp.waiting.actions.pausing import pause_sale
from tixapp.waiting.jobs.room import announce_missing_rooms
from tixapp.waiting.queries.joined import rooms_of

Queries = Callable[[], AbstractContextManager[list[str]]]
SECOND = timedelta(seconds=1)


@pytest.fixture
def event(alice: Person, now: datetime) -> Event:
    return make_room(alice.seller)


def state(person: Person, at: datetime) -> str:
    db.session.expire_all()
    [found] = rooms_of(person.id, now=at)
    return found.state


def test_all_places_show_the_rooms_that_one_has_joined_and_what_happens_next(
    event: Event, bob: Person, carol: Person
) -> None:
    assert "You are on no waiting list" in bob.browser.get("/places").text
    join(event, bob.user)
    page = bob.browser.get("/places").text
    assert "everyone who has joined is drawn in a random order" in page
    assert links(page, "To the waiting room") == [f"/e/{event.slug}/room"]
    assert "You are on no waiting list" in carol.browser.get("/places").text


def test_the_words_follow_the_room(event: Event, bob: Person, carol: Person, dan: Person) -> None:
    room_of(event).a_max = 1
    db.session.commit()
    people = [bob, carol]
    for person in people:
        join(event, person.user)
    assert state(bob, OPENS - SECOND) == "announced"
    look(event, at=OPENS)
    order = in_order(event, [bob.user, carol.user])
    first, second = sorted(people, key=lambda person: order.index(person.user))
    assert (state(first, OPENS), state(second, OPENS)) == ("called", "waiting")
    assert "You may choose tickets now" in first.browser.get("/places").text
    join(event, dan.user, now=OPENS + SECOND)
    assert state(dan, OPENS + SECOND) == "drawing"
    claim(event, first.user, now=OPENS)
    with transaction():
        pause_sale(event.id, by=None, now=OPENS + SECOND)
    assert state(second, OPENS + SECOND) == "paused"
    assert rooms_of(bob.id, now=event.starts_at) == []


def test_the_page_asks_as_much_for_three_rooms_as_for_one(
    alice: Person, event: Event, bob: Person, queries: Queries
) -> None:
    join(event, bob.user)
    bob.browser.get("/places")  # signs in
    with queries() as few:
        bob.browser.get("/places")
    for n in range(2):
        other = make_event(
            alice.seller, f"Other {n}", has_room=True, on_sale_at=OPENS, published_at=NOON
        )
        make_tier(other)
        announce_missing_rooms()
        join(other, bob.user)
    with queries() as many:
        bob.browser.get("/places")
    assert len(many) == len(few) <= 5
