"""The seller looks at the waiting list of an event, closes it and opens it again."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

import pytest

from tests.factories.accounts import make_user
from tests.factories.events import make_tier
from tests.factories.waiting import declines, join_list, pauses
from tests.people import Person
from tests.web.html import texts
from tixapp.core.db import transaction
from tixapp.core.trail import history
from tixapp.events.models import Event, Tier
from tixapp.inventory.actions import resize_stock
from tixapp.selling.views.lists import length_in_words
from tixapp.waiting.queries.numbers import numbers_of

Queries = Callable[[], AbstractContextManager[list[str]]]


@pytest.fixture
def floor(event: Event) -> Tier:
    return make_tier(event, "Floor", capacity=5, sold=5)


def test_the_sellers_page_asks_as_much_for_a_long_list_as_for_a_short_one(
    now: datetime, alice: Person, event: Event, floor: Tier, queries: Queries
) -> None:
    balcony = make_tier(event, "Balcony", capacity=1, sold=1)
    path = f"/sell/events/{event.public_id}/list"
    join_list(event, make_user("First"), floor)
    alice.browser.get(path)  # signs in
    with queries() as few:
        alice.browser.get(path)
    for n in range(4):
        join_list(event, make_user(f"Guest{n}"), balcony if n % 2 else floor)
    with queries() as many:
        alice.browser.get(path)
    assert len(many) == len(few) <= 7


def test_the_seller_sees_who_waits_for_what_how_long_and_what_offers_lead_to(
    now: datetime, alice: Person, event: Event, floor: Tier
) -> None:
    earlier = now - timedelta(hours=3)
    people = [make_user(f"Guest{n}") for n in range(5)]
    first = join_list(event, people[0], floor, 2, now=earlier)
    for person in people[1:3]:
        join_list(event, person, floor, 2, now=now)
    join_list(event, people[3], now=now)
    pauses(join_list(event, people[4], now=now))
    with transaction():
        resize_stock(floor.id, 7, now=now)
    declines(first)
    numbers = numbers_of(event.id)
    assert (numbers.waiting, numbers.places, numbers.offered) == (2, 3, 1)
    assert (numbers.bought, numbers.declined, numbers.conversion) == (0, 1, 0)
    assert numbers.waited == timedelta(hours=1, minutes=30)
    page = alice.browser.get(f"/sell/events/{event.public_id}/list").text
    assert texts(page, "tbody")[0].startswith("Floor 1 2 0")
    assert "Any kind 1 1 1" in texts(page, "tbody")[0]


def test_the_seller_closes_the_list_and_opens_it_again(
    alice: Person, bob: Person, event: Event, floor: Tier
) -> None:
    there = f"/sell/events/{event.public_id}/list"
    assert alice.browser.submit(f"{there}/closing").location == there
    assert "The list is closed" in texts(alice.browser.get(there).text, "h2")
    alice.browser.submit(f"{there}/closing")
    assert "takes no more names" in bob.browser.get("/e/night-trains/list").text
    alice.browser.submit(f"{there}/opening")
    assert [deed.deed for deed in history(event.public_id)] == ["list.closed", "list.opened"]
    join_list(event, bob.user, floor)


def test_an_event_for_which_nobody_waits_says_so(alice: Person, event: Event) -> None:
    page = alice.browser.get(f"/sell/events/{event.public_id}/list").text
    assert "Nobody is waiting" in page


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(minutes=1), "1 minute"),
        (timedelta(minutes=119), "119 minutes"),
        (timedelta(hours=2), "2 hours"),
        (timedelta(days=2), "2 days"),
    ],
)
def test_a_length_is_told_in_the_largest_unit_that_fits(length: timedelta, words: str) -> None:
    assert length_in_words(length) == words
