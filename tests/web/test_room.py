"""The waiting room's pages: joining, waiting, the way in, and that there is no other."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from tests.factories.accounts import make_user
from tests.factories.events import make_event
from tests.factories.inventory import counts
from tests.factories.rooms import (
    OPENS,
    claim,
    crowd,
    in_order,
    join,
    look,
    make_room,
    only_tier,
    room_of,
)
from tests.fixtures.app import new_browser
from tests.people import Person
from tixapp.core.db import db, transaction
from tixapp.events.models import Event
from tixapp.waiting.actions.challenge import knock
from tixapp.waiting.actions.pausing import pause_sale
from tixapp.waiting.keys import room_secrets
from tixapp.waiting.models import RoomEntry, RoomPass, WaitingEntry
from tixapp.waiting.rules.room import is_solved

SECOND = timedelta(seconds=1)
Queries = Callable[[], AbstractContextManager[list[str]]]
Clock = Callable[[datetime | timedelta], datetime]


def passes() -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(RoomPass)) or 0


def live_passes() -> int:
    query = sa.select(sa.func.count()).select_from(RoomPass).where(RoomPass.ended_at.is_(None))
    return db.session.scalar(query) or 0


def address(event: Event, more: str = "") -> str:
    return f"/e/{event.slug}/room{more}"


def solved(event: Event, person: Person, at: datetime) -> dict[str, str]:
    """What a browser sends after it has seen the way in and done its work."""
    with transaction():
        asked = knock(event.id, event.public_id, person.id, secrets=room_secrets(), now=at)
    if asked is None:
        return {"nonce": "0"}
    return {"nonce": next(str(n) for n in range(10**7) if is_solved(asked.text, str(n)))}


def looks_again(page: TestResponse) -> int | None:
    """After so many seconds, where no script looks: a crowd with scripts asks for the document
    alone."""
    assert "Refresh" not in page.headers
    found = re.search(
        r'<noscript><meta http-equiv="refresh" content="(\d+)"></noscript>', page.text
    )
    assert page.text.count("http-equiv") == (found is not None)
    return int(found[1]) if found else None


@pytest.fixture
def event(alice: Person, now: datetime) -> Event:
    return make_room(alice.seller)


def test_a_stranger_is_asked_to_sign_in_and_comes_back_to_the_room(
    app: Flask, event: Event
) -> None:
    browser = new_browser(app)
    assert "Sign in and join" in browser.get(address(event)).text
    sent = browser.submit(address(event))
    assert sent.status_code == 303
    assert sent.headers["Location"].startswith("/sign-in?")
    assert db.session.scalars(sa.select(RoomEntry)).all() == []


def test_joining_twice_from_two_devices_is_one_place(event: Event, bob: Person, app: Flask) -> None:
    bob.browser.submit(address(event))
    phone = new_browser(app)
    bob.signs_in(phone)
    phone.submit(address(event))
    [entry] = db.session.scalars(sa.select(RoomEntry))
    assert entry.user_id == bob.id
    for browser in (bob.browser, phone):
        page = browser.get(address(event)).text
        assert f'data-eid="{entry.eid.hex()}"' in page
        assert "You are in" in page


def test_the_page_before_the_sale_shows_the_moment_and_the_way_to_the_commitment(
    event: Event, bob: Person
) -> None:
    page = bob.browser.get(address(event)).text
    assert f'data-signer="{room_secrets().public_key}"' in page
    assert f'data-kind="{only_tier(event).public_id}"' in page
    assert "The sale opens in" in page
    assert "14:00" in page  # OPENS in Berlin
    assert "Add to calendar" in page
    assert room_of(event).commitment in bob.browser.get(address(event, "/proof")).text


def test_who_waits_sees_how_many_are_ahead(
    event: Event, bob: Person, carol: Person, at: Clock
) -> None:
    room = room_of(event)
    room.a_max = 1
    db.session.commit()
    for person in (bob, carol):
        join(event, person.user)
    look(event, at=OPENS)
    order = in_order(event, [bob.user, carol.user])
    first, second = sorted((bob, carol), key=lambda p: order.index(p.user))
    at(OPENS)
    assert "It is your turn" in first.browser.get(address(event)).text
    page = second.browser.get(address(event))
    assert 'data-turn="waiting"' in page.text
    assert 'data-rank="2"' in page.text
    assert looks_again(page) == 20


def test_the_way_in_asks_for_work_and_then_leads_to_the_tickets(
    event: Event, bob: Person, at: Clock
) -> None:
    join(event, bob.user)
    look(event, at=OPENS)
    refused = bob.browser.submit(address(event, "/pass"))
    assert (refused.status_code, passes()) == (303, 0)
    let_in = bob.browser.submit(address(event, "/pass"), **solved(event, bob, OPENS))
    assert let_in.headers["Location"] == f"/e/{event.slug}#tickets"
    assert passes() == 1
    page = bob.browser.get(f"/e/{event.slug}").text
    assert "Your time to choose" in page
    assert "Reserve tickets" in page


def test_without_a_script_a_short_wait_opens_the_door(event: Event, bob: Person, at: Clock) -> None:
    join(event, bob.user)
    look(event, at=OPENS)
    early = bob.browser.submit(address(event, "/pass"))
    assert passes() == 0
    waiting = bob.browser.get(early.headers["Location"])
    assert looks_again(waiting) == 5
    assert "in 5 seconds the door opens" in waiting.text
    at(OPENS + 4 * SECOND)
    bob.browser.submit(address(event, "/pass"))
    assert passes() == 0
    at(SECOND)
    assert "Choose tickets" in bob.browser.get(early.headers["Location"]).text
    bob.browser.submit(address(event, "/pass"))
    assert passes() == 1


def test_the_answer_to_somebody_elses_challenge_opens_nothing(
    event: Event, bob: Person, carol: Person, at: Clock
) -> None:
    join(event, bob.user)
    join(event, carol.user)
    look(event, at=OPENS)
    hers = solved(event, carol, OPENS)
    bob.browser.submit(address(event, "/pass"), **hers)
    assert passes() == 0


def test_a_proof_is_good_for_one_claim(event: Event, bob: Person, at: Clock) -> None:
    join(event, bob.user)
    look(event, at=OPENS)
    proof = solved(event, bob, OPENS)
    bob.browser.submit(address(event, "/pass"), **proof)
    bob.browser.submit(address(event, "/leave"))
    bob.browser.submit(address(event, "/pass"), **proof)
    assert live_passes() == 0
    at(OPENS + timedelta(minutes=1))
    bob.browser.submit(address(event, "/pass"), **solved(event, bob, OPENS + timedelta(minutes=1)))
    assert live_passes() == 1


def test_the_event_page_leads_to_the_room_and_shows_no_way_round(
    event: Event, bob: Person, at: Clock
) -> None:
    before = bob.browser.get(f"/e/{event.slug}").text
    assert f'href="/e/{event.slug}/room"' in before
    look(event, at=OPENS)
    during = bob.browser.get(f"/e/{event.slug}").text
    assert f'href="/e/{event.slug}/room"' in during
    assert "Reserve tickets" not in during


@pytest.mark.parametrize("wrong_clock", [timedelta(hours=-2), timedelta(hours=2)])
def test_posting_a_hold_directly_leads_to_the_room_and_holds_nothing(
    event: Event, bob: Person, at: Clock, wrong_clock: timedelta
) -> None:
    join(event, bob.user)
    look(event, at=OPENS)
    at(OPENS + timedelta(minutes=1))
    tier = only_tier(event)
    sent = bob.browser.submit(
        f"/e/{event.slug}/holds",
        headers={"Date": str(OPENS + wrong_clock)},
        **{f"tier-{tier.public_id}": "1"},
    )
    assert sent.headers["Location"] == address(event)
    assert counts(tier) == (0, 0)


def test_cleared_cookies_and_a_second_tab_change_nothing(
    event: Event, bob: Person, app: Flask, at: Clock
) -> None:
    join(event, bob.user)
    look(event, at=OPENS)
    claim(event, bob.user, now=OPENS)
    fresh = new_browser(app)
    bob.signs_in(fresh)
    assert "You are in" in fresh.get(address(event)).text
    fresh.submit(address(event, "/pass"), **solved(event, bob, OPENS))
    assert passes() == 1


def test_a_paused_room_says_so_and_keeps_the_place(event: Event, bob: Person, at: Clock) -> None:
    join(event, bob.user)
    look(event, at=OPENS)
    with transaction():
        pause_sale(event.id, by=None, now=OPENS)
    page = bob.browser.get(address(event)).text
    assert 'data-turn="paused"' in page
    assert "nobody goes in before you" in page
    bob.browser.submit(address(event, "/pass"), **solved(event, bob, OPENS))
    assert passes() == 0


def test_sold_out_leads_to_the_waiting_list_in_the_order_of_the_draw(
    event: Event, bob: Person, carol: Person, at: Clock
) -> None:
    for person in (bob, carol):
        join(event, person.user)
    look(event, at=OPENS)
    db.session.execute(sa.text("UPDATE stocks SET sold = capacity"))
    db.session.commit()
    look(event, at=OPENS + 2 * SECOND)
    order = in_order(event, [bob.user, carol.user])
    first, second = sorted((bob, carol), key=lambda p: order.index(p.user))
    assert "Put me on the waiting list" in second.browser.get(address(event)).text
    second.browser.submit(address(event, "/list"), quantity="1")
    first.browser.submit(address(event, "/list"), quantity="1")
    rows = db.session.scalars(sa.select(WaitingEntry).order_by(WaitingEntry.number)).all()
    assert [row.user_id for row in rows] == [first.id, second.id]


def test_the_secret_is_not_on_the_page_before_the_sale_is_over(
    event: Event, bob: Person, at: Clock
) -> None:
    room = look(event, at=OPENS)
    secret = room_secrets().open_master(room.sealed_master, event.public_id).hex()
    assert secret not in bob.browser.get(address(event, "/proof")).text
    with bob.browser.get(address(event, "/transcript")) as transcript:
        assert "master -" in transcript.text
        assert secret not in transcript.text
    look(event, at=event.starts_at)
    assert secret in bob.browser.get(address(event, "/proof")).text


def test_the_page_asks_as_much_for_two_people_as_for_a_crowd(
    event: Event, bob: Person, at: Clock, queries: Queries
) -> None:
    room_of(event).a_max = 1
    db.session.commit()
    crowd(event, 3)
    look(event, at=OPENS)
    join(event, bob.user, now=OPENS)
    look(event, at=OPENS + 20 * SECOND)
    assert 'data-turn="waiting"' in bob.browser.get(address(event)).text
    with queries() as few:
        bob.browser.get(address(event))
    for n in range(9):
        join(event, make_user(f"Late{n}"), now=OPENS + 20 * SECOND)
    look(event, at=OPENS + 60 * SECOND)
    with queries() as many:
        bob.browser.get(address(event))
    assert len(many) <= len(few) <= 12


def test_an_event_without_a_room_has_no_such_page(alice: Person, bob: Person, at: Clock) -> None:
    plain = make_event(alice.seller, "Plain")
    assert bob.browser.get(f"/e/{plain.slug}/room").status_code == 404
