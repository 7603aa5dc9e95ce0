"""Many at once with one Idempotency-Key: one effect, one answer."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.dialects.postgresql import insert

from tests.factories.events import make_event, make_tier
from tests.fixtures.app import DbSession, new_browser
from tests.fixtures.program import Program, make_key
from tests.fixtures.till import Till
from tests.people import Person
from tixapp.core.db import db
from tixapp.events.models import Event, Tier
from tixapp.inventory.models import Hold, Stock
from tixapp.orders.hold_at_once import _HOLD
from tixapp.orders.idempotency import Claim, Kept, Wish, kept_answer
from tixapp.orders.models import IdempotencyKey, Order
from tixapp.tickets.models import Ticket

AT_ONCE = 50
HOLD_AT_ONCE = "tixapp.api.resources.reservations.hold_at_once"
Race = Callable[[str, Any], list[tuple[int, bytes]]]


@pytest.fixture
def event(alice: Person, now: datetime) -> Event:
    assert alice.seller
    return make_event(alice.seller)


@pytest.fixture
def race(app: Flask, committed: DbSession, bob: Person) -> Race:
    """The same request of bob's, many times at once; the status and body of each answer."""
    key = make_key(bob.user)

    def run(path: str, body: Any) -> list[tuple[int, bytes]]:
        together = Barrier(AT_ONCE)

        def ask() -> tuple[int, bytes]:
            with app.app_context():
                program = Program(new_browser(app), key)
                together.wait()
                answer = program.post(path, body, once="one and the same")
                return answer.status_code, answer.data

        with ThreadPoolExecutor(AT_ONCE) as pool:
            asked = [pool.submit(ask) for _ in range(AT_ONCE)]
            answers = [future.result() for future in asked]
        committed.expire_all()
        return answers

    return run


def reservation(event: Event, tier: Tier) -> tuple[str, Any]:
    body = {"items": [{"tier_id": tier.public_id, "quantity": 2}]}
    return f"/events/{event.public_id}/reservations", body


def purchase(event: Event, tier: Tier) -> tuple[str, Any]:
    body = {"event_id": event.public_id, "tier_id": tier.public_id, "quantity": 2}
    return "/tickets/purchase", body


def count(table: type[Hold | Order | Ticket]) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def test_a_reservation_is_made_once_and_all_hear_of_it(race: Race, event: Event) -> None:
    floor = make_tier(event, capacity=1000)
    answers = race(*reservation(event, floor))
    assert {status for status, _body in answers} == {201}
    assert len({body for _status, body in answers}) == 1
    assert (count(Hold), db.session.get_one(Stock, floor.id).held) == (1, 2)


def test_the_same_step_by_step(race: Race, event: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(HOLD_AT_ONCE, lambda *_, **__: None)
    floor = make_tier(event, capacity=1000)
    answers = race(*reservation(event, floor))
    assert {status for status, _body in answers} == {201}
    assert len({body for _status, body in answers}) == 1
    assert (count(Hold), db.session.get_one(Stock, floor.id).held) == (1, 2)


def test_where_the_statement_keeps_no_key_the_second_hears_something_else(
    race: Race, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control for holds in one statement."""
    text = _HOLD.replace(
        _HOLD[_HOLD.index("begun AS (") : _HOLD.index("allowance AS (")],
        "begun AS (SELECT user_id, %(key)s::text, %(status)s::int FROM fit), ",
    )
    monkeypatch.setattr("tixapp.orders.hold_at_once._HOLD", text)
    answers = race(*reservation(event, make_tier(event, capacity=1000)))
    assert len({body for _status, body in answers}) > 1


def test_without_the_keys_uniqueness_the_same_race_goes_wrong(
    race: Race, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: a key that is looked up first and written last protects nobody. The first two
    have both looked before either goes on."""
    order, meeting = itertools.count(), Barrier(2)

    def look(wish: Wish, *, now: datetime) -> Claim:
        known = Claim(kept=kept_answer(wish))
        if next(order) < meeting.parties:
            meeting.wait(20)
        return known

    def write(wish: Wish, answer: Kept) -> None:
        row = {
            "user_id": wish.user_id,
            "key": wish.key,
            "fingerprint": wish.fingerprint,
            "made_at": datetime.fromisoformat("2026-11-20T12:00:00+00:00"),
            "status": answer.status,
            "answer": answer.body,
        }
        db.session.execute(insert(IdempotencyKey).values(row).on_conflict_do_nothing())

    monkeypatch.setattr(HOLD_AT_ONCE, lambda *_, **__: None)
    monkeypatch.setattr("tixapp.api.once.claim", look)
    monkeypatch.setattr("tixapp.api.once.keep", write)
    answers = race(*reservation(event, make_tier(event, capacity=1000)))
    assert len({body for _status, body in answers}) > 1
    assert count(Hold) > 1


def test_what_is_free_is_bought_once(race: Race, event: Event) -> None:
    free = make_tier(event, price_minor=0, capacity=1000)
    answers = race(*purchase(event, free))
    assert {status for status, _body in answers} == {201}
    assert len({body for _status, body in answers}) == 1
    assert (count(Order), count(Ticket), db.session.get_one(Stock, free.id).sold) == (1, 2, 2)


def test_a_payment_is_opened_once(race: Race, event: Event, till: Till) -> None:
    floor = make_tier(event, capacity=1000)
    answers = race(*purchase(event, floor))
    assert {status for status, _body in answers} == {201}
    assert len({body for _status, body in answers}) == 1
    assert (count(Order), len(till.sessions)) == (1, 1)
    assert db.session.get_one(Stock, floor.id).held == 2
