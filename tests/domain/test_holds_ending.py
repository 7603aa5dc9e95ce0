"""Letting go of places, deadlines, and what a capacity may fall to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from tests.factories.inventory import allowance, counts, hold_places, hold_statuses
from tests.factories.orders import buy, start_paying
from tests.fixtures.till import Till
from tests.people import Person
from tixapp.core.db import db, transaction
from tixapp.core.errors import NotFound
from tixapp.events.models import Event, Tier
from tixapp.events.queries import published_event
from tixapp.inventory.actions import place_hold, release_hold, resize_stock
from tixapp.inventory.errors import (
    BelowCommitted,
    HoldBeingPaid,
    HoldOver,
)
from tixapp.inventory.jobs import expire_holds, or_lapsed
from tixapp.inventory.models import Hold, HoldStatus
from tixapp.inventory.queries import availability, hold_of, next_deadline

Move = Callable[[datetime | timedelta], datetime]
MINUTE = timedelta(minutes=1)


def release(hold: Hold, *, now: datetime) -> None:
    with transaction():
        release_hold(hold.id, event_id=hold.event_id, user_id=hold.user_id, now=now)


# Coming back


def test_letting_go_gives_the_places_back_and_twice_is_no_fault(
    now: datetime, event: Event, floor: Tier, bob: Person
) -> None:
    hold = hold_places(event, bob.user, {floor: 3})
    release(hold, now=now)
    release(hold, now=now)
    assert hold_statuses() == [HoldStatus.RELEASED]
    assert nothing_held_any_more(event, floor, bob)


def nothing_held_any_more(event: Event, floor: Tier, person: Person) -> bool:
    return counts(floor) == (0, 0) and allowance(event, person.user) == (0, 0)


def test_what_is_being_paid_is_not_let_go(
    now: datetime, till: Till, event: Event, floor: Tier, bob: Person
) -> None:
    start_paying(event, bob.user, {floor: 2})
    hold = db.session.scalars(sa.select(Hold)).one()
    with pytest.raises(HoldBeingPaid):
        release(hold, now=now)
    assert (hold_statuses(), counts(floor)) == ([HoldStatus.ACTIVE], (2, 0))


def test_what_was_sold_is_not_let_go(
    now: datetime, till: Till, event: Event, floor: Tier, bob: Person
) -> None:
    buy(till, event, bob.user, {floor: 2})
    hold = db.session.scalars(sa.select(Hold)).one()
    with pytest.raises(HoldOver):
        release(hold, now=now)
    assert (hold_statuses(), counts(floor)) == ([HoldStatus.CONVERTED], (0, 2))


def test_a_hold_ends_at_its_deadline_and_not_before(
    now: datetime, at: Move, event: Event, floor: Tier, bob: Person
) -> None:
    hold_places(event, bob.user, {floor: 3})
    assert next_deadline() == now + 10 * MINUTE
    at(now + 10 * MINUTE - timedelta(microseconds=1))
    assert expire_holds() == 0
    at(now + 10 * MINUTE)
    assert expire_holds() == 1
    assert expire_holds() == 0
    assert hold_statuses() == [HoldStatus.EXPIRED]
    assert nothing_held_any_more(event, floor, bob)


def test_the_sweep_leaves_what_is_being_paid_to_stripe(
    now: datetime, at: Move, till: Till, event: Event, floor: Tier, bob: Person
) -> None:
    start_paying(event, bob.user, {floor: 2})
    at(timedelta(hours=1))
    assert expire_holds() == 0
    assert (hold_statuses(), counts(floor)) == ([HoldStatus.ACTIVE], (2, 0))


def test_a_fault_in_one_hold_does_not_keep_the_others(
    now: datetime, at: Move, event: Event, floor: Tier, bob: Person, carol: Person
) -> None:
    hold_places(event, bob.user, {floor: 2})
    hold_places(event, carol.user, {floor: 2})
    broken = {"user": bob.id}  # the counter is too low to be reduced
    db.session.execute(sa.text("UPDATE allowances SET held = 1 WHERE user_id = :user"), broken)
    db.session.commit()
    at(timedelta(minutes=10))
    assert expire_holds() == 1
    assert hold_statuses() == [HoldStatus.ACTIVE, HoldStatus.EXPIRED]
    assert counts(floor) == (2, 0)


def test_places_of_holds_that_are_over_count_as_free_before_any_sweep(
    now: datetime, event: Event, floor: Tier, bob: Person
) -> None:
    hold_places(event, bob.user, {floor: 3})
    later = now + 10 * MINUTE
    assert availability([event.id], now=now)[floor.id].remaining == 2
    assert availability([event.id], now=later)[floor.id].remaining == 5


def test_a_buyer_who_finds_only_lapsed_holds_in_the_way_gets_the_places(
    now: datetime, event: Event, floor: Tier, bob: Person, carol: Person
) -> None:
    hold_places(event, carol.user, {floor: 4})
    later = now + 10 * MINUTE

    def place(event: Event) -> Hold:
        with transaction():
            return place_hold(event, {floor.id: 3}, buyer_id=bob.id, now=later, length=10 * MINUTE)

    or_lapsed(place, published_event(event.slug), [floor.id], now=later)
    assert hold_statuses() == [HoldStatus.EXPIRED, HoldStatus.ACTIVE]
    assert (counts(floor), allowance(event, carol.user)) == ((3, 0), (0, 0))


# What a seller may do to the stock


def test_a_capacity_never_falls_below_what_is_held_and_sold(
    now: datetime, till: Till, event: Event, floor: Tier, bob: Person, carol: Person
) -> None:
    buy(till, event, bob.user, {floor: 2})
    hold_places(event, carol.user, {floor: 1})
    with pytest.raises(BelowCommitted) as refusal, transaction():
        resize_stock(floor.id, 2, now=now)
    assert refusal.value.details() == {"committed": 3}
    with transaction():
        resize_stock(floor.id, 3, now=now)
    assert availability([event.id], now=now)[floor.id].remaining == 0


def test_the_database_itself_refuses_to_oversell(event: Event, floor: Tier) -> None:
    with pytest.raises(sa.exc.IntegrityError, match="not_oversold"), transaction():
        db.session.execute(sa.text("UPDATE stocks SET held = 6"))
    assert counts(floor) == (0, 0)


def test_another_persons_hold_is_not_found(
    now: datetime, event: Event, floor: Tier, bob: Person, carol: Person
) -> None:
    hold = hold_places(event, bob.user, {floor: 1})
    with pytest.raises(NotFound):
        hold_of(hold.public_id, carol.id)
    assert hold_of(hold.public_id, bob.id).id == hold.id
