"""Setting places aside: who may, how many, when the sale is on, and choosing again."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from tests.factories.events import make_event, make_tier
from tests.factories.inventory import allowance, counts, hold_places, hold_statuses
from tests.factories.orders import buy, start_paying
from tests.fixtures.till import Till
from tests.people import Person
from tixapp.core.db import db, transaction
from tixapp.core.errors import TixappError
from tixapp.events.models import Event, EventStatus, Tier
from tixapp.events.queries import event_by_id
from tixapp.inventory.actions import place_hold, release_hold
from tixapp.inventory.errors import (
    BadPicks,
    HoldBeingPaid,
    LimitReached,
    NotOnSale,
    SalePaused,
    SoldOut,
)
from tixapp.inventory.models import Hold, HoldStatus
from tixapp.inventory.queries import hold_of
from tixapp.tickets.actions import Door, check_in_by_id

MINUTE = timedelta(minutes=1)


def release(hold: Hold, *, now: datetime) -> None:
    with transaction():
        release_hold(hold.id, event_id=hold.event_id, user_id=hold.user_id, now=now)


def nothing_is_held(event: Event, floor: Tier, person: Person) -> bool:
    no_holds = db.session.scalar(sa.select(sa.func.count(Hold.id))) == 0
    return no_holds and counts(floor) == (0, 0) and allowance(event, person.user) == (0, 0)


# Placing


def test_a_hold_sets_places_of_several_tiers_aside_for_ten_minutes(
    now: datetime, event: Event, floor: Tier, bob: Person
) -> None:
    balcony = make_tier(event, "Balcony", capacity=10)
    hold = hold_places(event, bob.user, {floor: 2, balcony: 3})
    assert (hold.status, hold.expires_at) == (HoldStatus.ACTIVE, now + 10 * MINUTE)
    assert (counts(floor), counts(balcony)) == ((2, 0), (3, 0))
    assert allowance(event, bob.user) == (5, 0)


def test_a_first_hold_costs_few_statements(
    now: datetime, event: Event, floor: Tier, bob: Person, queries
) -> None:
    whole = event_by_id(event.public_id)
    with queries() as asked, transaction():
        place_hold(whole, {floor.id: 2}, buyer_id=bob.id, now=now, length=10 * MINUTE)
    assert len(asked) == 1, asked  # allowance, hold, line and stock at once


def test_the_last_place_is_held_once(
    now: datetime, event: Event, floor: Tier, bob: Person, carol: Person
) -> None:
    hold_places(event, bob.user, {floor: 4})
    with pytest.raises(SoldOut) as refusal:
        hold_places(event, carol.user, {floor: 2})
    assert refusal.value.details() == {"tier": "Floor", "wanted": 2, "left": 1}
    assert (counts(floor), allowance(event, carol.user)) == ((4, 0), (0, 0))
    hold_places(event, carol.user, {floor: 1})
    assert counts(floor) == (5, 0)


def test_a_hold_is_whole_or_not_at_all(
    now: datetime, event: Event, floor: Tier, bob: Person
) -> None:
    pit = make_tier(event, "Pit", capacity=1)
    with pytest.raises(SoldOut):
        hold_places(event, bob.user, {floor: 2, pit: 2})
    assert counts(pit) == (0, 0)
    assert nothing_is_held(event, floor, bob)


def test_one_order_has_at_most_four_of_a_tier(
    now: datetime, event: Event, floor: Tier, bob: Person
) -> None:
    with pytest.raises(LimitReached) as refusal:
        hold_places(event, bob.user, {floor: 5})
    assert refusal.value.details() == {"limit": 4, "have": 0}
    assert nothing_is_held(event, floor, bob)


def test_one_person_has_at_most_six_of_an_event_over_all_tiers(
    now: datetime, event: Event, floor: Tier, bob: Person
) -> None:
    balcony = make_tier(event, "Balcony")
    with pytest.raises(LimitReached) as refusal:
        hold_places(event, bob.user, {floor: 4, balcony: 3})
    assert refusal.value.limit == 6
    assert nothing_is_held(event, floor, bob)
    hold_places(event, bob.user, {floor: 4, balcony: 2})
    assert allowance(event, bob.user) == (6, 0)


def test_tickets_that_stand_count_used_ones_too(
    now: datetime, till: Till, event: Event, floor: Tier, bob: Person, dan: Person
) -> None:
    order = buy(till, event, bob.user, {floor: 4})
    used = db.session.execute(
        sa.text("SELECT public_id FROM tickets WHERE order_id = :id LIMIT 1"), {"id": order.id}
    ).scalar_one()
    with transaction():
        check_in_by_id(
            used, door=Door(event.id, dan.id, "Main"), scan_id=None, scanned_at=now, now=now
        )
    balcony = make_tier(event, "Balcony")
    with pytest.raises(LimitReached) as refusal:
        hold_places(event, bob.user, {balcony: 3})
    assert refusal.value.details() == {"limit": 6, "have": 4}
    assert (counts(balcony), allowance(event, bob.user)) == ((0, 0), (0, 4))
    hold_places(event, bob.user, {balcony: 2})
    assert allowance(event, bob.user) == (2, 4)


def test_another_events_limit_is_its_own(
    now: datetime, alice: Person, event: Event, floor: Tier, bob: Person
) -> None:
    assert alice.seller
    other = make_event(alice.seller, "Day Trains")
    seats = make_tier(other, "Seats", per_order_limit=6)
    hold_places(event, bob.user, {floor: 4})
    hold_places(other, bob.user, {seats: 6})
    assert allowance(other, bob.user) == (6, 0)


@pytest.mark.parametrize("quantity", [0, -1, True, 1.5, "2", 10**9])
def test_a_quantity_is_a_whole_number_from_one_to_the_limit(
    now: datetime, event: Event, floor: Tier, bob: Person, quantity: object
) -> None:
    with pytest.raises((BadPicks, LimitReached)):
        hold_places(event, bob.user, {floor: quantity})  # type: ignore[dict-item]
    assert nothing_is_held(event, floor, bob)


def test_nothing_chosen_is_no_hold(now: datetime, event: Event, floor: Tier, bob: Person) -> None:
    with pytest.raises(BadPicks):
        hold_places(event, bob.user, {})
    assert nothing_is_held(event, floor, bob)


def test_a_tier_of_another_event_is_unknown_here(
    now: datetime, alice: Person, event: Event, floor: Tier, bob: Person
) -> None:
    assert alice.seller
    theirs = make_tier(make_event(alice.seller, "Day Trains"), "Seats")
    with pytest.raises(BadPicks):
        hold_places(event, bob.user, {floor: 1, theirs: 1})
    assert counts(theirs) == (0, 0)
    assert nothing_is_held(event, floor, bob)


# When


def refused(event: Event, floor: Tier, bob: Person, kind: type[TixappError], at: datetime) -> None:
    with pytest.raises(kind):
        hold_places(event, bob.user, {floor: 1}, now=at)
    assert nothing_is_held(event, floor, bob)


@pytest.mark.parametrize("status", [EventStatus.DRAFT, EventStatus.CANCELLED, EventStatus.ENDED])
def test_only_a_published_event_is_on_sale(
    now: datetime, event: Event, floor: Tier, bob: Person, status: EventStatus
) -> None:
    event.status = status
    db.session.commit()
    refused(event, floor, bob, NotOnSale, now)


def test_a_paused_sale_gives_nothing(now: datetime, event: Event, floor: Tier, bob: Person) -> None:
    event.paused_at = now
    db.session.commit()
    refused(event, floor, bob, SalePaused, now)


def test_a_sale_opens_at_its_moment_and_not_before(
    now: datetime, event: Event, floor: Tier, bob: Person
) -> None:
    event.on_sale_at = now + MINUTE
    db.session.commit()
    refused(event, floor, bob, NotOnSale, now + MINUTE - timedelta(microseconds=1))
    hold_places(event, bob.user, {floor: 1}, now=now + MINUTE)
    assert counts(floor) == (1, 0)


def test_nothing_is_sold_once_the_event_is_over(
    now: datetime, event: Event, floor: Tier, bob: Person
) -> None:
    event.ends_at = event.starts_at + timedelta(hours=3)
    db.session.commit()
    refused(event, floor, bob, NotOnSale, event.ends_at)
    hold_places(event, bob.user, {floor: 1}, now=event.ends_at - MINUTE)
    assert counts(floor) == (1, 0)


def test_a_tier_has_a_window_of_its_own(
    now: datetime, event: Event, floor: Tier, bob: Person
) -> None:
    floor.sale_starts_at, floor.sale_ends_at = now, now + MINUTE
    db.session.commit()
    refused(event, floor, bob, NotOnSale, now - timedelta(microseconds=1))
    refused(event, floor, bob, NotOnSale, now + MINUTE)
    hold_places(event, bob.user, {floor: 1}, now=now)
    assert counts(floor) == (1, 0)


# Choosing again


def test_choosing_again_replaces_the_hold_and_keeps_its_deadline(
    now: datetime, event: Event, floor: Tier, bob: Person
) -> None:
    balcony = make_tier(event, "Balcony")
    hold_places(event, bob.user, {floor: 3})
    again = hold_places(event, bob.user, {floor: 1, balcony: 2}, now=now + 4 * MINUTE)
    assert again.expires_at == now + 10 * MINUTE
    assert hold_statuses() == [HoldStatus.RELEASED, HoldStatus.ACTIVE]
    assert (counts(floor), counts(balcony)) == ((1, 0), (2, 0))
    assert allowance(event, bob.user) == (3, 0)


def test_choosing_again_may_use_the_places_one_has_already(
    now: datetime, event: Event, floor: Tier, bob: Person
) -> None:
    hold_places(event, bob.user, {floor: 3})
    hold_places(event, bob.user, {floor: 4})
    assert counts(floor) == (4, 0)


def test_choosing_too_many_again_leaves_the_first_hold_as_it_was(
    now: datetime, event: Event, floor: Tier, bob: Person, carol: Person
) -> None:
    first = hold_places(event, bob.user, {floor: 2})
    hold_places(event, carol.user, {floor: 2})
    with pytest.raises(SoldOut):
        hold_places(event, bob.user, {floor: 4})
    assert hold_of(first.public_id, bob.id).status == HoldStatus.ACTIVE
    assert (counts(floor), allowance(event, bob.user)) == ((4, 0), (2, 0))


def test_choosing_again_after_the_time_is_over_starts_anew(
    now: datetime, event: Event, floor: Tier, bob: Person
) -> None:
    hold_places(event, bob.user, {floor: 3})
    again = hold_places(event, bob.user, {floor: 3}, now=now + 11 * MINUTE)
    assert again.expires_at == now + 21 * MINUTE
    assert counts(floor) == (3, 0)


def test_whoever_is_paying_finishes_or_lets_go_first(
    now: datetime, till: Till, event: Event, floor: Tier, bob: Person
) -> None:
    start_paying(event, bob.user, {floor: 2})
    with pytest.raises(HoldBeingPaid):
        hold_places(event, bob.user, {floor: 1})
    assert hold_statuses() == [HoldStatus.ACTIVE]
    assert (counts(floor), allowance(event, bob.user)) == ((2, 0), (2, 0))
