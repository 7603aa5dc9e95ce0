"""A small sale with a waiting list and anything happening in any order: offers go out in order, no
newcomer takes a place for which somebody waits, and in the end nothing is left open.
Fifteen short runs each time; `TIXAPP_STATEFUL_EXAMPLES=500` for a long search."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

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
from tests.factories.events import make_event, make_tier
from tests.factories.sellers import make_seller
from tests.factories.waiting import TERMS
from tests.fixtures.app import DbSession, empty_tables
from tests.fixtures.time import NOON
from tests.stateful.order_of_lists import offers_in, passed_by, really_ahead
from tixapp.core.clock import clock
from tixapp.core.db import db, transaction
from tixapp.core.errors import TixappError
from tixapp.events.queries import event_by_id
from tixapp.inventory.actions import place_hold, release_hold, resize_stock
from tixapp.inventory.jobs import expire_holds
from tixapp.inventory.models import Hold, HoldStatus, Stock
from tixapp.ops.audit.counts import counters_equal_their_rows, nothing_is_oversold
from tixapp.ops.audit.lists import (
    lists_count_who_waits,
    offers_have_their_places,
    only_free_places_are_kept_back,
)
from tixapp.waiting.actions import entries
from tixapp.waiting.actions.join import Terms, Wish, join
from tixapp.waiting.flows.list import change
from tixapp.waiting.jobs.list import lapse_offers, tend_lists
from tixapp.waiting.models import LIVE, EntryStatus, WaitingEntry
from tixapp.waiting.queries.list import ahead_of
from tixapp.waiting.rules.list import PATIENCE

EXAMPLES = int(os.environ.get("TIXAPP_STATEFUL_EXAMPLES", "0"))
MANY = Terms(offer=TERMS.offer, most_joins=10_000, per=TERMS.per)
CHECKS = (
    nothing_is_oversold,
    counters_equal_their_rows,
    lists_count_who_waits,
    offers_have_their_places,
    only_free_places_are_kept_back,
)
PEOPLE = st.integers(0, 6)
WHICH = st.integers(0, 9)
TIERS = st.integers(0, 1)
COUNTS = st.integers(1, 3)


class List(RuleBasedStateMachine):
    """Seven people; four places on the floor, two on the stairs; three for a person at most."""

    app: Flask

    @initialize(wants=st.lists(COUNTS, min_size=2, max_size=5), together=st.booleans())
    def open_the_sale(self, wants: list[int], together: bool) -> None:
        """The floor is full, and there is a line for it."""
        self.now = self.swept_at = NOON
        self.offered: set[int | None] = set()
        clock.source = lambda: self.now
        event = make_event(make_seller(make_user("Alice")), purchase_limit=3)
        floor = make_tier(event, "Floor", capacity=4, per_order_limit=3)
        stairs = make_tier(event, "Stairs", capacity=2, per_order_limit=3)
        self.tiers = [floor.id, stairs.id]
        self.event_id, self.event_row = event.public_id, event.id
        self.people = [make_user(f"Person{n}").id for n in range(7)]
        self.hold(0, 0, 3)
        self.hold(1, 0, 1)
        for person, count in enumerate(wants, 2):
            self.join(person, 0, count, together)

    @rule(person=PEOPLE, tier=TIERS, count=COUNTS)
    def hold(self, person: int, tier: int, count: int) -> None:
        """W1: whoever gets a place got none that somebody in line could have had."""
        user_id, tier_id = self.people[person], self.tiers[tier]
        had = self._held_by(user_id, tier_id)
        served = self._feasible(tier_id)

        def place() -> None:
            with transaction():
                place_hold(
                    event_by_id(self.event_id),
                    {tier_id: count},
                    buyer_id=user_id,
                    now=self.now,
                    length=timedelta(minutes=10),
                )

        if self._try(place) and served:
            assert count <= had

    @rule(person=PEOPLE)
    def let_go(self, person: int) -> None:
        hold = self._one(
            sa.select(Hold).where(
                Hold.user_id == self.people[person], Hold.status == HoldStatus.ACTIVE
            ),
            0,
        )
        if hold is not None:
            hold_id, user_id = hold.id, hold.user_id

            def release() -> None:
                with transaction():
                    release_hold(hold_id, event_id=self.event_row, user_id=user_id, now=self.now)

            self._try(release)

    @rule(person=PEOPLE, tier=st.sampled_from([0, 1, None]), count=COUNTS, together=st.booleans())
    def join(self, person: int, tier: int | None, count: int, together: bool) -> None:
        wish = Wish(None if tier is None else self.tiers[tier], count, together)

        def take() -> None:
            with transaction():
                event = event_by_id(self.event_id)
                join(event, wish, user_id=self.people[person], terms=MANY, now=self.now)

        self._try(take)

    @rule(which=WHICH)
    def leave(self, which: int) -> None:
        self._change(which, lambda entry: entries.leave(entry, terms=MANY, now=self.now))

    @rule(which=WHICH)
    def rest(self, which: int) -> None:
        self._change(which, lambda entry: entries.pause(entry, terms=MANY, now=self.now))

    @rule(which=WHICH)
    def come_back(self, which: int) -> None:
        self._change(which, lambda entry: entries.come_back(entry, terms=MANY, now=self.now))

    @rule(which=WHICH)
    def decline(self, which: int) -> None:
        self._change(which, lambda entry: entries.decline(entry, now=self.now))

    @rule(which=WHICH)
    def accept(self, which: int) -> None:
        self._change(
            which,
            lambda entry: entries.accept(entry, event_by_id(self.event_id), now=self.now),
        )

    @rule(tier=TIERS, capacity=st.sampled_from([5, 6, 7, 4, 1]))
    def resize(self, tier: int, capacity: int) -> None:
        def change_capacity() -> None:
            with transaction():
                resize_stock(self.tiers[tier], capacity, now=self.now)

        self._try(change_capacity)

    @rule(minutes=st.sampled_from([1, 9, 31, 61]))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        expire_holds()
        lapse_offers()
        self.swept_at = self.now

    @rule()
    def letters_go_out(self) -> None:
        """As they do within a second."""
        told = sa.update(WaitingEntry).filter_by(status=EntryStatus.OFFERED, offered_at=self.now)
        db.session.execute(told.values(mailed_at=WaitingEntry.offered_at))
        db.session.commit()

    @rule()
    def sweep(self) -> None:
        tend_lists()

    @invariant()
    def the_books_are_right(self) -> None:
        assert [line for check in CHECKS for line in check()] == []
        db.session.rollback()

    @invariant()
    def no_free_place_is_open_to_all_while_somebody_could_have_it(self) -> None:
        for tier_id in self.tiers:
            stock = db.session.get_one(Stock, tier_id, populate_existing=True)
            if self._feasible(tier_id):
                assert stock.left == 0 or stock.reserved == stock.free
        db.session.rollback()

    @invariant()
    def offers_go_out_in_order(self) -> None:
        """W1: whoever was offered places just now was the first who could do with so many."""
        live = list(db.session.scalars(sa.select(WaitingEntry)))
        assert passed_by(live, new_since=self.offered) == []
        self.offered = offers_in(live)
        db.session.rollback()

    @invariant()
    def no_offer_is_older_than_it_may_be(self) -> None:
        """W2: half an hour, and as long again while its letter has not gone out."""
        query = sa.select(WaitingEntry).filter_by(status=EntryStatus.OFFERED)
        for entry in db.session.scalars(query):
            assert entry.offered_at is not None
            length = TERMS.offer * (1 if entry.mailed_at else 2)
            assert self.swept_at < entry.offered_at + length
        db.session.rollback()

    @invariant()
    def one_live_place_for_a_person_and_tier(self) -> None:
        """F4; and a place says how many are really ahead."""
        live = db.session.scalars(sa.select(WaitingEntry).where(WaitingEntry.status.in_(LIVE)))
        found = list(live)
        assert len({(e.user_id, e.tier_key) for e in found}) == len(found)
        for entry in found:
            if entry.status == EntryStatus.WAITING:
                assert ahead_of(entry, self.tiers) == really_ahead(entry, found)
        db.session.rollback()

    def teardown(self) -> None:
        """W2: with time, every offer ends and every place is free again or sold."""
        try:
            if hasattr(self, "people"):
                self._let_time_end_everything()
        finally:
            db.session.rollback()
            empty_tables()

    def _let_time_end_everything(self) -> None:
        for _ in range(12):
            self.time_passes(61)
            tend_lists()
        offers = sa.select(sa.func.count()).where(WaitingEntry.status == EntryStatus.OFFERED)
        assert db.session.scalar(offers) == 0

    def _feasible(self, tier_id: int) -> bool:
        """Whether somebody in line could be served by what is free, if it were theirs."""
        stock = db.session.get_one(Stock, tier_id, populate_existing=True)
        waiting = db.session.scalars(
            sa.select(WaitingEntry).where(
                WaitingEntry.status == EntryStatus.WAITING,
                WaitingEntry.tier_key.in_([0, tier_id]),
            )
        ).all()
        starving = any(entry.passed_over >= PATIENCE for entry in waiting)
        return any(entry.need <= stock.free for entry in waiting) and not starving

    def _held_by(self, user_id: int, tier_id: int) -> int:
        hold = self._one(
            sa.select(Hold).where(Hold.user_id == user_id, Hold.status == HoldStatus.ACTIVE), 0
        )
        if hold is None:
            return 0
        db.session.refresh(hold, ["lines"])
        return sum(line.quantity for line in hold.lines if line.tier_id == tier_id)

    def _change(self, which: int, deed: Callable[[WaitingEntry], object]) -> None:
        query = sa.select(WaitingEntry).where(WaitingEntry.status.in_(LIVE))
        entry = self._one(query.order_by(WaitingEntry.id), which)
        if entry is not None:
            public_id, user_id = entry.public_id, entry.user_id
            self._try(lambda: change(public_id, user_id, deed))

    @staticmethod
    def _one(query: Any, which: int) -> Any:
        rows = db.session.scalars(query).all()
        return rows[which % len(rows)] if rows else None

    @staticmethod
    def _try(deed: Callable[[], object]) -> bool:
        """Refusals are part of life; anything else is a fault."""
        done = False
        with suppress(TixappError):
            deed()
            done = True
        db.session.rollback()
        return done


@pytest.mark.slow
@pytest.mark.timeout(0 if EXAMPLES else 300)
def test_whatever_happens_the_list_keeps_its_order_and_its_places(
    app: Flask, db_session: DbSession, now: object
) -> None:
    List.app = app
    run_state_machine_as_test(
        List,
        settings=settings(
            max_examples=EXAMPLES or 15,
            stateful_step_count=25,
            deadline=None,
            derandomize=not EXAMPLES,
            phases=list(Phase) if EXAMPLES else [Phase.explicit, Phase.generate],
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
