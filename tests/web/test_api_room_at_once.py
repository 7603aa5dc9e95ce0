"""Joining at once does what joining step by step does, or nothing at all."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.factories.rooms import OPENS, look, make_room
from tests.fixtures.program import Program, program_of
from tests.fixtures.queries import Statements
from tests.people import Person
from tests.web.shop import said
from tixapp.core.db import db, transaction
from tixapp.events.models import Event
from tixapp.waiting.actions.pausing import pause_sale
from tixapp.waiting.models import RoomEntry

Counting = Callable[[], AbstractContextManager[Statements]]
AT_ONCE = "tixapp.api.resources.rooms.join_at_once"


@pytest.fixture
def event(alice: Person, now: datetime) -> Event:
    return make_room(alice.seller)


@pytest.fixture
def shop(app: Flask, bob: Person) -> Program:
    return program_of(app, bob.user)


def joins(shop: Program, event: Event) -> Any:
    return shop.post(f"/events/{event.public_id}/waiting-room/join", {})


def left_behind() -> list[dict[str, Any]]:
    query = sa.select(RoomEntry).execution_options(populate_existing=True)
    names = [column.key for column in sa.inspect(RoomEntry).column_attrs]
    return [{name: getattr(row, name) for name in names} for row in db.session.scalars(query)]


def test_it_leaves_behind_and_answers_what_the_long_way_does(
    event: Event, shop: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers, traces = [], []
    for is_at_once in (True, False):
        if not is_at_once:
            monkeypatch.setattr(AT_ONCE, lambda *_, **__: None)
        for _ in range(2):
            answer = joins(shop, event)
            headers = dict(answer.headers) | {"X-Request-Id": ""}
            answers.append((answer.status_code, said(answer), headers))
        traces.append(left_behind())
        db.session.execute(sa.delete(RoomEntry))
        db.session.commit()
    assert answers[0][0] == 200
    assert answers == [answers[0]] * 4
    assert traces[0] == traces[1]
    assert len(traces[0]) == 1


def test_it_takes_two_round_trips(event: Event, shop: Program, queries: Counting) -> None:
    with queries() as asked:
        assert joins(shop, event).status_code == 200
    assert len(asked) == 2, "\n".join(asked)


def test_after_the_draw_and_in_a_pause_the_long_way_says_where_one_stands(
    event: Event, shop: Program
) -> None:
    look(event, at=OPENS)
    assert said(joins(shop, event))["state"] == "sale_open"
    with transaction():
        pause_sale(event.id, by=None, now=OPENS + timedelta(seconds=1))
    assert said(joins(shop, event))["state"] == "paused"
    assert [row["win"] for row in left_behind()] == [1]


def test_a_key_that_may_only_read_joins_nothing(app: Flask, event: Event, bob: Person) -> None:
    answer = joins(program_of(app, bob.user, ["read"]), event)
    assert (answer.status_code, left_behind()) == (403, [])


@pytest.mark.parametrize("path", ["evt_" + "a" * 16, "evt%00x", "a-b"])
def test_an_event_that_is_none_is_not_there(shop: Program, event: Event, path: str) -> None:
    answer = shop.post(f"/events/{path}/waiting-room/join", {})
    assert (answer.status_code, left_behind()) == (404, [])
