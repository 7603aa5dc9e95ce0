"""Many programs want the last place, each by the statement that holds at once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.factories.accounts import make_user
from tests.factories.events import make_event, make_tier
from tests.factories.inventory import counts
from tests.fixtures.app import new_browser
from tests.fixtures.program import Program, make_key
from tests.people import Person
from tests.races.threads import at_once, errors
from tests.web.shop import hold
from tixapp.core.db import db
from tixapp.events.memory import remembered
from tixapp.events.models import Event, Tier
from tixapp.inventory.at_once import FITS
from tixapp.inventory.models import Hold, HoldStatus
from tixapp.ops.audit.counts import counters_equal_their_rows
from tixapp.orders.hold_at_once import _HOLD
from tixapp.orders.models import IdempotencyKey

EIGHT = 8


@pytest.fixture
def event(now: datetime, alice: Person) -> Event:
    assert alice.seller
    return make_event(alice.seller)


def holding(app: Flask, key: str, event: Event, tier: Tier) -> Any:
    def run() -> str:
        answer = hold(Program(new_browser(app), key), event, tier, 1)
        return str(answer.get_json().get("code", answer.status_code))

    return run


def race(app: Flask, event: Event, tier: Tier, keys: list[str]) -> list[str]:
    remembered(event.public_id)
    answers = at_once(app, [holding(app, key, event, tier) for key in keys])
    assert errors(answers) == []
    db.session.expire_all()
    return sorted(answer for answer in answers if isinstance(answer, str))


def keys_of_eight() -> list[str]:
    return [make_key(make_user(f"Buyer{number}")) for number in range(EIGHT)]


def active_holds() -> int:
    query = sa.select(sa.func.count(Hold.id)).where(Hold.status == HoldStatus.ACTIVE)
    return db.session.scalar(query) or 0


def kept_keys() -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(IdempotencyKey)) or 0


def test_eight_for_the_last_place_are_one_hold_and_seven_refusals(app: Flask, event: Event) -> None:
    floor = make_tier(event, capacity=1)
    assert race(app, event, floor, keys_of_eight()) == ["201"] + ["sold_out"] * 7
    assert (active_holds(), counts(floor), kept_keys()) == (1, (1, 0), 1)
    assert counters_equal_their_rows() == []


def test_with_a_read_before_the_write_the_last_place_is_held_more_than_once(
    app: Flask, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: what is left is read first and written later."""
    text = _HOLD.replace(
        "UPDATE stocks SET held = held + %(quantity)s FROM hold",
        "UPDATE stocks SET held = seen.held + %(quantity)s FROM hold, (SELECT tier_id AS tier,"
        " capacity AS places, held, pg_sleep(1) FROM stocks) AS seen",
    ).replace(
        f"WHERE tier_id = %(tier_id)s AND {FITS}",
        "WHERE tier_id = %(tier_id)s AND tier = tier_id AND seen.held + %(quantity)s <= places",
    )
    assert text.count("seen.held") == 2
    monkeypatch.setattr("tixapp.orders.hold_at_once._HOLD", text)
    floor = make_tier(event, capacity=1)
    assert race(app, event, floor, keys_of_eight()).count("201") > 1
    assert counters_equal_their_rows() != []


def test_eight_holds_of_one_buyer_at_once_are_one_that_stands(
    app: Flask, event: Event, bob: Person
) -> None:
    floor = make_tier(event, capacity=100)
    answers = race(app, event, floor, [make_key(bob.user)] * EIGHT)
    assert set(answers) == {"201"}
    assert (active_holds(), counts(floor)) == (1, (1, 0))
    assert counters_equal_their_rows() == []
