"""Freed places go to those who wait, in the transaction that frees them and in their order."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

import pytest

from tests.factories.accounts import make_user
from tests.factories.events import make_event, make_tier
from tests.factories.inventory import allowance, hold_places
from tests.factories.orders import buy
from tests.factories.waiting import (
    HALF_AN_HOUR,
    granted,
    hold_of_offer,
    how_many_wait,
    join_list,
    leaves,
    offers_open,
    states,
    stock_of,
)
from tests.fixtures.mailbox import Mailbox
from tests.fixtures.till import Till
from tests.people import Person
from tixapp.core.db import transaction
from tixapp.events.actions import add_tier, pause, resume
from tixapp.events.models import Event, Tier
from tixapp.events.rules import TierDetails
from tixapp.inventory.actions import open_stock, release_hold, resize_stock
from tixapp.inventory.errors import SoldOut
from tixapp.inventory.jobs import expire_holds
from tixapp.inventory.models import Hold
from tixapp.refunds.actions import Wish, refund_order
from tixapp.waiting.jobs.list import tend_lists

Work = Callable[[], Mailbox]
Queries = Callable[[], AbstractContextManager[list[str]]]
MINUTE = timedelta(minutes=1)


@pytest.fixture
def event(alice: Person) -> Event:
    assert alice.seller
    return make_event(alice.seller)


@pytest.fixture
def floor(event: Event) -> Tier:
    """Sold out, to people who are not in these tests."""
    return make_tier(event, "Floor", capacity=5, sold=5)


def raise_capacity(tier: Tier, capacity: int, *, now: datetime) -> None:
    with transaction():
        resize_stock(tier.id, capacity, now=now)


def release(hold: Hold, *, now: datetime) -> None:
    with transaction():
        release_hold(hold.id, event_id=hold.event_id, user_id=hold.user_id, now=now)


def test_a_raised_capacity_is_offered_to_the_first_who_joined(
    now: datetime, event: Event, floor: Tier, bob: Person, carol: Person
) -> None:
    first, second = join_list(event, bob.user, floor, 2), join_list(event, carol.user, floor, 2)
    raise_capacity(floor, 7, now=now)
    assert states(first, second) == ["offered", "waiting"]
    assert (granted(first), hold_of_offer(first).expires_at) == (2, now + HALF_AN_HOUR)
    assert (stock_of(floor), how_many_wait(event)) == ((2, 5, 0), 1)
    assert allowance(event, bob.user) == (0, 0)


def test_a_newcomer_does_not_get_a_place_that_somebody_waits_for(
    now: datetime, event: Event, bob: Person, carol: Person, dan: Person
) -> None:
    floor = make_tier(event, "Floor", capacity=1)
    hold = hold_places(event, bob.user, {floor: 1})
    waits = join_list(event, carol.user, floor)
    release(hold, now=now)
    with pytest.raises(SoldOut) as refusal:
        hold_places(event, dan.user, {floor: 1})
    assert (refusal.value.left, states(waits), stock_of(floor)) == (0, ["offered"], (1, 0, 0))


def test_a_hold_that_expires_is_offered_in_the_same_transaction(
    now: datetime, event: Event, bob: Person, carol: Person
) -> None:
    floor = make_tier(event, "Floor", capacity=2)
    hold_places(event, bob.user, {floor: 2}, now=now - 11 * MINUTE)
    waits = join_list(event, carol.user, floor, 2, now=now)
    assert expire_holds() == 1
    assert (states(waits), stock_of(floor)) == (["offered"], (2, 0, 0))


def test_refunded_places_are_offered(
    now: datetime, till: Till, event: Event, bob: Person, carol: Person
) -> None:
    floor = make_tier(event, "Floor", capacity=2)
    order = buy(till, event, bob.user, {floor: 2})
    waits = join_list(event, carol.user, floor)
    with transaction():
        refund_order(order.id, Wish("asked", None, with_fee=False), now=now)
    assert (states(waits), stock_of(floor)) == (["offered"], (1, 0, 0))


def test_places_of_a_reservation_that_was_chosen_again_are_offered(
    now: datetime, event: Event, bob: Person, carol: Person
) -> None:
    floor, balcony = make_tier(event, "Floor", capacity=2), make_tier(event, "Balcony")
    hold_places(event, bob.user, {floor: 2})
    waits = join_list(event, carol.user, floor)
    hold_places(event, bob.user, {balcony: 1})
    assert (states(waits), stock_of(floor), stock_of(balcony)) == (
        ["offered"],
        (1, 0, 0),
        (1, 0, 0),
    )


def test_choosing_again_does_not_take_more_than_one_had_while_others_wait(
    now: datetime, event: Event, bob: Person, carol: Person
) -> None:
    floor = make_tier(event, "Floor", capacity=3, sold=1)
    hold_places(event, bob.user, {floor: 2})
    waits = join_list(event, carol.user, floor)
    with pytest.raises(SoldOut):
        hold_places(event, bob.user, {floor: 3})
    assert (states(waits), stock_of(floor)) == (["waiting"], (2, 1, 0))


def test_a_new_tier_is_offered_to_those_who_wait_for_any(
    now: datetime, event: Event, floor: Tier, bob: Person
) -> None:
    waits = join_list(event, bob.user)
    balcony = make_tier(event, "Balcony", capacity=9, sold=9)
    raise_capacity(balcony, 10, now=now)
    assert states(waits) == ["offered"]


def test_opening_a_tier_offers_its_places(
    now: datetime, event: Event, floor: Tier, bob: Person
) -> None:
    waits = join_list(event, bob.user, quantity=2)
    with transaction():
        tier = add_tier(event.id, TierDetails("Standing", 1500), by=None, now=now)
        open_stock(tier.id, 10, now=now)
    assert (states(waits), stock_of(tier)) == (["offered"], (2, 0, 0))


def test_any_tier_and_one_tier_stand_in_one_line(
    now: datetime, event: Event, floor: Tier, bob: Person, carol: Person
) -> None:
    anything, this = join_list(event, bob.user), join_list(event, carol.user, floor)
    raise_capacity(floor, 6, now=now)
    assert states(anything, this) == ["offered", "waiting"]
    raise_capacity(floor, 7, now=now)
    assert states(anything, this) == ["offered", "offered"]


def test_who_takes_fewer_is_offered_what_is_there_and_who_stays_together_is_not(
    now: datetime, event: Event, floor: Tier, bob: Person, carol: Person
) -> None:
    four = join_list(event, bob.user, floor, 4, together=True)
    some = join_list(event, carol.user, floor, 3)
    raise_capacity(floor, 7, now=now)
    assert (states(four, some), granted(some)) == (["waiting", "offered"], 2)


def test_a_head_that_was_passed_over_three_times_gets_the_next_places_kept(
    now: datetime, event: Event, floor: Tier, bob: Person, carol: Person
) -> None:
    four = join_list(event, bob.user, floor, 4, together=True)
    others = [make_user(f"Guest{n}") for n in range(4)]
    behind = [join_list(event, user, floor) for user in others]
    for n in range(3):
        raise_capacity(floor, 6 + n, now=now)
    assert states(four, *behind) == ["waiting", "offered", "offered", "offered", "waiting"]
    raise_capacity(floor, 10, now=now)
    assert (states(four, behind[3]), stock_of(floor)) == (["waiting", "waiting"], (3, 5, 2))
    with pytest.raises(SoldOut):
        hold_places(event, carol.user, {floor: 1})
    raise_capacity(floor, 12, now=now)
    assert (states(four, behind[3]), stock_of(floor)) == (["offered", "waiting"], (7, 5, 0))


def test_places_kept_for_a_head_who_leaves_go_to_the_next(
    now: datetime, event: Event, floor: Tier, bob: Person, carol: Person
) -> None:
    four = join_list(event, bob.user, floor, 4, together=True)
    behind = [join_list(event, make_user(f"Guest{n}"), floor) for n in range(4)]
    for n in range(4):
        raise_capacity(floor, 6 + n, now=now)
    assert (states(behind[3]), stock_of(floor)) == (["waiting"], (3, 5, 1))
    leaves(four)
    assert (states(four, behind[3]), stock_of(floor)) == (["left", "offered"], (4, 5, 0))


def test_a_head_who_wants_more_than_one_order_may_have_now_holds_nobody_up(
    now: datetime, event: Event, floor: Tier, bob: Person, carol: Person
) -> None:
    four = join_list(event, bob.user, floor, 4, together=True)
    floor.per_order_limit = 2
    others = [join_list(event, make_user(f"Guest{n}"), floor) for n in range(5)]
    for n in range(5):
        raise_capacity(floor, 6 + n, now=now)
    assert states(four, *others) == ["waiting"] + ["offered"] * 5


def test_who_has_all_the_tickets_one_may_have_rests_and_the_next_is_served(
    now: datetime, till: Till, event: Event, bob: Person, carol: Person
) -> None:
    event.purchase_limit = 2
    floor, balcony = make_tier(event, "Floor", capacity=1, sold=1), make_tier(event, "Balcony")
    first, second = join_list(event, bob.user, floor), join_list(event, carol.user, floor)
    buy(till, event, bob.user, {balcony: 2})
    raise_capacity(floor, 2, now=now)
    assert (states(first, second), how_many_wait(event)) == (["paused", "offered"], 0)


def test_thousands_of_freed_places_are_handed_out_in_batches_and_nobody_cuts_in(
    now: datetime, event: Event, floor: Tier, carol: Person
) -> None:
    entries = [join_list(event, make_user(f"Guest{n}"), floor, now=now) for n in range(60)]
    raise_capacity(floor, 2005, now=now)
    assert (offers_open(), stock_of(floor)) == (25, (25, 5, 1975))
    assert states(*entries) == ["offered"] * 25 + ["waiting"] * 35
    with pytest.raises(SoldOut):
        hold_places(event, carol.user, {floor: 1})
    tend_lists()
    assert (offers_open(), stock_of(floor)) == (50, (50, 5, 1950))
    tend_lists()
    assert (offers_open(), stock_of(floor)) == (60, (60, 5, 0))
    assert hold_places(event, carol.user, {floor: 1}).quantity == 1


def test_the_reaction_goes_on_with_what_one_transaction_left(
    now: datetime, event: Event, floor: Tier, work: Work
) -> None:
    for n in range(60):
        join_list(event, make_user(f"Guest{n}"), floor, now=now)
    raise_capacity(floor, 100, now=now)
    work()
    assert (offers_open(), stock_of(floor)) == (60, (60, 5, 0))


def test_while_the_sale_is_paused_freed_places_are_kept_and_offered_when_it_goes_on(
    now: datetime, event: Event, floor: Tier, bob: Person
) -> None:
    waits = join_list(event, bob.user, floor)
    with transaction():
        pause(event.id, by=None, now=now)
    raise_capacity(floor, 7, now=now)
    assert (states(waits), stock_of(floor)) == (["waiting"], (0, 5, 2))
    with transaction():
        resume(event.id, by=None, now=now)
    tend_lists()
    assert (states(waits), stock_of(floor)) == (["offered"], (1, 5, 0))


def test_nothing_is_offered_once_the_tier_is_no_longer_sold(
    now: datetime, event: Event, floor: Tier, bob: Person
) -> None:
    waits = join_list(event, bob.user, floor)
    floor.sale_ends_at = now
    raise_capacity(floor, 7, now=now)
    assert (states(waits), stock_of(floor)) == (["waiting"], (0, 5, 0))


def test_without_a_list_freeing_a_place_asks_one_question_more(
    now: datetime, event: Event, floor: Tier, queries: Queries
) -> None:
    with queries() as seen:
        raise_capacity(floor, 7, now=now)
    asked = [s for s in seen if "waiting" in s]
    assert len(asked) == 1
