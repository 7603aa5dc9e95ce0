"""Most of an event is the same for everyone: it is told from memory while the database says so."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from flask import Flask

from tests.factories.events import make_tier
from tests.fixtures.app import new_browser
from tests.fixtures.program import Program
from tests.fixtures.queries import Statements
from tests.web.shop import said
from tixapp.core.db import db, transaction
from tixapp.events.models import Event, EventStatus, Tier
from tixapp.events.queries import event_by_id
from tixapp.inventory.models import Stock

Counting = Callable[[], AbstractContextManager[Statements]]


@pytest.fixture
def floor(event: Event) -> Tier:
    return make_tier(event, price_minor=4500, capacity=100)


@pytest.fixture
def nobody(app: Flask) -> Program:
    return Program(new_browser(app))


@pytest.fixture
def look(nobody: Program, event: Event, floor: Tier) -> Callable[[], Any]:
    def look() -> Any:
        return said(nobody.get(f"/events/{event.public_id}"))

    look()  # from now on it is in memory
    return look


def test_a_second_look_takes_one_statement_and_says_the_same(
    look: Callable[[], Any], nobody: Program, event: Event, queries: Counting
) -> None:
    path = f"/events/{event.public_id}"
    first = nobody.get(path)
    with queries() as asked:
        second = nobody.get(path)
    assert len(asked) == 1, "\n".join(asked)
    assert (second.data, second.headers["ETag"]) == (first.data, first.headers["ETag"])


def test_what_is_left_is_never_from_memory(look: Callable[[], Any], floor: Tier) -> None:
    with transaction():
        db.session.get_one(Stock, floor.id).take(97, named="Floor")
    tier = look()["tiers"][0]
    assert (tier["capacity"], tier["remaining"], tier["state"]) == (100, 3, "low")


def _rename(event: Event, floor: Tier) -> None:
    event.name = "Day Trains"


def _move(event: Event, floor: Tier) -> None:
    event.venue.name = "Halle 2"


def _sell_under_another_name(event: Event, floor: Tier) -> None:
    event.seller.name = "Nachtzug GmbH"


def _take_another_fee(event: Event, floor: Tier) -> None:
    event.fee_passed_on = True
    event.seller.fee_bps = 1000


def _make_it_dearer(event: Event, floor: Tier) -> None:
    floor.price_minor = 5000


def _hide(event: Event, floor: Tier) -> None:
    floor.hidden = True


def _add(event: Event, floor: Tier) -> None:
    make_tier(event, name="Balcony")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (_rename, lambda it: it["name"] == "Day Trains"),
        (_move, lambda it: it["venue"] == "Halle 2"),
        (_sell_under_another_name, lambda it: it["seller"]["name"] == "Nachtzug GmbH"),
        (_take_another_fee, lambda it: it["tiers"][0]["fee"]["amount"] == 450),
        (_make_it_dearer, lambda it: it["tiers"][0]["price"]["amount"] == 5000),
        (_hide, lambda it: it["tiers"] == []),
        (_add, lambda it: [tier["name"] for tier in it["tiers"]] == ["Floor", "Balcony"]),
    ],
)
def test_a_change_is_told_at_the_next_look(
    look: Callable[[], Any],
    event: Event,
    floor: Tier,
    change: Callable[[Event, Tier], None],
    told: Callable[[Any], bool],
) -> None:
    assert not told(look())
    with transaction():
        change(event_by_id(event.public_id), floor)
    assert told(look())


def test_one_that_is_a_draft_again_is_not_told_of(
    look: Callable[[], Any], nobody: Program, event: Event
) -> None:
    with transaction():
        event.status = EventStatus.DRAFT
    assert nobody.get(f"/events/{event.public_id}").status_code == 404
