"""Many want the last place: one gets it. Each race is run once more with its lock taken out, and
must then be seen: a test of a race that nothing can lose proves nothing."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from threading import Barrier
from threading import Event as Signal

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.factories.accounts import make_user
from tests.factories.events import make_event, make_tier
from tests.factories.inventory import counts
from tests.people import Person
from tests.races.threads import at_once, errors, unlocked
from tixapp.core.clock import clock
from tixapp.core.db import db, transaction
from tixapp.events.models import Event, Tier
from tixapp.events.queries import event_by_id, locked_event
from tixapp.inventory.actions import place_hold, release_hold, resize_stock
from tixapp.inventory.at_once import _PLACE, FITS
from tixapp.inventory.errors import SoldOut
from tixapp.inventory.models import Hold, HoldStatus, Stock
from tixapp.ops.audit.counts import counters_equal_their_rows, nothing_is_oversold

EIGHT = 8
TEN_MINUTES = timedelta(minutes=10)


@pytest.fixture
def event(now: datetime, alice: Person) -> Event:
    assert alice.seller
    return make_event(alice.seller)


def buyers(count: int = EIGHT) -> list[int]:
    return [make_user(f"Buyer{number}").id for number in range(count)]


def take(event_id: str, picks: dict[int, int], buyer_id: int, now: datetime) -> int:
    with transaction():
        event = event_by_id(event_id)
        return place_hold(event, picks, buyer_id=buyer_id, now=now, length=TEN_MINUTES).id


def active_holds() -> int:
    query = sa.select(sa.func.count(Hold.id)).where(Hold.status == HoldStatus.ACTIVE)
    return db.session.scalar(query) or 0


def eight_for_one(app: Flask, event: Event, tier: Tier, now: datetime) -> list[int | Exception]:
    event_id, tier_id = event.public_id, tier.id
    works = [
        lambda buyer=buyer: take(event_id, {tier_id: 1}, buyer, now)  # type: ignore[misc]
        for buyer in buyers()
    ]
    return at_once(app, works)


@pytest.fixture
def step_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """Holds go the long way, as those do that replace another or take several tiers."""
    monkeypatch.setattr("tixapp.inventory.actions.place_at_once", lambda *_, **__: None)


def test_eight_for_the_last_place_are_one_hold_and_seven_refusals(
    app: Flask, now: datetime, event: Event
) -> None:
    floor = make_tier(event, capacity=1)
    answers = eight_for_one(app, event, floor, now)
    assert errors(answers) == ["SoldOut"] * 7
    assert (active_holds(), counts(floor)) == (1, (1, 0))


def test_with_a_read_before_the_write_the_last_place_is_held_more_than_once(
    app: Flask, now: datetime, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control for holds in one statement: what is left is read first and written later."""
    floor = make_tier(event, capacity=1)
    asked_of_the_row = "UPDATE stocks SET held = held + %(quantity)s FROM hold"
    read_and_written = """
        UPDATE stocks SET held = seen.held + %(quantity)s
        FROM hold, (
            SELECT tier_id AS tier, capacity AS places, held, sold, pg_sleep(1) FROM stocks
        ) AS seen"""
    condition = f"tier_id = %(tier_id)s AND {FITS}"
    looser = "tier_id = %(tier_id)s AND tier = %(tier_id)s AND seen.held + %(quantity)s <= places"
    text = _PLACE.replace(asked_of_the_row, read_and_written).replace(condition, looser)
    assert text.count("seen.held") == 2
    monkeypatch.setattr("tixapp.inventory.at_once._PLACE", text)
    answers = eight_for_one(app, event, floor, now)
    assert active_holds() > 1
    assert len(errors(answers)) < 7
    assert counters_equal_their_rows() != []


@pytest.mark.usefixtures("step_by_step")
def test_eight_for_the_last_place_are_one_hold_step_by_step_too(
    app: Flask, now: datetime, event: Event
) -> None:
    floor = make_tier(event, capacity=1)
    answers = eight_for_one(app, event, floor, now)
    assert errors(answers) == ["SoldOut"] * 7
    assert (active_holds(), counts(floor)) == (1, (1, 0))


@pytest.mark.usefixtures("step_by_step")
def test_without_the_lock_the_last_place_is_held_eight_times(
    app: Flask, now: datetime, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    floor = make_tier(event, capacity=1)
    monkeypatch.setattr("tixapp.inventory.queries.locked", unlocked)
    all_have_looked = Barrier(EIGHT)
    really_take = Stock.take

    def look_and_wait(stock: Stock, quantity: int, *, named: str) -> None:
        all_have_looked.wait(timeout=20)
        really_take(stock, quantity, named=named)

    monkeypatch.setattr(Stock, "take", look_and_wait)
    answers = eight_for_one(app, event, floor, now)
    assert errors(answers) == []
    assert active_holds() == 8
    assert counters_equal_their_rows() == [f"tier {floor.id}: 1 counted as held, 8 in active holds"]


def test_the_last_places_of_two_tiers_go_to_one_buyer_whole(
    app: Flask, now: datetime, event: Event
) -> None:
    floor, balcony = make_tier(event, "Floor", capacity=1), make_tier(event, "Balcony", capacity=1)
    event_id, tiers = event.public_id, [floor.id, balcony.id]
    works = [
        lambda buyer=buyer, order=order: take(  # type: ignore[misc]
            event_id, dict.fromkeys(order, 1), buyer, now
        )
        for buyer, order in zip(buyers(), [tiers, tiers[::-1]] * 4, strict=True)
    ]
    answers = at_once(app, works)
    assert errors(answers) == ["SoldOut"] * 7
    assert (active_holds(), counts(floor), counts(balcony)) == (1, (1, 0), (1, 0))


def test_two_hundred_holds_over_many_tiers_do_not_lock_each_other_out(
    app: Flask, now: datetime, event: Event
) -> None:
    tiers = [make_tier(event, f"Block {n}", capacity=20).id for n in range(6)]
    event_id, event_row = event.public_id, event.id
    people = buyers(24)

    def one_visitor(seed: int) -> int:
        """Holds, chooses again and lets go, at random."""
        chance = random.Random(seed)  # noqa: S311 - a repeatable crowd
        held = 0
        for _ in range(25):
            buyer = people[chance.randrange(3) * EIGHT + seed]
            picks = {tier: chance.randint(1, 2) for tier in chance.sample(tiers, 3)}
            try:
                hold_id = take(event_id, picks, buyer, now)
                held += 1
            except SoldOut:
                continue
            if chance.random() < 0.5:
                with transaction():
                    release_hold(hold_id, event_id=event_row, user_id=buyer, now=now)
        return held

    answers = at_once(app, [lambda seed=seed: one_visitor(seed) for seed in range(EIGHT)])
    assert errors(answers) == []
    assert sum(answer for answer in answers if isinstance(answer, int)) > 50
    assert counters_equal_their_rows() + nothing_is_oversold() == []


def test_the_same_person_eight_times_at_once_has_one_hold_within_the_limit(
    app: Flask, now: datetime, event: Event, bob: Person
) -> None:
    hall = make_tier(event, "Hall", capacity=100)
    event_id, hall_id, bob_id = event.public_id, hall.id, bob.id
    works = [
        lambda n=n: take(event_id, {hall_id: 1 + n % 4}, bob_id, now)  # type: ignore[misc]
        for n in range(EIGHT)
    ]
    answers = at_once(app, works)
    assert errors(answers) == []
    assert active_holds() == 1
    assert counters_equal_their_rows() == []


def test_a_lower_capacity_meets_a_hold_and_one_of_them_is_refused(
    app: Flask, now: datetime, event: Event, bob: Person
) -> None:
    floor = make_tier(event, "Floor", capacity=4)
    event_id, event_row, floor_id, bob_id = event.public_id, event.id, floor.id, bob.id

    def lower() -> str:
        with transaction():
            locked_event(event_row)
            resize_stock(floor_id, 3, now=clock.now())
        return "lowered"

    answers = at_once(app, [lower, lambda: str(take(event_id, {floor_id: 4}, bob_id, now))])
    assert errors(answers) in (["SoldOut"], ["BelowCommitted"])
    assert nothing_is_oversold() + counters_equal_their_rows() == []


def test_a_seller_who_changes_the_event_keeps_no_buyer_waiting(
    app: Flask, now: datetime, event: Event, bob: Person
) -> None:
    floor = make_tier(event, "Floor")
    event_row, event_id, floor_id, bob_id = event.id, event.public_id, floor.id, bob.id
    locked, held = Signal(), Signal()

    def seller() -> bool:
        with transaction():
            locked_event(event_row)
            locked.set()
            return held.wait(3)

    def buyer() -> bool:
        locked.wait(3)
        take(event_id, {floor_id: 1}, bob_id, now)
        held.set()
        return True

    assert at_once(app, [seller, buyer]) == [True, True]
