"""Offers whose letter does not leave in time, and lists that take no more names."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.factories.events import make_tier
from tests.factories.waiting import HALF_AN_HOUR, ahead, hold_of_offer, join_list, states, stock_of
from tests.fixtures.app import new_browser
from tests.fixtures.browser import Browser
from tests.fixtures.mailbox import Mailbox
from tests.people import Person
from tests.web.html import links
from tixapp.core.db import db, transaction
from tixapp.events.models import Event, Tier
from tixapp.inventory.actions import resize_stock
from tixapp.mails.models import Mail
from tixapp.reactions import relay_facts, work_off
from tixapp.waiting.actions.ending import close_list
from tixapp.waiting.jobs.list import lapse_offers

Move = Callable[[datetime | timedelta], datetime]
Work = Callable[[], Mailbox]
Queries = Callable[[], AbstractContextManager[list[str]]]
PAGE = "/e/night-trains/list"


@pytest.fixture
def floor(event: Event) -> Tier:
    return make_tier(event, "Floor", capacity=5, sold=5)


def raise_to(tier: Tier, capacity: int, *, now: datetime) -> None:
    with transaction():
        resize_stock(tier.id, capacity, now=now)


def written(tier: Tier) -> list[str]:
    """Letters that are written and have not left."""
    db.session.commit()
    while relay_facts() + work_off():
        pass
    return list(db.session.scalars(sa.select(Mail.key).where(Mail.status == "queued")))


def test_an_offer_ends_at_its_deadline_though_its_letter_has_not_left_and_the_place_is_kept(
    now: datetime, at: Move, event: Event, floor: Tier, bob: Person, carol: Person
) -> None:
    first, second = join_list(event, bob.user, floor), join_list(event, carol.user, floor)
    raise_to(floor, 6, now=now)
    at(HALF_AN_HOUR - timedelta(seconds=1))
    assert lapse_offers() == 0
    at(now + HALF_AN_HOUR)
    assert (lapse_offers(), lapse_offers()) == (1, 0)
    assert (states(first, second), stock_of(floor)) == (["paused", "offered"], (1, 5, 0))
    page = bob.browser.get(PAGE).text
    assert "our letter about them could not be sent in time" in page
    assert "Your place in line is kept" in page


def test_who_was_never_told_comes_back_before_everyone_behind(
    now: datetime, at: Move, event: Event, floor: Tier, bob: Person, carol: Person, dan: Person
) -> None:
    mine, next_one = join_list(event, bob.user, floor), join_list(event, carol.user, floor)
    last = join_list(event, dan.user, floor)
    raise_to(floor, 6, now=now)
    at(HALF_AN_HOUR)
    lapse_offers()
    bob.browser.submit(f"/places/{mine.public_id}/return")
    assert states(mine, next_one, last) == ["waiting", "offered", "waiting"]
    assert (ahead(mine), ahead(last)) == (0, 1)


def test_the_letter_that_comes_too_late_is_taken_back_and_another_says_what_happened(
    now: datetime, at: Move, event: Event, floor: Tier, bob: Person, work: Work
) -> None:
    entry = join_list(event, bob.user, floor)
    raise_to(floor, 6, now=now)
    hold = hold_of_offer(entry)
    assert f"offer:{hold.public_id}" in written(floor)
    at(HALF_AN_HOUR)
    lapse_offers()
    letters = work().to(bob.email)
    assert [letter.subject for letter in letters] == ["Your place is kept: Night Trains"]
    assert "could not be sent in time" in letters[0].text


def test_the_deadline_is_a_time_of_day_where_the_event_is(
    now: datetime, event: Event, floor: Tier, bob: Person
) -> None:
    join_list(event, bob.user, floor)
    raise_to(floor, 6, now=now)
    page = bob.browser.get(PAGE).text.replace("\u202f", " ")
    assert "1 place is yours until 13:30, if you want it." in page
    assert "All times are Berlin time." in page


def test_whoever_is_told_in_time_and_does_not_come_has_missed_the_offer(
    now: datetime, at: Move, event: Event, floor: Tier, bob: Person, work: Work
) -> None:
    entry = join_list(event, bob.user, floor)
    raise_to(floor, 6, now=now)
    work()
    at(HALF_AN_HOUR)
    lapse_offers()
    assert states(entry) == ["expired"]
    assert work().to(bob.email)[-1].subject == "The offer is over: Night Trains"


def test_a_list_that_takes_no_names_is_offered_nowhere(
    client: Browser, now: datetime, event: Event, floor: Tier, bob: Person
) -> None:
    page = client.get("/e/night-trains").text
    assert links(page, "Join the waiting list") == [PAGE]
    assert "Waiting list" in client.get("/").text
    with transaction():
        close_list(event, by=None, now=now)
    page = bob.browser.get("/e/night-trains").text
    assert links(page, "Join the waiting list") == []
    assert "takes no more names" in page
    assert "Waiting list" not in bob.browser.get("/").text


def test_a_kind_that_is_sold_out_leads_to_the_list_only_while_it_takes_names(
    now: datetime, event: Event, floor: Tier, bob: Person
) -> None:
    make_tier(event, "Balcony", capacity=5)
    assert links(bob.browser.get("/e/night-trains").text, "Join the waiting list") == [PAGE]
    with transaction():
        close_list(event, by=None, now=now)
    assert links(bob.browser.get("/e/night-trains").text, "Join the waiting list") == []


def test_the_page_of_the_list_asks_as_much_for_one_person_in_line_as_for_many(
    event: Event, floor: Tier, bob: Person, carol: Person, dan: Person, queries: Queries
) -> None:
    join_list(event, bob.user, floor)
    bob.browser.get(PAGE)  # signs in
    with queries() as few:
        bob.browser.get(PAGE)
    for person in (carol, dan):
        join_list(event, person.user, floor)
    with queries() as many:
        bob.browser.get(PAGE)
    assert len(few) == len(many) <= 8


def test_a_stranger_sees_the_list_by_four_statements(
    app: Flask, event: Event, floor: Tier, queries: Queries
) -> None:
    browser = new_browser(app)
    browser.get(PAGE)
    with queries() as asked:
        assert browser.get(PAGE).status_code == 200
    assert len(asked) <= 4
