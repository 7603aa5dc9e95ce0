"""/sell: the dashboard, its live document and the files of its charts."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from tests.factories.accounts import make_user
from tests.factories.events import IN_A_MONTH, make_event, make_tier
from tests.factories.inventory import hold_places
from tests.factories.orders import buy
from tests.factories.sellers import make_member, make_seller
from tests.fixtures.browser import Browser
from tests.fixtures.queries import Statements
from tests.fixtures.till import Till
from tests.fixtures.time import NOON
from tests.people import Person
from tests.web.html import attribute, elements, texts
from tixapp.core.db import db
from tixapp.events.models import Event, EventStatus, Tier
from tixapp.events.queries import event_by_id
from tixapp.sellers.models import Role
from tixapp.selling import charts
from tixapp.selling.figures import upcoming_of

pytestmark = pytest.mark.usefixtures("now")
Counting = Callable[[], AbstractContextManager[Statements]]


@pytest.fixture
def event(alice: Person) -> Event:
    assert alice.seller
    return make_event(alice.seller, fee_passed_on=True)


@pytest.fixture
def floor(event: Event) -> Tier:
    return make_tier(event, capacity=10)


PARTS = (
    "over-time", "over-time-rows", "by-tier", "by-tier-rows", "conversion", "conversion-rows",
)  # fmt: skip


def parts_of(page: str) -> list[str]:
    return re.findall(r'data-part="([^"]*)"', page)


def live(person: Person, event: Event, **headers: str) -> Any:
    return person.browser.get(f"/sell/events/{event.public_id}/figures.json", headers=headers)


def file_of(person: Person, event: Event, name: str) -> list[list[str]]:
    answer = person.browser.get(f"/sell/events/{event.public_id}/figures/{name}.csv")
    assert answer.mimetype == "text/csv"
    return list(csv.reader(io.StringIO(answer.text.lstrip("\ufeff"))))


def test_the_next_event_comes_first_and_then_the_others(alice: Person, event: Event) -> None:
    assert alice.seller
    make_event(alice.seller, "Sooner", starts_at=NOON + timedelta(days=2))
    make_event(alice.seller, "Over", starts_at=NOON - timedelta(days=2))
    make_event(alice.seller, "Not yet", status=EventStatus.DRAFT)
    page = alice.browser.get("/sell").text
    assert texts(page, "h2")[0] == "Sooner"
    assert texts(page, "h3") == ["Night Trains"]
    assert "Not yet" not in page
    assert "Paid out to your bank" in page


def test_without_an_event_it_says_what_will_stand_here(alice: Person) -> None:
    assert "No event is coming up" in alice.browser.get("/sell").text


@pytest.mark.parametrize("role", [None, Role.DOOR])
def test_who_may_see_no_money_is_sent_to_their_account(
    alice: Person, bob: Person, event: Event, role: Role | None
) -> None:
    assert alice.seller
    if role:
        make_member(alice.seller, bob.user, role)
    answer = bob.browser.get("/sell")
    assert (answer.status_code, answer.location) == (303, "/sell/account")


def test_every_picture_says_what_it_shows_and_has_its_table_and_file(
    till: Till, alice: Person, bob: Person, event: Event, floor: Tier
) -> None:
    buy(till, event, bob.user, {floor: 2})
    page = alice.browser.get("/sell").text
    pictures = [a for a, _text in elements(page, "svg") if a.get("role") == "img"]
    assert len(pictures) == 5  # over time, one tier, three steps
    assert all(a["aria-labelledby"] for a in pictures)
    assert "2 tickets from 2026-11-07 to 2026-11-20; at most 2 in one bar." in page
    here = f"/sell/events/{event.public_id}/figures"
    files = [href for href in attribute(page, "a", "href") if href and href.endswith(".csv")]
    assert files == [f"{here}/{name}.csv" for name in ("days", "tiers", "conversion")]
    assert "currentColor" in page


def test_the_files_hold_the_numbers(
    till: Till, alice: Person, bob: Person, carol: Person, event: Event, floor: Tier
) -> None:
    make_tier(event, "=1+1", price_minor=1000, capacity=5)
    buy(till, event, bob.user, {floor: 2})
    buy(till, event, carol.user, {floor: 1}, now=NOON + timedelta(minutes=1))
    assert file_of(alice, event, "days") == [
        ["Day", "Tickets", "Orders", "Taken in (EUR)"],
        ["2026-11-20", "3", "2", "75.75"],
    ]
    assert file_of(alice, event, "tiers")[1:] == [
        ["Floor", "25.00", "3", "0", "10"],
        ["'=1+1", "10.00", "0", "0", "5"],
    ]
    assert file_of(alice, event, "conversion")[1:][2] == ["Bought", "2"]


def test_a_file_that_is_none_is_not_found(alice: Person, event: Event) -> None:
    answer = alice.browser.get(f"/sell/events/{event.public_id}/figures/secrets.csv")
    assert answer.status_code == 404


def test_the_live_numbers_are_sent_again_only_when_they_moved(
    till: Till, alice: Person, bob: Person, event: Event, floor: Tier
) -> None:
    first = live(alice, event)
    tag = first.headers["ETag"]
    assert first.get_json()["sold"] == "0"
    assert "no-store" in first.headers["Cache-Control"]
    same = live(alice, event, **{"If-None-Match": tag})
    assert (same.status_code, same.data) == (304, b"")
    buy(till, event, bob.user, {floor: 2})
    moved = live(alice, event, **{"If-None-Match": tag})
    assert (moved.status_code, moved.get_json()["sold"]) == (200, "2")
    assert moved.get_json()["net"] == "€50.00"


def test_the_live_numbers_cost_a_handful_of_statements(
    till: Till, alice: Person, bob: Person, event: Event, floor: Tier, queries: Counting
) -> None:
    buy(till, event, bob.user, {floor: 2})
    live(alice, event)
    with queries() as asked:
        live(alice, event)
    assert len(asked) <= 8, "\n".join(asked)


def test_the_pictures_are_drawn_anew_only_when_what_they_show_has_moved(
    till: Till, alice: Person, bob: Person, carol: Person, event: Event, floor: Tier
) -> None:
    buy(till, event, bob.user, {floor: 2})
    page = alice.browser.get(f"/sell/events/{event.public_id}").text
    [(where, tag)] = re.findall(r'data-parts="([^"]*)" data-drawn="([^"]*)"', page)
    assert live(alice, event).get_json()["charts"] == tag
    hold_places(event, carol.user, {floor: 1})
    assert live(alice, event).get_json()["charts"] != tag  # the table's Held
    buy(till, event, bob.user, {floor: 1}, now=NOON + timedelta(minutes=1))
    drawn = alice.browser.get(where)
    assert drawn.headers["X-Drawn"] == live(alice, event).get_json()["charts"]
    assert "no-store" in drawn.headers["Cache-Control"]
    assert "3 tickets from 2026-11-07 to 2026-11-20" in drawn.text
    assert texts(drawn.text, "td") == ["3", "3", "1", "10", "0", "0", "2"]
    shown = alice.browser.get(f"/sell/events/{event.public_id}").text
    assert parts_of(drawn.text) == parts_of(shown) == [*PARTS]


@pytest.mark.parametrize("who", ["door", "buyer", "another seller", "nobody"])
def test_for_others_there_are_no_numbers(
    client: Browser, alice: Person, bob: Person, dan: Person, event: Event, who: str
) -> None:
    frank = make_user("Frank")
    make_seller(frank, "Frank's Barn")
    people = {"door": dan, "buyer": bob, "another seller": Person(bob.app, frank)}
    browser = people[who].browser if who in people else client
    for path in ("figures.json", "figures/charts", "figures/days.csv"):
        answer = browser.get(f"/sell/events/{event.public_id}/{path}")
        assert answer.status_code == (303 if who == "nobody" else 404)
        assert "sold" not in answer.text


def test_many_days_share_a_bar_and_none_is_lost() -> None:
    days = {date(2026, 1, 1) + timedelta(days=n): n % 7 for n in range(200)}
    chart = charts.columns(days)
    assert (chart.step, chart.total) == (4, sum(days.values()))
    assert len(chart.bars) <= charts.MOST_BARS
    assert max(bar.height for bar in chart.bars) == 100
    assert charts.columns({}).bars == ()
    [alone] = charts.columns({date(2026, 1, 1): 3}).bars
    assert (alone.x, alone.width) == (92.857, 5.714)


def test_a_step_that_grows_is_given_no_percentage() -> None:
    made = charts.steps([("Looked", 10), ("Held", 40), ("Bought", 10)])
    assert [went_on for _row, went_on in made] == [None, None, 25.0]
    assert [row.share for row, _ in made] == [100.0, 100.0, 100.0]


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (NOON - timedelta(days=1), "The sale opens"),
        (NOON, "Early closes"),
        (NOON + timedelta(days=2), "Returns close"),
        (NOON + timedelta(days=30), "Doors open"),
        (IN_A_MONTH - timedelta(minutes=30), "It begins"),
        (IN_A_MONTH, None),
    ],
)
def test_what_happens_next_stands_among_the_numbers(
    alice: Person, event: Event, at: datetime, words: str | None
) -> None:
    event.on_sale_at, event.return_hours = NOON, 24
    event.doors_at = IN_A_MONTH - timedelta(hours=1)
    make_tier(event, "Early", sale_ends_at=NOON + timedelta(days=2))
    db.session.commit()
    found = upcoming_of(event_by_id(event.public_id), now=at)
    assert (found.words if found else None) == words
    assert "Early closes" in alice.browser.get("/sell").text
