"""Pages that are drawn once for many: who gets a kept one, for how long, and who never does."""

from __future__ import annotations

import contextvars
import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.factories.events import make_event, make_tier
from tests.fixtures.app import DbSession
from tests.fixtures.browser import Browser
from tests.fixtures.time import NOON
from tests.people import Person
from tixapp.browse.caching import KeptPage, SharedPages
from tixapp.core.db import db
from tixapp.events.models import Event
from tixapp.sellers.models import Seller

SECOND = timedelta(seconds=1)
Move = Callable[[datetime | timedelta], datetime]


class Stranger(Browser):
    """One more visitor, who finds the pages that were kept for others."""

    def open(self, *args: object, **kwargs: object) -> TestResponse:
        db.session.commit()
        return contextvars.Context().run(FlaskClient.open, self, *args, **kwargs)  # type: ignore[arg-type]


@pytest.fixture
def seller(alice: Person) -> Seller:
    assert alice.seller
    return alice.seller


@pytest.fixture
def event(seller: Seller, now: datetime) -> Event:
    event = make_event(seller)
    make_tier(event)
    return event


@pytest.fixture
def stranger(app: Flask, db_session: DbSession) -> Stranger:
    app.extensions["shared_pages"].clear()
    return Stranger(app, app.response_class)


def test_the_second_stranger_costs_the_database_nothing(
    stranger: Stranger, event: Event, queries
) -> None:
    for path in ("/", "/search?q=night", "/e/night-trains"):
        first = stranger.get(path)
        with queries() as asked:
            second = stranger.get(path)
        assert len(asked) == 0
        assert second.data == first.data
        assert second.headers["Cache-Control"] == first.headers["Cache-Control"]
        assert second.headers["Content-Security-Policy"]
        assert second.headers["X-Request-Id"] != first.headers["X-Request-Id"]


def test_a_page_is_drawn_again_after_its_seconds(
    stranger: Stranger, event: Event, at: Move
) -> None:
    stranger.get("/e/night-trains")
    event.name = "Day Trains"
    at(4 * SECOND)
    assert "Night Trains" in stranger.get("/e/night-trains").text
    at(SECOND)
    assert "Day Trains" in stranger.get("/e/night-trains").text


def test_a_page_is_not_kept_past_the_opening_of_the_sale(
    stranger: Stranger, event: Event, at: Move
) -> None:
    event.on_sale_at = NOON + 2 * SECOND
    assert "The sale opens" in stranger.get("/e/night-trains").text
    at(2 * SECOND)
    page = stranger.get("/e/night-trains")
    assert "The sale opens" not in page.text
    assert "Reserve tickets" in page.text


def test_a_kept_page_tells_the_present_time(stranger: Stranger, event: Event, at: Move) -> None:
    event.on_sale_at = NOON + timedelta(hours=1)
    stranger.get("/e/night-trains")
    at(3 * SECOND)
    told = re.search(r'name="server-time" content="([^"]+)"', stranger.get("/e/night-trains").text)
    assert told
    assert told[1] == (NOON + 3 * SECOND).isoformat()


@pytest.mark.parametrize(
    ("opens_in", "header"),
    [
        (timedelta(hours=2), "no-cache"),  # it counts down
        (
            timedelta(days=2),
            "public, max-age=0, s-maxage=5, stale-while-revalidate=60",
        ),
    ],
)
def test_caches_in_front_are_told_how_long(
    stranger: Stranger, event: Event, opens_in: timedelta, header: str
) -> None:
    event.on_sale_at = NOON + opens_in
    assert stranger.get("/e/night-trains").headers["Cache-Control"] == header


def test_near_a_change_no_cache_may_be_late(stranger: Stranger, event: Event) -> None:
    make_tier(event, "Early", sale_ends_at=NOON + 30 * SECOND)
    page = stranger.get("/e/night-trains")
    assert page.headers["Cache-Control"] == "public, max-age=0, s-maxage=5"


def test_nobody_who_may_be_known_gets_or_leaves_a_kept_page(
    stranger: Stranger, event: Event, bob: Person, queries
) -> None:
    known = Stranger(stranger.application, stranger.application.response_class)
    bob.signs_in(known)
    assert bob.email in known.get("/e/night-trains").text
    assert bob.email not in stranger.get("/e/night-trains").text
    assert bob.email in known.get("/e/night-trains").text
    stranger.set_cookie("tixapp", "anything")
    with queries() as asked:
        stranger.get("/e/night-trains")
    assert len(asked) == 3


def test_dark_and_light_are_kept_apart(stranger: Stranger, event: Event) -> None:
    assert 'data-theme="dark"' not in stranger.get("/").text
    stranger.set_cookie("theme", "dark")
    assert 'data-theme="dark"' in stranger.get("/").text


def test_what_is_not_there_is_not_kept(stranger: Stranger, seller: Seller, now: datetime) -> None:
    assert stranger.get("/e/night-trains").status_code == 404
    make_event(seller)
    assert stranger.get("/e/night-trains").status_code == 200


def test_a_full_store_forgets_what_was_not_used_for_longest() -> None:
    pages = SharedPages(most=2)
    page = KeptPage(b"", "", NOON + SECOND)
    for name in ("a", "b"):
        pages.keep((name,), page)
    assert pages.get(("a",), now=NOON)
    pages.keep(("c",), page)
    assert pages.get(("b",), now=NOON) is None
    assert pages.get(("a",), now=NOON)
    assert pages.get(("a",), now=NOON + SECOND) is None
