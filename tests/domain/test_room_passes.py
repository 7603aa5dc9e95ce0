"""From one's turn to places set aside: the hard gate of a room."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from tests.factories.accounts import make_user
from tests.factories.events import make_tier
from tests.factories.inventory import counts, hold_statuses
from tests.factories.rooms import (
    OPENS,
    claim,
    crowd,
    hold_through,
    in_order,
    join,
    look,
    make_room,
    only_tier,
    room_of,
)
from tests.people import Person
from tixapp.core.db import db, transaction
from tixapp.inventory.errors import NotOnSale, SalePaused, SoldOut
from tixapp.waiting.actions.pausing import pause_sale, resume_sale
from tixapp.waiting.errors.room import FewerPromised, GateFull, NotAdmitted
from tixapp.waiting.models import RoomPass, RoomStatus

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


def passes() -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(RoomPass)) or 0


def test_whose_turn_has_come_gets_ten_minutes_and_the_same_ones_again(
    alice: Person, bob: Person, now: datetime
) -> None:
    event = make_room(alice.seller)
    join(event, bob.user)
    look(event, at=OPENS)
    first = claim(event, bob.user, now=OPENS + SECOND)
    again = claim(event, bob.user, now=OPENS + MINUTE)
    assert first.expires_at == OPENS + SECOND + 10 * MINUTE
    assert (again.id, passes()) == (first.id, 1)


def test_nobody_is_admitted_before_the_sale_opens(
    alice: Person, bob: Person, now: datetime
) -> None:
    event = make_room(alice.seller)
    join(event, bob.user)
    with pytest.raises(NotOnSale):
        claim(event, bob.user, now=OPENS - SECOND)
    assert passes() == 0


def test_whoever_is_behind_the_cut_gets_no_pass(alice: Person, now: datetime) -> None:
    event = make_room(alice.seller, capacity=1000, rate=60, is_strict=False)
    people = crowd(event, 4)
    room = look(event, at=OPENS)
    first, *_, last = in_order(event, people)
    assert room.admitted == 1
    assert claim(event, first, now=OPENS).nth == 1
    with pytest.raises(NotAdmitted):
        claim(event, last, now=OPENS)
    assert passes() == 1


def test_whoever_never_joined_gets_no_pass(alice: Person, bob: Person, now: datetime) -> None:
    event = make_room(alice.seller)
    look(event, at=OPENS)
    with pytest.raises(NotAdmitted):
        claim(event, bob.user, now=OPENS + MINUTE)
    assert passes() == 0


def test_places_are_held_with_a_pass_and_not_without(
    alice: Person, bob: Person, carol: Person, now: datetime
) -> None:
    event = make_room(alice.seller)
    join(event, bob.user)
    look(event, at=OPENS)
    claim(event, bob.user, now=OPENS)
    hold_through(event, bob.user, 2, now=OPENS + MINUTE)
    with pytest.raises(NotAdmitted):
        hold_through(event, carol.user, 1, now=OPENS + MINUTE)
    assert counts(only_tier(event)) == (2, 0)


def test_a_pass_whose_time_is_over_holds_nothing_and_the_turn_is_not_lost(
    alice: Person, bob: Person, now: datetime
) -> None:
    event = make_room(alice.seller)
    join(event, bob.user)
    look(event, at=OPENS)
    claim(event, bob.user, now=OPENS)
    with pytest.raises(NotAdmitted):
        hold_through(event, bob.user, 1, now=OPENS + 10 * MINUTE)
    assert counts(only_tier(event)) == (0, 0)
    claim(event, bob.user, now=OPENS + 10 * MINUTE)
    hold_through(event, bob.user, 1, now=OPENS + 11 * MINUTE)
    assert (counts(only_tier(event)), passes()) == ((1, 0), 2)


def test_no_more_shop_at_once_than_may(alice: Person, now: datetime) -> None:
    event = make_room(alice.seller, capacity=1000, a_max=2, rate=6000, is_strict=False)
    people = crowd(event, 6)
    room = look(event, at=OPENS)
    called = in_order(event, people)[: room.admitted]
    assert len(called) == 2  # as many as may shop; more are called when some have not come
    for person in called:
        claim(event, person, now=OPENS)
    later = look(event, at=OPENS + 90 * SECOND)
    assert later.admitted == 2
    assert sorted(row.nth for row in db.session.scalars(sa.select(RoomPass))) == [1, 2]


def test_a_full_shop_refuses_who_is_called_and_keeps_the_turn(alice: Person, now: datetime) -> None:
    event = make_room(alice.seller, capacity=1000, a_max=2, rate=6000, is_strict=False)
    people = crowd(event, 6)
    called = in_order(event, people) if look(event, at=OPENS) else []
    claim(event, called[0], now=OPENS)
    room = room_of(event)
    room.a_max = 1
    db.session.commit()
    with pytest.raises(GateFull):
        claim(event, called[1], now=OPENS + SECOND)
    assert passes() == 1
    claim(event, called[1], now=OPENS + 10 * MINUTE)
    assert passes() == 2


def test_in_a_strict_room_everyone_who_is_in_finds_a_place(alice: Person, now: datetime) -> None:
    """Nine places, orders of up to four: the third pass is promised one, and gets it."""
    event = make_room(alice.seller, capacity=9, is_strict=True, a_max=20, rate=6000)
    people = crowd(event, 5)
    look(event, at=OPENS)
    for seconds in range(1, 120):
        look(event, at=OPENS + seconds * SECOND)
    first, second, third, *_ = in_order(event, people)
    late = OPENS + 2 * MINUTE
    assert [claim(event, p, now=late).promised for p in (first, second, third)] == [4, 4, 1]
    hold_through(event, first, 4, now=late)
    hold_through(event, second, 4, now=late)
    with pytest.raises(FewerPromised):
        hold_through(event, third, 2, now=late)
    hold_through(event, third, 1, now=late)
    assert counts(only_tier(event)) == (9, 0)


def test_a_pass_that_has_bought_takes_nothing_that_was_promised_to_another(
    alice: Person, now: datetime
) -> None:
    event = make_room(alice.seller, capacity=4, is_strict=True, a_max=20, rate=6000)
    people = crowd(event, 2)
    for seconds in range(90):
        look(event, at=OPENS + seconds * SECOND)
    first, second = in_order(event, people)
    late = OPENS + 90 * SECOND
    claim(event, first, now=late)
    hold = hold_through(event, first, 2, now=late)
    for seconds in range(5):
        look(event, at=late + seconds * SECOND)
    assert claim(event, second, now=late + 5 * SECOND).promised == 2
    with transaction():
        hold.convert(now=late + 5 * SECOND)
    with pytest.raises(NotAdmitted):
        hold_through(event, first, 2, now=late + 6 * SECOND)
    hold_through(event, second, 2, now=late + 6 * SECOND)


def test_what_a_pass_does_not_take_of_its_promise_is_for_others(
    alice: Person, now: datetime
) -> None:
    event = make_room(alice.seller, capacity=4, is_strict=True, a_max=20, rate=6000)
    people = crowd(event, 2)
    for seconds in range(90):
        look(event, at=OPENS + seconds * SECOND)
    first, second = in_order(event, people)
    late = OPENS + 90 * SECOND
    assert claim(event, first, now=late).promised == 4
    with pytest.raises((GateFull, NotAdmitted)):
        claim(event, second, now=late)
    hold_through(event, first, 1, now=late)
    for seconds in range(5):
        look(event, at=late + seconds * SECOND)
    assert claim(event, second, now=late + 5 * SECOND).promised == 3


def test_a_pause_makes_no_pass_moves_no_cut_and_gives_back_its_time(
    alice: Person, bob: Person, carol: Person, now: datetime
) -> None:
    event = make_room(alice.seller)
    for person in (bob, carol):
        join(event, person.user)
    look(event, at=OPENS)
    claim(event, bob.user, now=OPENS)
    hold = hold_through(event, bob.user, 1, now=OPENS + MINUTE)
    with transaction():
        pause_sale(event.id, by=None, now=OPENS + 2 * MINUTE)
    before = room_of(event).cut
    for minutes in (3, 20, 40):
        look(event, at=OPENS + minutes * MINUTE)
    with pytest.raises(SalePaused):
        claim(event, carol.user, now=OPENS + 40 * MINUTE)
    with pytest.raises(SalePaused):
        hold_through(event, bob.user, 2, now=OPENS + 40 * MINUTE)
    assert (room_of(event).cut, passes()) == (before, 1)
    with transaction():
        resume_sale(event.id, by=None, now=OPENS + 42 * MINUTE)
    db.session.refresh(hold)
    assert hold.expires_at == OPENS + MINUTE + 10 * MINUTE + 40 * MINUTE
    assert claim(event, bob.user, now=OPENS + 42 * MINUTE).expires_at == OPENS + 50 * MINUTE
    assert [status.value for status in hold_statuses()] == ["active"]


def test_sold_out_is_when_nothing_can_come_back_and_nobody_is_called_any_more(
    alice: Person, bob: Person, now: datetime
) -> None:
    event = make_room(alice.seller, capacity=2)
    join(event, bob.user)
    tier = only_tier(event)
    look(event, at=OPENS)
    db.session.execute(sa.text("UPDATE stocks SET sold = 2 WHERE tier_id = :t"), {"t": tier.id})
    db.session.commit()
    room = look(event, at=OPENS + 2 * SECOND)
    assert room.status == RoomStatus.SOLD_OUT
    with pytest.raises(SoldOut):
        claim(event, bob.user, now=OPENS + 3 * SECOND)
    db.session.execute(sa.text("UPDATE stocks SET sold = 1 WHERE tier_id = :t"), {"t": tier.id})
    db.session.commit()
    assert look(event, at=OPENS + 9 * SECOND).status == RoomStatus.OPEN


def test_the_database_itself_refuses_a_cut_that_goes_back(alice: Person, now: datetime) -> None:
    event = make_room(alice.seller)
    crowd(event, 3)
    room = look(event, at=OPENS)
    assert room.cut > (0, 0)
    with pytest.raises(sa.exc.DBAPIError, match="never goes back"), db.session.begin_nested():
        db.session.execute(sa.text("UPDATE rooms SET cut_win = 0, cut_key = 0"))


def test_the_database_itself_refuses_another_draw(alice: Person, now: datetime) -> None:
    event = make_room(alice.seller)
    look(event, at=OPENS)
    with pytest.raises(sa.exc.DBAPIError, match="stays as it is"), db.session.begin_nested():
        db.session.execute(sa.text("UPDATE rooms SET s0 = 'another'"))


def test_the_secret_is_published_when_the_sale_is_over(
    alice: Person, bob: Person, now: datetime
) -> None:
    event = make_room(alice.seller)
    join(event, bob.user)
    look(event, at=OPENS)
    room = look(event, at=event.starts_at)
    assert room.status == RoomStatus.CLOSED
    from tixapp.waiting.rules.draw import commitment

    assert commitment(room.master or b"").hex() == room.commitment


def test_a_tier_without_places_left_counts_for_nothing(
    alice: Person, bob: Person, now: datetime
) -> None:
    event = make_room(alice.seller, capacity=1)
    make_tier(event, "Later", capacity=50, sale_starts_at=OPENS + 60 * MINUTE)
    people = [bob.user, make_user("Zoe")]
    for person in people:
        join(event, person)
    look(event, at=OPENS)
    first, second = in_order(event, people)
    assert claim(event, first, now=OPENS).promised == 1
    with pytest.raises((GateFull, NotAdmitted)):
        claim(event, second, now=OPENS)
