"""What people do with their place on a list: join, leave, rest, accept, decline, miss an offer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from tests.factories.accounts import make_user
from tests.factories.events import make_event, make_tier
from tests.factories.inventory import allowance, hold_places
from tests.factories.orders import buy, the_order, the_payment
from tests.factories.waiting import (
    HALF_AN_HOUR,
    accepts,
    ahead,
    comes_back,
    declines,
    granted,
    hold_of_offer,
    how_many_wait,
    join_list,
    leaves,
    pauses,
    states,
    stock_of,
)
from tests.fixtures.mailbox import Mailbox
from tests.fixtures.till import Till
from tests.people import Person
from tixapp.core.db import db, transaction
from tixapp.core.errors import NotFound
from tixapp.events.models import Event, Tier
from tixapp.inventory.actions import release_hold, resize_stock
from tixapp.inventory.errors import BadPicks, HoldOver, LimitReached, NotOnSale
from tixapp.inventory.jobs import expire_holds
from tixapp.inventory.models import HoldStatus
from tixapp.inventory.queries import hold_of
from tixapp.orders.actions import close_unpaid
from tixapp.orders.flows import payments
from tixapp.payments.models import Refund, RefundStatus
from tixapp.refunds.actions import Wish, refund_order
from tixapp.refunds.jobs import work_on_refunds
from tixapp.waiting.actions.ending import close_list
from tixapp.waiting.errors.list import (
    ListClosed,
    NotOffered,
    OfferAccepted,
    StillOnSale,
    TooManyJoins,
    WaitsElsewhere,
)
from tixapp.waiting.jobs.list import lapse_offers
from tixapp.waiting.models import WaitingEntry
from tixapp.waiting.queries.list import entry_of

Move = Callable[[datetime | timedelta], datetime]
Work = Callable[[], Mailbox]
MINUTE = timedelta(minutes=1)


@pytest.fixture
def event(alice: Person) -> Event:
    assert alice.seller
    return make_event(alice.seller)


@pytest.fixture
def floor(event: Event) -> Tier:
    return make_tier(event, "Floor", capacity=5, sold=5)


def raise_to(tier: Tier, capacity: int, *, now: datetime) -> None:
    with transaction():
        resize_stock(tier.id, capacity, now=now)


def entries() -> int:
    return db.session.scalar(sa.select(sa.func.count(WaitingEntry.id))) or 0


def test_asking_again_is_the_same_place(
    now: datetime, event: Event, floor: Tier, bob: Person, carol: Person
) -> None:
    first = join_list(event, bob.user, floor)
    join_list(event, carol.user, floor)
    again = join_list(event, bob.user, floor, 3)
    assert (again.id, again.quantity, ahead(again), entries()) == (first.id, 1, 0, 2)


def test_places_free_and_nobody_waiting_is_answered_with_an_offer_at_once(
    now: datetime, event: Event, bob: Person
) -> None:
    floor = make_tier(event, "Floor", capacity=5, sold=2)
    entry = join_list(event, bob.user, floor, 2)
    assert (states(entry), granted(entry), stock_of(floor)) == (["offered"], 2, (2, 2, 0))


def test_who_waits_for_any_tier_does_not_wait_for_one_of_them_too(
    now: datetime, event: Event, floor: Tier, bob: Person
) -> None:
    join_list(event, bob.user)
    with pytest.raises(WaitsElsewhere):
        join_list(event, bob.user, floor)
    assert entries() == 1


def test_one_may_wait_for_two_tiers(now: datetime, event: Event, floor: Tier, bob: Person) -> None:
    balcony = make_tier(event, "Balcony", capacity=1, sold=1)
    assert states(join_list(event, bob.user, floor), join_list(event, bob.user, balcony)) == [
        "waiting",
        "waiting",
    ]
    with pytest.raises(WaitsElsewhere):
        join_list(event, bob.user)


@pytest.mark.parametrize("quantity", [0, -1, 5])
def test_nobody_waits_for_more_than_one_order_may_have(
    quantity: int, now: datetime, event: Event, floor: Tier, bob: Person
) -> None:
    with pytest.raises((BadPicks, LimitReached)):
        join_list(event, bob.user, floor, quantity)
    assert entries() == 0


def test_nobody_waits_for_more_than_one_person_may_have(
    now: datetime, till: Till, event: Event, floor: Tier, bob: Person
) -> None:
    buy(till, event, bob.user, {make_tier(event, "Balcony"): 4})
    with pytest.raises(LimitReached) as refusal:
        join_list(event, bob.user, floor, 3)
    assert (refusal.value.limit, refusal.value.have, entries()) == (6, 4, 0)


def test_a_closed_list_takes_no_new_names_and_keeps_the_old(
    now: datetime, event: Event, floor: Tier, bob: Person, carol: Person
) -> None:
    stays = join_list(event, bob.user, floor)
    with transaction():
        close_list(event, by=None, now=now)
    with pytest.raises(ListClosed):
        join_list(event, carol.user, floor)
    raise_to(floor, 6, now=now)
    assert (states(stays), entries()) == (["offered"], 1)


def test_an_event_without_a_list_and_one_that_is_not_on_sale_take_no_names(
    now: datetime, alice: Person, bob: Person
) -> None:
    assert alice.seller
    none = make_event(alice.seller, "No List", has_waiting_list=False)
    soon = make_event(alice.seller, "Soon", on_sale_at=now + MINUTE)
    over = make_event(alice.seller, "Over", starts_at=now - MINUTE)
    for event, refusal in ((none, ListClosed), (soon, NotOnSale), (over, NotOnSale)):
        tier = make_tier(event, "Floor", capacity=1, sold=1)
        with pytest.raises(refusal):
            join_list(event, bob.user, tier)
    assert entries() == 0


def test_the_list_is_no_way_round_the_waiting_room(
    now: datetime, alice: Person, bob: Person, carol: Person
) -> None:
    assert alice.seller
    event = make_event(alice.seller, has_room=True)
    floor = make_tier(event, "Floor", capacity=2)
    with pytest.raises(StillOnSale):
        join_list(event, bob.user, floor)
    assert entries() == 0
    hold_places(event, carol.user, {floor: 2})
    assert states(join_list(event, bob.user, floor)) == ["waiting"]


def test_three_new_places_in_thirty_minutes_and_then_a_time_is_named(
    now: datetime, alice: Person, bob: Person
) -> None:
    assert alice.seller
    tiers = []
    for n in range(4):
        event = make_event(alice.seller, f"Show {n}")
        tiers.append((event, make_tier(event, "Floor", capacity=1, sold=1)))
    for n, (event, tier) in enumerate(tiers[:3]):
        join_list(event, bob.user, tier, now=now + n * MINUTE)
    join_list(*(tiers[0][0], bob.user, tiers[0][1]), now=now + 3 * MINUTE)
    with pytest.raises(TooManyJoins) as refusal:
        join_list(tiers[3][0], bob.user, tiers[3][1], now=now + 4 * MINUTE)
    assert (refusal.value.again_at, refusal.value.retry_after) == (now + HALF_AN_HOUR, 26 * 60)
    assert entries() == 3
    join_list(tiers[3][0], bob.user, tiers[3][1], now=now + HALF_AN_HOUR)
    assert entries() == 4


def test_leaving_and_coming_again_is_a_new_place_at_the_end_and_counts(
    now: datetime, event: Event, floor: Tier, bob: Person, carol: Person
) -> None:
    for _ in range(3):
        leaves(join_list(event, bob.user, floor))
    with pytest.raises(TooManyJoins):
        join_list(event, bob.user, floor)
    assert (entries(), how_many_wait(event)) == (3, 0)


def test_leaving_twice_is_no_fault_and_others_move_up(
    now: datetime, event: Event, floor: Tier, bob: Person, carol: Person
) -> None:
    first, second = join_list(event, bob.user, floor), join_list(event, carol.user, floor)
    assert ahead(second) == 1
    leaves(first)
    leaves(first)
    assert (states(first, second), ahead(second), how_many_wait(event)) == (
        ["left", "waiting"],
        0,
        1,
    )


def test_leaving_an_offer_gives_it_to_the_next(
    now: datetime, event: Event, floor: Tier, bob: Person, carol: Person
) -> None:
    first, second = join_list(event, bob.user, floor), join_list(event, carol.user, floor)
    raise_to(floor, 6, now=now)
    leaves(first)
    assert (states(first, second), stock_of(floor)) == (["left", "offered"], (1, 5, 0))


def test_declining_fewer_than_asked_for_keeps_the_place_and_the_next_is_served(
    now: datetime, event: Event, floor: Tier, bob: Person, carol: Person
) -> None:
    four, two = join_list(event, bob.user, floor, 4), join_list(event, carol.user, floor, 2)
    raise_to(floor, 7, now=now)
    declines(four)
    assert (states(four, two), ahead(four), granted(two)) == (["waiting", "offered"], 0, 2)
    raise_to(floor, 10, now=now)
    assert (states(four), granted(four)) == (["offered"], 3)


def test_declining_all_that_was_asked_for_is_leaving(
    now: datetime, event: Event, floor: Tier, bob: Person
) -> None:
    entry = join_list(event, bob.user, floor)
    with pytest.raises(NotOffered):
        declines(entry)
    raise_to(floor, 6, now=now)
    declines(entry)
    assert (states(entry), stock_of(floor)) == (["left"], (0, 5, 0))


def test_who_rests_keeps_the_place_and_is_offered_nothing(
    now: datetime, event: Event, floor: Tier, bob: Person, carol: Person
) -> None:
    first, second = join_list(event, bob.user, floor), join_list(event, carol.user, floor)
    pauses(first)
    pauses(first)
    raise_to(floor, 6, now=now)
    assert states(first, second) == ["paused", "offered"]
    comes_back(first)
    comes_back(first)
    third = join_list(event, make_user("Frank"), floor)
    assert (states(first), ahead(first), ahead(third)) == (["waiting"], 0, 1)


def test_who_comes_back_when_places_are_free_is_offered_them_at_once(
    now: datetime, event: Event, floor: Tier, bob: Person
) -> None:
    entry = join_list(event, bob.user, floor)
    pauses(entry)
    raise_to(floor, 7, now=now)
    assert stock_of(floor) == (0, 5, 0)
    comes_back(entry)
    assert (states(entry), stock_of(floor)) == (["offered"], (1, 5, 0))


def test_an_accepted_offer_is_a_reservation_with_the_offers_deadline(
    now: datetime, event: Event, floor: Tier, bob: Person
) -> None:
    entry = join_list(event, bob.user, floor, 2)
    raise_to(floor, 7, now=now)
    with pytest.raises(NotFound):
        hold_of(hold_of_offer(entry).public_id, bob.id)
    hold = accepts(entry, now=now + 10 * MINUTE)
    assert (hold.status, hold.expires_at) == (HoldStatus.ACTIVE, now + HALF_AN_HOUR)
    assert (allowance(event, bob.user), stock_of(floor)) == ((2, 0), (2, 5, 0))
    assert accepts(entry, now=now + 11 * MINUTE).id == hold.id
    with pytest.raises(OfferAccepted):
        leaves(entry)


def test_accepting_takes_the_place_of_another_reservation_here(
    now: datetime, event: Event, floor: Tier, bob: Person, carol: Person
) -> None:
    balcony = make_tier(event, "Balcony", capacity=4)
    hold_places(event, bob.user, {balcony: 4})
    mine, other = join_list(event, bob.user, floor, 3), join_list(event, carol.user, balcony)
    raise_to(floor, 8, now=now)
    accepts(mine)
    assert (allowance(event, bob.user), stock_of(balcony)) == ((3, 0), (1, 0, 0))
    assert states(mine, other) == ["offered", "offered"]


def test_accepting_more_than_one_person_may_have_is_refused_and_the_offer_stands(
    now: datetime, till: Till, event: Event, floor: Tier, bob: Person
) -> None:
    entry = join_list(event, bob.user, floor, 3)
    raise_to(floor, 8, now=now)
    buy(till, event, bob.user, {make_tier(event, "Balcony"): 4})
    with pytest.raises(LimitReached):
        accepts(entry)
    assert (states(entry), stock_of(floor), allowance(event, bob.user)) == (
        ["offered"],
        (3, 5, 0),
        (0, 4),
    )


def test_a_purchase_ends_the_entry_and_after_a_refund_one_may_join_again(
    now: datetime, till: Till, event: Event, bob: Person
) -> None:
    floor = make_tier(event, "Floor", capacity=1)
    entry = join_list(event, bob.user, floor)
    hold = accepts(entry)
    order = the_order(payments().start(hold.public_id, bob.id).order_public_id)
    till.pay(till.sessions[the_payment(order).stripe_session or ""])
    payments().settle_order(order.id)
    assert (states(entry), stock_of(floor)) == (["purchased"], (0, 1, 0))
    with transaction():
        refund_order(order.id, Wish("asked", None, with_fee=False), now=now)
    again = join_list(event, bob.user, floor)
    assert (states(entry, again), again.id != entry.id) == (["purchased", "offered"], True)


def test_starting_to_pay_does_not_move_an_offers_deadline(
    now: datetime, at: Move, till: Till, event: Event, bob: Person
) -> None:
    floor = make_tier(event, "Floor", capacity=1)
    entry = join_list(event, bob.user, floor)
    hold = accepts(entry)
    at(29 * MINUTE)
    payments().start(hold.public_id, bob.id)
    assert hold_of_offer(entry).expires_at == now + HALF_AN_HOUR


def test_an_offer_that_nobody_takes_lapses_and_its_places_go_to_the_next(
    now: datetime, at: Move, event: Event, floor: Tier, bob: Person, carol: Person, work: Work
) -> None:
    first, second = join_list(event, bob.user, floor), join_list(event, carol.user, floor)
    raise_to(floor, 6, now=now)
    work()
    at(HALF_AN_HOUR - timedelta(seconds=1))
    assert lapse_offers() == 0
    at(now + HALF_AN_HOUR)
    assert (lapse_offers(), lapse_offers()) == (1, 0)
    assert (states(first, second), stock_of(floor)) == (["expired", "offered"], (1, 5, 0))
    assert hold_of_offer(second).expires_at == now + 2 * HALF_AN_HOUR
    with pytest.raises(NotOffered):
        accepts(first, now=now + HALF_AN_HOUR)


def test_an_offer_is_not_accepted_after_its_time_even_if_no_sweep_has_seen_it(
    now: datetime, event: Event, floor: Tier, bob: Person
) -> None:
    entry = join_list(event, bob.user, floor)
    raise_to(floor, 6, now=now)
    with pytest.raises(HoldOver):
        accepts(entry, now=now + HALF_AN_HOUR)
    assert (states(entry), allowance(event, bob.user)) == (["offered"], (0, 0))


def test_an_accepted_offer_that_is_not_paid_lapses_too(
    now: datetime, at: Move, event: Event, floor: Tier, bob: Person, carol: Person
) -> None:
    first, second = join_list(event, bob.user, floor), join_list(event, carol.user, floor)
    raise_to(floor, 6, now=now)
    accepts(first)
    at(HALF_AN_HOUR)
    assert expire_holds() == 1
    assert (states(first, second), allowance(event, bob.user)) == (["expired", "offered"], (0, 0))


def test_letting_an_accepted_offer_go_at_the_checkout_is_leaving(
    now: datetime, event: Event, floor: Tier, bob: Person, carol: Person
) -> None:
    first, second = join_list(event, bob.user, floor), join_list(event, carol.user, floor)
    raise_to(floor, 6, now=now)
    hold = accepts(first)
    with transaction():
        release_hold(hold.id, event_id=event.id, user_id=bob.id, now=now)
    assert states(first, second) == ["left", "offered"]


def test_a_late_payment_is_fulfilled_or_refunded_and_never_jumps_the_list(
    now: datetime, till: Till, event: Event, bob: Person, carol: Person
) -> None:
    floor = make_tier(event, "Floor", capacity=1)
    first, second = join_list(event, bob.user, floor), join_list(event, carol.user, floor)
    hold = accepts(first)
    order = the_order(payments().start(hold.public_id, bob.id).order_public_id)
    payment = the_payment(order)
    with transaction():
        close_unpaid(order.id, payment.id, failed=False, now=now + HALF_AN_HOUR)
    assert states(first, second) == ["expired", "offered"]
    till.pay(till.sessions[payment.stripe_session or ""])
    payments().settle_order(order.id)
    assert (the_order(order.public_id).status, stock_of(floor)) == ("expired", (1, 0, 0))
    assert entry_of(second.public_id, carol.id).status == "offered"
    [back] = db.session.scalars(sa.select(Refund).filter_by(payment_id=payment.id))
    assert (back.amount_minor, back.returns_fee) == (payment.amount_minor, True)
    assert work_on_refunds() == 1
    db.session.refresh(back)
    assert back.status == RefundStatus.SUCCEEDED
