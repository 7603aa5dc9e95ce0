"""A waiting list under many hands at once, with what would happen without the locks."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.factories.accounts import make_user
from tests.factories.events import make_event, make_tier
from tests.factories.inventory import hold_places
from tests.factories.sellers import make_seller
from tests.factories.waiting import (
    HALF_AN_HOUR,
    accepts,
    hold_of_offer,
    join_list,
    leaves,
    offers_open,
    states,
    stock_of,
)
from tests.fixtures.app import DbSession
from tests.races.threads import at_once, errors
from tixapp.core.clock import clock
from tixapp.core.db import db, transaction
from tixapp.events.models import Event, Tier
from tixapp.events.queries import event_by_id
from tixapp.inventory.actions import place_hold, release_hold, resize_stock
from tixapp.inventory.models import Hold, HoldStatus
from tixapp.ops.audit.counts import counters_equal_their_rows, nothing_is_oversold
from tixapp.ops.audit.lists import lists_count_who_waits, offers_have_their_places
from tixapp.waiting.jobs.list import lapse_one
from tixapp.waiting.models import WaitingEntry

ROUNDS = 12


@pytest.fixture
def event(db_session: DbSession, now: datetime) -> Event:
    return make_event(make_seller(make_user("Alice")))


def books() -> list[str]:
    checks = (
        nothing_is_oversold,
        counters_equal_their_rows,
        lists_count_who_waits,
        offers_have_their_places,
    )
    found = [line for check in checks for line in check()]
    db.session.rollback()
    return found


def newcomer(event_id: str, tier_id: int, user_id: int) -> int:
    with transaction():
        hold = place_hold(
            event_by_id(event_id),
            {tier_id: 1},
            buyer_id=user_id,
            now=clock.now(),
            length=timedelta(minutes=10),
        )
        return hold.id


def lets_go(hold_id: int, user_id: int, event_id: int) -> None:
    with transaction():
        release_hold(hold_id, event_id=event_id, user_id=user_id, now=clock.now())


def crowd(event: Event, name: str, tier: Tier) -> tuple[Hold, WaitingEntry, list[int]]:
    """One holds the last place, one waits for it, six come along."""
    holder = hold_places(event, make_user(f"{name}Holder"), {tier: 1})
    waits = join_list(event, make_user(f"{name}Waits"), tier)
    return holder, waits, [make_user(f"{name}New{n}").id for n in range(6)]


def test_no_newcomer_gets_a_place_between_its_release_and_the_offer(
    app: Flask, event: Event
) -> None:
    for n in range(ROUNDS):
        tier = make_tier(event, f"Tier {n}", capacity=1)
        holder, waits, new = crowd(event, f"r{n}x", tier)
        comers = [partial(newcomer, event.public_id, tier.id, user) for user in new]
        answers = at_once(app, [partial(lets_go, holder.id, holder.user_id, event.id), *comers])
        assert errors(answers) == ["SoldOut"] * 6
        assert (states(waits), stock_of(tier)) == (["offered"], (1, 0, 0))
        db.session.rollback()
    assert books() == []


def test_if_the_offer_came_after_the_commit_newcomers_would_get_the_place(
    app: Flask, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: freed places are offered in a transaction of their own."""
    monkeypatch.setattr("tixapp.inventory.freeing.announce", lambda _fact: None)
    tier = make_tier(event, capacity=1)
    holder, waits, new = crowd(event, "control", tier)
    lets_go(holder.id, holder.user_id, event.id)
    answers = at_once(app, [partial(newcomer, event.public_id, tier.id, user) for user in new])
    assert len(errors(answers)) == 5
    assert states(waits) == ["waiting"]


def test_frees_at_once_keep_the_order_of_the_list(app: Flask, event: Event) -> None:
    tier = make_tier(event, "Floor", capacity=8)
    holders = [hold_places(event, make_user(f"Holder{n}"), {tier: 1}) for n in range(8)]
    waits = [join_list(event, make_user(f"Waits{n}"), tier) for n in range(12)]
    gone = [partial(lets_go, hold.id, hold.user_id, event.id) for hold in holders[:5]]
    answers = at_once(app, gone)
    assert errors(answers) == []
    assert states(*waits) == ["offered"] * 5 + ["waiting"] * 7
    assert books() == []


def test_leaving_while_the_offer_comes_loses_no_place_and_deadlocks_nobody(
    app: Flask, event: Event
) -> None:
    for n in range(ROUNDS):
        tier = make_tier(event, f"Tier {n}", capacity=1, sold=0)
        hold = hold_places(event, make_user(f"l{n}Holder"), {tier: 1})
        first = join_list(event, make_user(f"l{n}First"), tier)
        second = join_list(event, make_user(f"l{n}Second"), tier)
        release = partial(lets_go, hold.id, hold.user_id, event.id)
        answers = at_once(app, [release, partial(leaves, first)])
        assert errors(answers) == []
        assert (states(first, second), stock_of(tier)) == (["left", "offered"], (1, 0, 0))
        db.session.rollback()
    assert books() == []


def test_accepting_at_the_last_moment_or_the_lapse_but_never_both(
    app: Flask, event: Event, now: datetime
) -> None:
    for n in range(ROUNDS):
        tier = make_tier(event, f"Tier {n}", capacity=1)
        person = make_user(f"a{n}")
        first = join_list(event, person, tier)
        second = join_list(event, make_user(f"b{n}"), tier)
        hold_id = hold_of_offer(first).id
        db.session.rollback()
        accept = partial(accepts, first, now=now + HALF_AN_HOUR - timedelta(seconds=1))
        lapse = partial(lapse_one, hold_id, now=now + 2 * HALF_AN_HOUR)
        answers = at_once(app, [accept, lapse])
        kept = not errors(answers[:1])
        assert answers[1] is not kept
        assert states(first, second) == (["offered", "waiting"] if kept else ["paused", "offered"])
        assert stock_of(tier) == (1, 0, 0)
        db.session.rollback()
    assert books() == []


def test_joining_while_places_come_free_leaves_nobody_waiting_beside_a_free_place(
    app: Flask, event: Event
) -> None:
    tier = make_tier(event, "Floor", capacity=1)
    hold_places(event, make_user("Holder"), {tier: 1})
    people = [make_user(f"Joins{n}") for n in range(6)]
    tier_id = tier.id

    def grow() -> None:
        with transaction():
            resize_stock(tier_id, 5, now=clock.now())

    answers = at_once(app, [grow, *(lambda p=p: join_list(event, p, tier) for p in people)])
    assert errors(answers) == []
    assert (offers_open(), stock_of(tier)) == (4, (5, 0, 0))
    numbers = db.session.execute(
        sa.select(WaitingEntry.status).order_by(WaitingEntry.number)
    ).scalars()
    assert [status.value for status in numbers] == ["offered"] * 4 + ["waiting"] * 2
    db.session.rollback()
    assert books() == []


def test_one_persons_joins_at_once_are_counted_one_by_one(app: Flask, event: Event) -> None:
    alice = make_seller(make_user("Alma"))
    person = make_user("Eager")
    shows = [make_event(alice, f"Show {n}") for n in range(6)]
    pairs = [(show, make_tier(show, "Floor", capacity=1, sold=1)) for show in shows]
    works = [lambda pair=pair: join_list(pair[0], person, pair[1]) for pair in pairs]
    answers = at_once(app, works)
    assert errors(answers) == ["TooManyJoins"] * 3
    active = sa.select(sa.func.count()).where(Hold.status == HoldStatus.ACTIVE)
    assert db.session.scalar(active) == 0
