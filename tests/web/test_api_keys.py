"""Who may call the API, and with what."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.factories.events import make_event, make_tier
from tests.fixtures.app import new_browser
from tests.fixtures.program import Program, make_key, program_of
from tests.fixtures.time import NOON
from tests.people import Person
from tests.web.shop import held, hold, said
from tixapp.accounts.models import ApiKey
from tixapp.api.limits import Untold
from tixapp.core.db import db
from tixapp.web.limits import limiter
from tixapp.web.running import settings

pytestmark = pytest.mark.usefixtures("now")


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Bearer nobody's", "Basic Ym9iOnB3", "tix_x", "Bearer \x7f"]
)
def test_without_a_good_key_there_is_no_answer(app: Flask, bob: Person, header: str) -> None:
    program = Program(new_browser(app))
    headers = {"Authorization": header} if header else {}
    refused = program.send("GET", "/me/orders", headers=headers)
    assert (refused.status_code, said(refused)["code"]) == (401, "unauthorized")
    assert refused.headers["WWW-Authenticate"] == 'Bearer realm="tixapp"'
    assert refused.content_type == "application/problem+json"


def test_a_session_cookie_is_not_a_key(app: Flask, bob: Person) -> None:
    assert Program(bob.browser).get("/me/orders").status_code == 401


def test_a_key_is_dead_at_once_when_it_is_ended(app: Flask, bob: Person) -> None:
    shop = program_of(app, bob.user)
    assert shop.get("/me/orders").status_code == 200
    db.session.execute(sa.update(ApiKey).values(ended_at=NOON))
    assert shop.get("/me/orders").status_code == 401


def test_a_key_is_dead_at_once_when_its_account_is_disabled(app: Flask, bob: Person) -> None:
    shop = program_of(app, bob.user)
    assert shop.get("/me/orders").status_code == 200
    bob.user.disabled_at = NOON
    assert shop.get("/me/orders").status_code == 401


def test_a_key_to_read_writes_nothing(app: Flask, alice: Person, bob: Person) -> None:
    assert alice.seller
    event = make_event(alice.seller)
    tier = make_tier(event)
    shop = program_of(app, bob.user, ["read"])
    refused = hold(shop, event, tier)
    assert (refused.status_code, said(refused)["code"]) == (403, "insufficient_scope")
    assert (said(refused)["scope"], held(tier)) == ("write", 0)
    assert shop.get("/me/orders").status_code == 200


def test_each_scope_opens_its_calls_and_writing_reading_too(app: Flask, alice: Person) -> None:
    calls = {
        "read": ("GET", "/me/tickets"),
        "write": ("POST", "/tickets/purchase"),
        "door": ("POST", "/tickets/validate"),
        "sell": ("POST", "/events"),
    }
    for mine in calls:
        program = program_of(app, alice.user, [mine])
        answers = {
            scope: program.send(method, path, json={} if method == "POST" else None).status_code
            for scope, (method, path) in calls.items()
        }
        opened = {scope for scope, status in answers.items() if status != 403}
        assert opened == ({"read", "write"} if mine == "write" else {mine})


def test_the_last_use_of_a_key_is_noted_now_and_then(app: Flask, bob: Person) -> None:
    key = make_key(bob.user, used_at=NOON - timedelta(minutes=6))
    assert Program(new_browser(app), key).get("/me/orders").status_code == 200
    assert db.session.scalars(sa.select(ApiKey.used_at)).all() == [NOON]


def test_events_are_shown_without_a_key_but_not_with_a_bad_one(app: Flask) -> None:
    assert Program(new_browser(app)).get("/events").status_code == 200
    assert Program(new_browser(app), "wrong").get("/events").status_code == 401


def test_calls_are_told_of_a_hundredth_of_the_limit_at_a_time(
    app: Flask, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    some = replace(settings(), api_calls_per_minute=400)
    monkeypatch.setitem(app.extensions, "settings", some)
    monkeypatch.setitem(app.extensions, "untold_calls", Untold())
    asked: list[int] = []
    really_hit = limiter.limiter.hit

    def hit(*args: Any, cost: int = 1) -> bool:
        asked.append(cost)
        return really_hit(*args, cost=cost)

    monkeypatch.setattr(limiter.limiter, "hit", hit)
    shop = program_of(app, bob.user)
    assert [shop.get("/me/orders").status_code for _ in range(9)] == [200] * 9
    assert asked == [4, 4]


def test_a_key_that_calls_too_often_is_slowed(
    app: Flask, bob: Person, carol: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = replace(settings(), api_calls_per_minute=3)
    monkeypatch.setitem(app.extensions, "settings", few)
    monkeypatch.setitem(app.extensions, "untold_calls", Untold())
    shop = program_of(app, bob.user)
    answers = [shop.get("/me/orders").status_code for _ in range(4)]
    assert answers == [200, 200, 200, 429]
    refused = shop.get("/me/orders")
    assert said(refused)["code"] == "too_many_requests"
    assert 1 <= int(refused.headers["Retry-After"]) <= 62
    assert program_of(app, carol.user).get("/me/orders").status_code == 200


@pytest.mark.parametrize("path", ["/nothing", "/orders/ord_x/", "/me", "/ORDERS/ord_x"])
def test_what_is_not_there_says_so_in_json(app: Flask, bob: Person, path: str) -> None:
    missing = program_of(app, bob.user).get(path)
    assert (missing.status_code, said(missing)["code"]) == (404, "not_found")
    assert missing.content_type == "application/problem+json"


def test_another_method_is_refused_with_those_that_are_allowed(app: Flask, bob: Person) -> None:
    refused = program_of(app, bob.user).send("PUT", "/orders/ord_x")
    allowed = set(refused.headers["Allow"].split(", "))
    assert (refused.status_code, allowed) == (405, {"GET", "HEAD", "OPTIONS"})


def test_personal_answers_stay_out_of_caches(app: Flask, bob: Person, now: datetime) -> None:
    assert program_of(app, bob.user).get("/me/orders").headers["Cache-Control"] == "no-store"
