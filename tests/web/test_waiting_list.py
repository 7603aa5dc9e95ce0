"""The page of a waiting list, and one's place on it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from tests.factories.accounts import make_user
from tests.factories.events import make_event, make_tier
from tests.factories.waiting import (
    HALF_AN_HOUR,
    accepts,
    hold_of_offer,
    join_list,
    pauses,
    states,
    stock_of,
)
from tests.fixtures.browser import Browser
from tests.fixtures.mailbox import Mailbox
from tests.people import Person
from tests.web.html import links, texts
from tixapp.core.db import db, transaction
from tixapp.events.actions import cancel
from tixapp.events.models import Event, Tier
from tixapp.inventory.actions import resize_stock
from tixapp.waiting.actions.ending import close_list
from tixapp.waiting.jobs.list import tend_lists
from tixapp.waiting.models import WaitingEntry

Move = Callable[[datetime | timedelta], datetime]
Work = Callable[[], Mailbox]
Queries = Callable[[], AbstractContextManager[list[str]]]
MINUTE = timedelta(minutes=1)
PAGE = "/e/night-trains/list"


@pytest.fixture
def floor(event: Event) -> Tier:
    return make_tier(event, "Floor", capacity=5, sold=5)


def wish(tier: Tier | None, quantity: object = 1, together: str = "fewer") -> dict[str, str]:
    named = tier.public_id if tier else "any"
    return {"tier": named, "quantity": str(quantity), "together": together}


def raise_to(tier: Tier, capacity: int, *, now: datetime) -> None:
    with transaction():
        resize_stock(tier.id, capacity, now=now)


def entries() -> int:
    return db.session.scalar(sa.select(sa.func.count(WaitingEntry.id))) or 0


def test_a_sold_out_event_leads_to_its_list(client: Browser, event: Event, floor: Tier) -> None:
    page = client.get("/e/night-trains").text
    assert PAGE in links(page, "Join the waiting list")
    assert "Sign in to join" in client.get(PAGE).text


def test_a_stranger_signs_in_first_and_comes_back(
    client: Browser, event: Event, floor: Tier
) -> None:
    answer = client.submit(PAGE, **wish(floor))
    assert answer.status_code == 303
    assert answer.location.startswith("/sign-in?next=")
    assert entries() == 0


def test_joining_shows_how_many_are_ahead_and_what_happens_next(
    event: Event, floor: Tier, bob: Person, carol: Person
) -> None:
    join_list(event, carol.user, floor)
    answer = bob.browser.submit(PAGE, **wish(floor, 2))
    assert (answer.status_code, answer.location) == (303, PAGE)
    page = bob.browser.get(PAGE).text
    assert "1 person is ahead of you." in page
    assert "we write to bob@example.com and keep them for 30 minutes" in page
    assert "2 \u00d7 Floor" in texts(page, "h2")


def test_joining_when_places_are_free_shows_the_offer_and_a_time_of_day(
    event: Event, bob: Person
) -> None:
    floor = make_tier(event, "Floor", capacity=5)
    bob.browser.submit(PAGE, **wish(floor, 2))
    page = bob.browser.get(PAGE).text
    assert "2 places are yours until 13:30, if you want them." in page.replace("\u202f", " ")


@pytest.mark.parametrize("quantity", ["0", "", "-1", "1.5", "x", "99"])
def test_a_wish_that_makes_no_sense_is_refused_in_words(
    quantity: str, event: Event, floor: Tier, bob: Person
) -> None:
    answer = bob.browser.submit(PAGE, **wish(floor, quantity))
    assert answer.status_code == 422
    assert entries() == 0


def test_a_fourth_list_in_thirty_minutes_is_refused_with_the_time_when(
    now: datetime, alice: Person, event: Event, floor: Tier, bob: Person
) -> None:
    assert alice.seller
    for n in range(3):
        other = make_event(alice.seller, f"Show {n}")
        join_list(other, bob.user, make_tier(other, "Floor", capacity=1, sold=1), now=now)
    answer = bob.browser.submit(PAGE, **wish(floor), headers={"X-Forwarded-For": "203.0.113.9"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1800")
    assert "from 13:30 (" in answer.text.replace("\u202f", " ")
    assert entries() == 3


def test_asking_again_for_the_place_one_has_is_free(
    now: datetime, alice: Person, event: Event, floor: Tier, bob: Person
) -> None:
    assert alice.seller
    mine = join_list(event, bob.user, floor)
    for n in range(2):
        other = make_event(alice.seller, f"Show {n}")
        join_list(other, bob.user, make_tier(other, "Floor", capacity=1, sold=1), now=now)
    assert bob.browser.submit(PAGE, **wish(floor)).status_code == 303
    assert (states(mine), entries()) == (["waiting"], 3)


def test_accepting_leads_to_the_ordinary_checkout_with_the_offers_deadline(
    now: datetime, event: Event, floor: Tier, bob: Person
) -> None:
    entry = join_list(event, bob.user, floor, 2)
    raise_to(floor, 7, now=now)
    answer = bob.browser.submit(f"/places/{entry.public_id}/acceptance")
    hold = hold_of_offer(entry)
    assert (answer.status_code, answer.location) == (303, f"/checkout/{hold.public_id}")
    assert "Your tickets are held" in bob.browser.get(answer.location).text
    assert "Pay until 13:30." in bob.browser.get(PAGE).text.replace("\u202f", " ")


def test_declining_leaving_resting_and_coming_back_are_one_click_each(
    now: datetime, event: Event, floor: Tier, bob: Person
) -> None:
    entry = join_list(event, bob.user, floor, 2)
    for deed, state in (("rest", "paused"), ("return", "waiting"), ("departure", "left")):
        assert bob.browser.submit(f"/places/{entry.public_id}/{deed}").location == PAGE
        assert states(entry) == [state]
    assert "You left this list." in bob.browser.get(PAGE).text


def test_a_refusal_gives_the_places_to_the_next(
    now: datetime, event: Event, floor: Tier, bob: Person, carol: Person
) -> None:
    mine, next_one = join_list(event, bob.user, floor), join_list(event, carol.user, floor)
    raise_to(floor, 6, now=now)
    back = bob.browser.submit(f"/places/{mine.public_id}/refusal", **{"from": "mine"})
    assert back.location == "/places"
    assert states(mine, next_one) == ["left", "offered"]


def test_a_missed_offer_is_joined_again_at_the_end_by_one_click(
    now: datetime, at: Move, event: Event, floor: Tier, bob: Person, carol: Person, work: Work
) -> None:
    mine = join_list(event, bob.user, floor, 2, together=True)
    raise_to(floor, 7, now=now)
    work()
    at(HALF_AN_HOUR)
    page = bob.browser.get(PAGE).text
    assert states(mine) == ["expired"]
    assert "the places went to the next person" in page
    raise_to(floor, 5, now=now)
    assert bob.browser.submit(f"/places/{mine.public_id}/renewal").location == PAGE
    again = db.session.query(WaitingEntry).order_by(WaitingEntry.id.desc()).first()
    assert again is not None
    assert (again.quantity, again.is_together, again.number) == (2, True, 2)


def test_another_persons_place_is_not_there(
    now: datetime, event: Event, floor: Tier, bob: Person, carol: Person
) -> None:
    entry = join_list(event, bob.user, floor)
    raise_to(floor, 6, now=now)
    for deed in ("acceptance", "refusal", "departure", "rest", "return", "renewal"):
        assert carol.browser.submit(f"/places/{entry.public_id}/{deed}").status_code == 404
    assert carol.browser.get(f"/places/{entry.public_id}.json").status_code == 404
    assert (states(entry), stock_of(floor)) == (["offered"], (1, 5, 0))


def test_an_open_page_asks_for_its_place_and_hears_304_while_nothing_changes(
    now: datetime, event: Event, floor: Tier, bob: Person, carol: Person
) -> None:
    first, mine = join_list(event, carol.user, floor), join_list(event, bob.user, floor)
    url = f"/places/{mine.public_id}.json"
    answer = bob.browser.get(url)
    assert answer.get_json()["ahead"] == 1
    assert answer.headers["Cache-Control"] == "private, no-cache"
    again = bob.browser.get(url, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    raise_to(floor, 6, now=now)
    news = bob.browser.get(url, headers={"If-None-Match": answer.headers["ETag"]})
    assert (news.get_json()["ahead"], news.get_json()["mark"]) == (0, answer.get_json()["mark"])
    raise_to(floor, 7, now=now)
    assert bob.browser.get(url).get_json()["mark"] != answer.get_json()["mark"]
    assert states(first, mine) == ["offered", "offered"]


def test_the_page_looks_again_by_itself_without_javascript_too(
    event: Event, floor: Tier, bob: Person
) -> None:
    refresh = '<noscript><meta http-equiv="refresh" content="20"></noscript>'
    assert refresh not in bob.browser.get(PAGE).text
    join_list(event, bob.user, floor)
    assert refresh in bob.browser.get(PAGE).text
    assert refresh in bob.browser.get("/places").text


def test_my_places_shows_all_of_them_with_what_happens_next(
    now: datetime, alice: Person, event: Event, floor: Tier, bob: Person
) -> None:
    assert alice.seller
    other = make_event(alice.seller, "Low Tide")
    balcony = make_tier(other, "Balcony", capacity=1, sold=1)
    join_list(event, bob.user, floor)
    resting = join_list(other, bob.user, balcony)
    pauses(resting)
    assert "keep them for 30 minutes" in bob.browser.get("/places").text
    raise_to(floor, 6, now=now)
    page = bob.browser.get("/places").text
    assert texts(page, "h2") == ["Low Tide", "Night Trains"]
    assert "Your place is kept, and nothing is offered to you" in page
    assert "1 place is yours until 13:30, if you want it." in page.replace("\u202f", " ")


def test_somebody_who_waits_nowhere_is_told_how_it_works(bob: Person) -> None:
    assert "You are on no waiting list" in bob.browser.get("/places").text


def test_a_closed_list_says_so_and_takes_nobody(
    now: datetime, event: Event, floor: Tier, bob: Person
) -> None:
    with transaction():
        close_list(event, by=None, now=now)
    assert "takes no more names" in bob.browser.get(PAGE).text
    assert bob.browser.submit(PAGE, **wish(floor)).status_code == 422
    assert entries() == 0


def test_the_page_asks_the_same_few_questions_however_many_wait(
    now: datetime, event: Event, floor: Tier, bob: Person, queries: Queries
) -> None:
    join_list(event, bob.user, floor)
    bob.browser.get(PAGE)
    with queries() as few:
        bob.browser.get(PAGE)
    for n in range(20):
        join_list(event, make_user(f"Guest{n}"), floor)
    with queries() as many:
        bob.browser.get(PAGE)
    assert len(many) == len(few) <= 9


def test_a_letter_brings_the_offer_and_its_link_is_of_no_use_to_another(
    now: datetime, event: Event, floor: Tier, bob: Person, carol: Person, work: Work
) -> None:
    join_list(event, bob.user, floor, 2)
    raise_to(floor, 7, now=now)
    mailbox = work()
    letter = mailbox.to(bob.email)[-1]
    assert letter.subject.replace("\u202f", " ") == "Places for you until 13:30: Night Trains"
    assert "2 \u00d7 Floor" in letter.text
    there = mailbox.last_link(bob.email)
    assert there == PAGE
    assert "are yours until" not in carol.browser.get(there).text


def test_a_cancelled_event_ends_the_list_and_everyone_is_told(
    now: datetime, event: Event, floor: Tier, bob: Person, carol: Person, work: Work
) -> None:
    offered, resting = join_list(event, bob.user, floor), join_list(event, carol.user, floor)
    raise_to(floor, 6, now=now)
    pauses(resting)
    with transaction():
        cancel(event.id, by=None, now=now)
    tend_lists()
    mailbox = work()
    assert (states(offered, resting), stock_of(floor)) == (["left", "left"], (0, 5, 0))
    for person in (bob, carol):
        assert mailbox.to(person.email)[-1].subject == "The waiting list has ended: Night Trains"
    assert "The event was cancelled" in bob.browser.get(PAGE).text


def test_a_late_letter_makes_the_offer_longer_by_as_much(
    now: datetime, at: Move, event: Event, floor: Tier, bob: Person, work: Work
) -> None:
    entry = join_list(event, bob.user, floor)
    raise_to(floor, 6, now=now)
    at(7 * MINUTE)
    work()
    tend_lists()
    assert hold_of_offer(entry).expires_at == now + HALF_AN_HOUR + 7 * MINUTE


def test_an_accepted_offer_shows_the_way_to_the_checkout(
    event: Event, floor: Tier, bob: Person, now: datetime
) -> None:
    entry = join_list(event, bob.user, floor)
    raise_to(floor, 6, now=now)
    hold = accepts(entry)
    assert links(bob.browser.get("/places").text, "Go to the checkout") == [
        f"/checkout/{hold.public_id}"
    ]
