"""A small sale behind a waiting room, with anything happening in any order: the order is the
published function, the cut goes forward, and whoever is let in finds a place.

Ten short runs each time; `TIXAPP_STATEFUL_EXAMPLES=500` for a long search.
"""

from __future__ import annotations

import os
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from tests.factories.accounts import make_user
from tests.factories.rooms import OPENS, look, make_room, room_of
from tests.factories.sellers import make_seller
from tests.factories.waiting import join_list
from tests.fixtures.app import DbSession, empty_tables
from tests.fixtures.program import make_key
from tests.stateful.order_of_rooms import (
    WAYS_TO_DIE,
    dies,
    ranking_as_computed,
    ranking_as_stored,
)
from tests.stateful.room_scene import PER_ORDER, Scene
from tixapp.core.clock import clock
from tixapp.core.db import db
from tixapp.events.queries import event_by_id
from tixapp.inventory.actions import release_hold
from tixapp.inventory.jobs import expire_holds
from tixapp.inventory.models import Stock
from tixapp.ops.audit import CHECKS
from tixapp.ops.audit.provider import books_equal_the_providers
from tixapp.orders.flows import payments
from tixapp.waiting.actions.limits import set_limits
from tixapp.waiting.actions.passes import leave_room
from tixapp.waiting.actions.pausing import pause_sale, resume_sale
from tixapp.waiting.models import RoomEntry, RoomPass, RoomStatus, WaitingEntry
from tixapp.waiting.queries.room import entry_of, rank_of
from tixapp.waiting.rules import draw
from tixapp.waiting.shelf import shelf

EXAMPLES = int(os.environ.get("TIXAPP_STATEFUL_EXAMPLES", "0"))
LOCAL_CHECKS = [check for check in CHECKS if check is not books_equal_the_providers]
PEOPLE, PLACES, PATIENT_LOOKS, MOST_SHOPPING = 7, 6, 3, 3
PERSON = st.integers(0, PEOPLE - 1)
COUNT = st.integers(1, PER_ORDER)


class TheRoom(Scene, RuleBasedStateMachine):
    """Seven people, six places, two for an order."""

    app: Flask

    @initialize(
        is_strict=st.booleans(),
        a_max=st.integers(1, 3),
        early=st.sampled_from([3, 5, 2, 0]),
        is_open=st.sampled_from([True, True, False]),
    )
    def announce(self, is_strict: bool, a_max: int, early: int, is_open: bool) -> None:
        self.now = OPENS - timedelta(seconds=15)
        clock.source = lambda: self.now
        seller = make_seller(make_user("Alice"))
        self.event = make_room(
            seller, capacity=PLACES, is_strict=is_strict, a_max=a_max, rate=6_000
        )
        tier = self.event.tiers[0]
        tier.price_minor, tier.per_order_limit = 0, PER_ORDER
        self.tier_id = tier.id
        self.people = [make_user(f"Person{n}") for n in range(PEOPLE)]
        self.keys = [make_key(person) for person in self.people]
        db.session.commit()
        self.joined, self.ranking = {}, []
        self.cut, self.passes, self.looks_due = (0, 0), 0, 0
        for person in range(early):
            self.join(person, by_program=False)
        if is_open:
            self.time_passes(15, control_is_dead=False)
            self.the_control_looks(2)

    # What people do

    @rule(person=PERSON, by_program=st.booleans())
    def join(self, person: int, by_program: bool) -> None:
        """For the first time, or again from another device: F1."""
        user, before = self.people[person], room_of(self.event)
        late = 1 + max(self.now - OPENS, timedelta(0)) // draw.WINDOW
        expected = 0 if self.now < OPENS and not before.is_drawn else late
        found = self._joins(user, self.keys[person] if by_program else "")
        known = self.joined.setdefault(user.id, found)
        assert found.is_new is (known is found)
        assert found.win == (max(expected, before.closed_win + 1) if found.is_new else known.win)

    @rule(which=PERSON, count=COUNT, buys=st.booleans())
    def shop(self, which: int, count: int, buys: bool) -> None:
        """Whoever of those that were called comes first claims, holds, and perhaps buys."""
        for person in (*range(which, PEOPLE), *range(which)):
            if self._claims(person) and self._holds(person, count):
                if buys:
                    self.buy(person)
                return

    @rule(person=PERSON)
    def claim(self, person: int) -> None:
        self._claims(person)

    @rule(person=PERSON, count=COUNT)
    def hold(self, person: int, count: int) -> None:
        self._holds(person, count)

    @rule(person=PERSON)
    def buy(self, person: int) -> None:
        if hold := self._hold_of(person):
            hold_id, user_id = hold.public_id, hold.user_id
            self._try(lambda: payments().start(hold_id, user_id))

    @rule(person=PERSON)
    def let_go(self, person: int) -> None:
        if hold := self._hold_of(person):
            hold_id, user_id = hold.id, hold.user_id
            self._within(
                lambda: release_hold(hold_id, event_id=self.event.id, user_id=user_id, now=self.now)
            )

    @rule(person=PERSON)
    def leave(self, person: int) -> None:
        self._within(lambda: leave_room(self.event.id, self.people[person].id, now=self.now))

    @rule(person=PERSON)
    def go_on_the_list(self, person: int) -> None:
        """With one click, and in the order of the draw: W1 begins where F1 ends."""
        user, room = self.people[person], room_of(self.event)
        if room.status != RoomStatus.SOLD_OUT:
            return
        entry = entry_of(self.event.id, user.id)
        rank = rank_of(room, entry) if entry else None
        number = room.list_number(rank)
        mine = sa.select(WaitingEntry.number).filter_by(user_id=user.id)
        had = list(db.session.scalars(mine))
        self._try(lambda: join_list(self.event, user, number=number, now=self.now))
        has = list(db.session.scalars(mine))
        if number is not None and has and not had:
            assert room.list_first is not None
            assert has == [room.list_first + (rank or 0) - 1]

    # What the organiser does, and what happens by itself

    @rule()
    def pause(self) -> None:
        self._within(lambda: pause_sale(self.event.id, by=None, now=self.now))

    @rule()
    def go_on(self) -> None:
        self._within(lambda: resume_sale(self.event.id, by=None, now=self.now))

    @rule(a_max=st.integers(1, MOST_SHOPPING), is_strict=st.booleans())
    def steer(self, a_max: int, is_strict: bool) -> None:
        self._within(
            lambda: set_limits(
                self.event, rate=6_000, a_max=a_max, is_strict=is_strict, by=None, now=self.now
            )
        )

    @rule(seconds=st.sampled_from([13, 5, 130, 601]), control_is_dead=st.booleans())
    def time_passes(self, seconds: int, control_is_dead: bool) -> None:
        self.now += timedelta(seconds=seconds)
        expire_holds()
        if not control_is_dead:
            self.the_control_looks(1)

    @rule(times=st.integers(1, 3))
    def the_control_looks(self, times: int) -> None:
        """A2: places free, people waiting, no pause: the cut moves within three looks."""
        for _ in range(times):
            self.now += timedelta(seconds=1)
            is_due, before = self._is_due(), room_of(self.event).cut
            look(self.event, at=self.now)
            clock.source = lambda: self.now
            moved = room_of(self.event).cut != before
            self.looks_due = self.looks_due + 1 if is_due and not moved else 0
            assert self.looks_due < PATIENT_LOOKS

    @rule(at=st.sampled_from(sorted(WAYS_TO_DIE)))
    def a_control_dies_and_another_looks(self, at: str) -> None:
        self._nobody_moves(lambda: dies(at, lambda: look(self.event, at=self.now)))
        clock.source = lambda: self.now
        self.the_control_looks(1)

    @rule()
    def redis_is_emptied(self) -> None:
        def empty() -> None:
            redis = shelf().redis
            assert redis is not None
            redis.flushdb()
            shelf().clear()

        self._nobody_moves(empty)

    # What always holds

    @invariant()
    def the_order_is_the_published_function(self) -> None:
        """F1: of what is known, nothing changes; and all of it is what anyone computes."""
        room = room_of(self.event)
        stored = ranking_as_stored(room)
        assert stored[: len(self.ranking)] == self.ranking
        if room.table_hash:
            assert stored == ranking_as_computed(self.event.public_id, room)
            assert len(stored) == room.joined
        self.ranking = stored
        db.session.rollback()

    @invariant()
    def the_cut_goes_forward_and_passes_are_below_it(self) -> None:
        """F3, F4 and A1."""
        room = room_of(self.event)
        assert room.cut >= self.cut
        found = list(db.session.scalars(sa.select(RoomPass).order_by(RoomPass.id)))
        for admission in found:
            at_its_time = (admission.cut_win, admission.cut_key)
            assert (admission.win, admission.key) < at_its_time <= room.cut
            assert admission.nth <= admission.a_max
        live = [admission.user_id for admission in found if admission.ended_at is None]
        assert len(live) == len(set(live))
        good = [admission for admission in found if admission.is_good(now=self.now)]
        assert len(good) <= MOST_SHOPPING
        if event_by_id(self.event.public_id).paused_at is not None:
            assert (room.cut, len(found)) == (self.cut, self.passes)
        self.cut, self.passes = room.cut, len(found)
        db.session.rollback()

    @invariant()
    def every_promise_can_be_kept(self) -> None:
        """A1: of so few places each pass has a promise, and there is a place for each of them."""
        query = sa.select(RoomPass).filter_by(event_id=self.event.id, hold_id=None)
        owed = [one.promised for one in db.session.scalars(query) if one.is_good(now=self.now)]
        stock = db.session.get_one(Stock, self.tier_id, populate_existing=True)
        assert all(owed)
        assert sum(owed) <= stock.free
        db.session.rollback()

    @invariant()
    def the_books_are_right(self) -> None:
        assert [line for check in LOCAL_CHECKS for line in check()] == []
        stock = db.session.get_one(Stock, self.tier_id, populate_existing=True)
        assert stock.held + stock.sold <= PLACES
        entries = db.session.scalar(sa.select(sa.func.count()).select_from(RoomEntry))
        assert entries == len(self.joined)
        db.session.rollback()

    def teardown(self) -> None:
        """F5: the transcript that is published in the end gives every place."""
        try:
            if hasattr(self, "joined"):
                self._let_everybody_come()
                self._close_and_check()
        finally:
            db.session.rollback()
            empty_tables()

    def _let_everybody_come(self) -> None:
        """A2: in the end all is taken, or everyone who joined has been called."""
        self.go_on()
        for _ in range(8):
            self.time_passes(301, control_is_dead=False)
            for person in range(PEOPLE):
                self.shop(person, 1, buys=True)
        room = room_of(self.event)
        stock = db.session.get_one(Stock, self.tier_id, populate_existing=True)
        assert stock.free == 0 or room.admitted == room.joined
        db.session.rollback()

    def _close_and_check(self) -> None:
        for at in (self.now + timedelta(seconds=30), self.event.starts_at):
            look(self.event, at=max(at, OPENS))
        room = room_of(self.event)
        if room.table_hash:
            self._check_transcript(room)


@pytest.mark.slow
@pytest.mark.timeout(0 if EXAMPLES else 300)
def test_whatever_happens_the_room_keeps_its_order_and_lets_nobody_in_for_nothing(
    app: Flask, db_session: DbSession, now: object
) -> None:
    TheRoom.app = app
    run_state_machine_as_test(
        TheRoom,
        settings=settings(
            max_examples=EXAMPLES or 10,
            stateful_step_count=30,
            deadline=None,
            derandomize=not EXAMPLES,
            phases=list(Phase) if EXAMPLES else [Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )
