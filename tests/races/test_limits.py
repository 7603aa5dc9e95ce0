"""One person's limit, counted over all their orders, whatever they do at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Barrier, Lock
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.factories.events import make_event, make_tier
from tests.factories.inventory import allowance, counts
from tests.fixtures.till import Till
from tests.people import Person
from tests.races.threads import at_once, errors
from tixapp.core.db import db, transaction
from tixapp.events.models import Event, Tier
from tixapp.events.queries import event_by_id
from tixapp.inventory import actions
from tixapp.inventory.actions import place_hold
from tixapp.inventory.errors import LimitReached
from tixapp.inventory.models import Allowance
from tixapp.ops.audit import run_audit
from tixapp.orders.actions import fulfil
from tixapp.orders.flows import payments

TEN_MINUTES = timedelta(minutes=10)
LIMIT = 6
FOUR = 4


@pytest.fixture
def event(now: datetime, alice: Person, till: Till) -> Event:
    assert alice.seller
    return make_event(alice.seller)


@pytest.fixture
def lawn(event: Event) -> Tier:
    return make_tier(event, "Lawn", price_minor=0, capacity=100)


def two_orders_at_once(
    app: Flask, event: Event, lawn: Tier, bob: Person, now: datetime
) -> list[str | Exception]:
    """Each of four; both together are more than one person may have."""
    event_id, lawn_id, bob_id = event.public_id, lawn.id, bob.id

    def order() -> str:
        with transaction():
            hold_id = place_hold(
                event_by_id(event_id),
                {lawn_id: FOUR},
                buyer_id=bob_id,
                now=now,
                length=TEN_MINUTES,
            ).public_id
        return payments().start(hold_id, bob_id).order_public_id

    return at_once(app, [order] * 2)


@pytest.mark.parametrize("turn", range(4))
def test_two_orders_of_one_person_at_once_stay_within_the_limit(
    app: Flask, now: datetime, event: Event, lawn: Tier, bob: Person, turn: int
) -> None:
    answers = two_orders_at_once(app, event, lawn, bob, now)
    # The second is over the limit; or it took the place of the first, which had not been taken yet.
    assert errors(answers) in (["LimitReached"], ["TooLateToPay"])
    assert (allowance(event, bob.user), counts(lawn)) == ((0, FOUR), (0, FOUR))
    assert run_audit() == []


def test_without_the_lock_both_orders_are_taken_and_the_limit_is_passed(
    app: Flask,
    now: datetime,
    event: Event,
    lawn: Tier,
    bob: Person,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The control: what the person has is read first and counted later, without the row's lock."""
    both_have_looked, one_at_a_time = Barrier(2), Lock()

    def look_and_count(event: Event, buyer_id: int, wanted: int, *, now: datetime) -> None:
        mine = sa.select(Allowance.held + Allowance.sold)
        mine = mine.filter_by(event_id=event.id, user_id=buyer_id)
        have = db.session.scalar(mine) or 0
        both_have_looked.wait(timeout=20)
        if have + wanted > LIMIT:
            raise LimitReached("over", limit=LIMIT, have=have)
        one_at_a_time.acquire(timeout=20)  # two holds of one person never stand at once
        db.session.execute(
            sa.update(Allowance)
            .filter_by(event_id=event.id, user_id=buyer_id)
            .values(held=Allowance.held + wanted)
        )

    with transaction():
        db.session.add(Allowance(event_id=event.id, user_id=bob.id, held=0, sold=0))
    monkeypatch.setattr(actions, "_at_once", lambda *_, **__: None)
    monkeypatch.setattr(actions, "_make_room_for", look_and_count)
    monkeypatch.setattr("tixapp.orders.opening.fulfil", release_after(one_at_a_time))
    answers = two_orders_at_once(app, event, lawn, bob, now)
    assert errors(answers) == []
    assert allowance(event, bob.user) == (0, 2 * FOUR)


def release_after(lock: Any) -> Callable[..., None]:
    """`fulfil`, and then the other's turn: once what was done is committed."""

    def run(*given: object, **named: object) -> None:
        fulfil(*given, **named)  # type: ignore[arg-type]
        sa.event.listen(db.session(), "after_commit", lambda _session: lock.release(), once=True)

    return run
