"""L1: what a waiting crowd costs us. Joins, seven requests for each who is let in, and the shared
document once for each period of a cache, however many wait."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.factories.rooms import OPENS, join, look, make_room, only_tier
from tests.fixtures.app import new_browser
from tests.fixtures.till import Till
from tests.people import Person
from tests.web.test_room import solved
from tixapp.events.models import Event
from tixapp.waiting.rules.document import POLL

Clock = Callable[[datetime | timedelta], datetime]
FOR_SECONDS = 40


@pytest.fixture
def event(alice: Person, now: datetime) -> Event:
    return make_room(alice.seller)


class Cache:
    """In front of everybody, and no better than the header says."""

    def __init__(self, app: Flask) -> None:
        self.browser, self.asked_of_us, self.fresh_until = new_browser(app), 0, 0.0

    def get(self, path: str, at: float) -> None:
        if at < self.fresh_until:
            return
        answer = self.browser.get(path)
        assert answer.status_code == 200
        assert answer.headers.get("Vary", "") in {"", "Accept-Encoding"}
        self.asked_of_us += 1
        self.fresh_until = at + (answer.cache_control.s_maxage or 0)


@pytest.mark.parametrize("crowd", [1_000, 20_000])
def test_the_crowd_asks_us_once_in_each_period_of_a_cache_whatever_its_size(
    app: Flask, event: Event, at: Clock, crowd: int
) -> None:
    """The nearest to the front, who look as often as a browser ever does, for a while."""
    dice = random.Random(crowd)  # noqa: S311 - dice with a seed
    least, looks = POLL[0], []
    for _ in range(crowd):
        moment = dice.random() * least
        while moment < FOR_SECONDS:
            looks.append(moment)
            moment += least * (1 + 0.3 * dice.random())
    look(event, at=OPENS)
    cache = Cache(app)
    for moment in sorted(looks):
        cache.get(f"/room/{event.public_id}.json", moment)
    assert len(looks) > FOR_SECONDS / 3 * crowd
    assert FOR_SECONDS / 2 - 2 <= cache.asked_of_us <= FOR_SECONDS / 2


def test_from_ones_turn_to_the_tickets_is_seven_requests(
    event: Event, till: Till, bob: Person, at: Clock
) -> None:
    join(event, bob.user)
    look(event, at=OPENS)
    asked: list[str] = []

    def follows(answer: TestResponse) -> TestResponse:
        """As a browser does, as long as it leads to us."""
        asked.append(answer.request.method)
        leads = answer.headers.get("Location", "")
        while leads.startswith("/"):
            answer = bob.browser.get(leads.partition("#")[0])
            asked.append("GET")
            leads = answer.headers.get("Location", "")
        return answer

    follows(bob.browser.submit(f"/e/{event.slug}/room/pass", **solved(event, bob, OPENS)))
    chosen = {f"tier-{only_tier(event).public_id}": "2"}
    checkout = follows(bob.browser.submit(f"/e/{event.slug}/holds", **chosen))
    away = follows(bob.browser.submit(f"{checkout.request.path}/payment"))
    assert away.headers["Location"] == till.only.url
    till.pay()
    back = till.asks[till.only.id].success_url.removeprefix("http://localhost")
    follows(bob.browser.get(back.replace("{CHECKOUT_SESSION_ID}", till.only.id)))
    assert asked == ["POST", "GET", "POST", "GET", "POST", "GET", "GET"]
