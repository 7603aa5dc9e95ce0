"""A small sale, with anything happening in any order: the books are right after every step, and in
the end nothing is left open.

Thirty short runs each time; `TIXAPP_STATEFUL_EXAMPLES=500` for a long search with other choices
every time.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.factories.accounts import make_user
from tests.factories.events import make_event, make_tier
from tests.factories.sellers import make_seller
from tests.fixtures.app import DbSession, empty_tables
from tests.fixtures.till import Till
from tests.fixtures.time import NOON
from tixapp.core.clock import clock
from tixapp.core.db import Base, db, transaction
from tixapp.core.errors import TixappError
from tixapp.events.models import Event
from tixapp.events.queries import event_by_id
from tixapp.gateways.stripe import Session, StripeUnavailable
from tixapp.inventory.actions import place_hold, release_hold, resize_stock
from tixapp.inventory.jobs import expire_holds, or_lapsed
from tixapp.inventory.models import Hold, HoldStatus, Stock
from tixapp.ops.audit import CHECKS, run_audit
from tixapp.ops.audit.provider import books_equal_the_providers
from tixapp.orders.flows import payments
from tixapp.orders.jobs import end_overdue_payments, look_at_open_payments
from tixapp.orders.models import Order, OrderStatus
from tixapp.payments.models import OPEN_PAYMENTS, Payment, Refund, RefundStatus
from tixapp.reactions import relay_facts, work_off
from tixapp.refunds.actions import Wish, refund_order
from tixapp.refunds.jobs import work_on_refunds
from tixapp.tickets.actions import Door, check_in_by_id, undo_check_in
from tixapp.tickets.models import Ticket
from tixapp.tickets.rules import Result
from tixapp.webhooks.actions import store_event
from tixapp.webhooks.jobs import work_off_events
from tixapp.webhooks.rules import Incoming

EXAMPLES = int(os.environ.get("TIXAPP_STATEFUL_EXAMPLES", "0"))
TEN_MINUTES = timedelta(minutes=10)
HOUR = timedelta(hours=1)
LOCAL_CHECKS = [check for check in CHECKS if check is not books_equal_the_providers]

Row = TypeVar("Row", bound=Base)

BUYERS = st.integers(0, 2)
WHICH = st.integers(0, 7)
# How many of the floor, the stairs, the lawn.
PICKS = st.sampled_from(
    [(1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 0), (2, 0, 0), (0, 0, 2), (0, 2, 1), (3, 1, 0)]
)


def some(status: str) -> Callable[[Any], bool]:
    """For rules that need a session in this state: without one they are not tried."""
    return lambda sale: any(session.status == status for session in sale.till.sessions.values())


class Sale(RuleBasedStateMachine):
    """Three buyers; five places at 25, four at 10, three for nothing; four for a person at most."""

    app: Flask

    @initialize()
    def open_the_sale(self) -> None:
        self.now = NOON
        clock.source = lambda: self.now
        self.till = Till()
        gateways = self.app.extensions["gateways"]
        self.app.extensions["gateways"] = replace(gateways, stripe=self.till)
        alice = make_user("Alice")
        event = make_event(make_seller(alice), purchase_limit=4)
        self.tiers = [
            make_tier(event, "Floor", price_minor=2500, capacity=5, per_order_limit=3).id,
            make_tier(event, "Stairs", price_minor=1000, capacity=4, per_order_limit=3).id,
            make_tier(event, "Lawn", price_minor=0, capacity=3, per_order_limit=3).id,
        ]
        self.event_id, self.event_row, self.door_id = event.public_id, event.id, alice.id
        self.buyers = [make_user(f"Buyer{number}").id for number in range(3)]
        self.events_told = 0
        self.inside: dict[str, int] = {}

    # What buyers do

    @rule(buyer=BUYERS, picks=PICKS)
    def hold(self, buyer: int, picks: tuple[int, ...]) -> None:
        self._hold(self.buyers[buyer], picks)

    @rule(which=WHICH, picks=PICKS)
    def choose_again(self, which: int, picks: tuple[int, ...]) -> None:
        if hold := self._one(sa.select(Hold).where(Hold.status == HoldStatus.ACTIVE), which):
            self._hold(hold.user_id, picks)

    @rule(buyer=BUYERS, picks=PICKS)
    def go_to_pay(self, buyer: int, picks: tuple[int, ...]) -> None:
        user_id = self.buyers[buyer]
        self._hold(user_id, picks)
        mine = sa.select(Hold).where(Hold.status == HoldStatus.ACTIVE, Hold.user_id == user_id)
        if hold := self._one(mine, 0):
            hold_id = hold.public_id
            self._try(lambda: payments().start(hold_id, user_id))

    @rule(which=WHICH)
    def let_a_hold_go(self, which: int) -> None:
        if hold := self._one(sa.select(Hold).where(Hold.status == HoldStatus.ACTIVE), which):
            hold_id, user_id = hold.id, hold.user_id

            def release() -> None:
                with transaction():
                    release_hold(hold_id, event_id=self.event_row, user_id=user_id, now=self.now)

            self._try(release)

    @rule(which=WHICH, lost=st.sampled_from(["", "before", "after"]))
    def start_paying(self, which: int, lost: str) -> None:
        if hold := self._one(sa.select(Hold).where(Hold.status == HoldStatus.ACTIVE), which):
            if lost:
                self.till.fault(StripeUnavailable("no answer"), after=lost == "after")
            hold_id, user_id = hold.public_id, hold.user_id
            self._try(lambda: payments().start(hold_id, user_id))

    @precondition(some("open"))
    @rule(which=WHICH, by_debit=st.booleans(), comes_back=st.booleans())
    def pay(self, which: int, by_debit: bool, comes_back: bool) -> None:
        session = self._session(which, "open")
        self.till.pay_by_debit(session) if by_debit else self.till.pay(session)
        if comes_back:
            self._settle(session)

    @rule(which=WHICH)
    def come_back_from_paying(self, which: int) -> None:
        if order := self._one(sa.select(Order), which):
            order_id = order.id
            self._try(lambda: payments().settle_order(order_id))

    @rule(which=WHICH)
    def let_an_order_go(self, which: int) -> None:
        pending = sa.select(Order).where(Order.status == OrderStatus.PENDING)
        if order := self._one(pending, which):
            order_id = order.id
            self._try(lambda: payments().let_go(order_id))

    @rule(which=WHICH, all_of_it=st.booleans(), with_fee=st.booleans())
    def give_back(self, which: int, all_of_it: bool, with_fee: bool) -> None:
        paid = sa.select(Order).where(Order.status == OrderStatus.PAID)
        if order := self._one(paid, which):
            tickets = db.session.scalars(
                sa.select(Ticket.public_id).where(Ticket.order_id == order.id).order_by(Ticket.id)
            ).all()
            chosen = None if all_of_it else [tickets[which % len(tickets)]]
            wish = Wish("asked", order.buyer_id, with_fee=with_fee, tickets=chosen)
            order_id = order.id

            def refund() -> None:
                with transaction():
                    refund_order(order_id, wish, now=self.now)

            self._try(refund)

    # What happens at Stripe

    @rule(which=WHICH, paid=st.booleans())
    def a_bank_decides(self, which: int, paid: bool) -> None:
        waiting = [s for s in self.till.sessions.values() if s.intent_status == "processing"]
        if waiting:
            self.till.settle_debit(waiting[which % len(waiting)], paid=paid)

    @precondition(some("expired"))
    @rule(which=WHICH)
    def an_ended_session_is_paid_all_the_same(self, which: int) -> None:
        session = self._session(which, "expired")
        self.till.sessions[session.id] = replace(session, status="open")
        self._settle(self.till.pay(self.till.sessions[session.id]))

    @precondition(some("open"))
    @rule(which=WHICH)
    def time_runs_out_and_then_money_comes(self, which: int) -> None:
        session = self._session(which, "open")
        self.now += TEN_MINUTES
        end_overdue_payments()
        if self.till.sessions[session.id].status == "expired":
            self.till.sessions[session.id] = session
            self._settle(self.till.pay(session))

    @precondition(some("complete"))
    @rule(which=WHICH, times=st.integers(1, 3))
    def a_webhook_comes(self, which: int, times: int) -> None:
        told = [s for s in self.till.sessions.values() if s.status != "open"]
        if told:
            session = told[which % len(told)]
            self.events_told += 1
            event = Incoming(
                f"evt_{self.events_told}",
                self.till.asks[session.id].account,
                "checkout.session.completed",
                False,
                {"id": session.id, "client_reference_id": session.reference},
            )
            for _ in range(times):
                with transaction():
                    store_event(event, now=self.now)
                work_off_events()

    @precondition(some("open"))
    @rule()
    def stripe_is_silent_while_the_clock_sweeps(self) -> None:
        self.till.fault(StripeUnavailable("no answer"))
        self.the_clock_sweeps()

    # What happens at the door

    @rule(which=WHICH)
    def scan(self, which: int) -> None:
        if ticket := self._one(sa.select(Ticket), which):
            was_valid = ticket.status == "valid"
            with transaction():
                answer = check_in_by_id(
                    ticket.public_id,
                    door=Door(self.event_row, self.door_id, "Main"),
                    scan_id=None,
                    scanned_at=self.now,
                    now=self.now,
                )
            assert (answer.result == Result.ADMITTED) == was_valid

    @rule(which=WHICH)
    def undo_a_scan(self, which: int) -> None:
        used = sa.select(Ticket).where(Ticket.status == "used")
        if ticket := self._one(used, which):
            ticket_id = ticket.id
            with transaction():
                assert undo_check_in(ticket_id, by=self.door_id, now=self.now)

    # What happens by itself

    @rule(minutes=st.sampled_from([1, 5, 10, 11]))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule()
    def the_clock_sweeps(self) -> None:
        for sweep in (expire_holds, end_overdue_payments, look_at_open_payments, work_on_refunds):
            sweep()

    @rule()
    def the_worker_works(self) -> None:
        relay_facts()
        work_off()

    @rule(tier=st.integers(0, 2), capacity=st.integers(3, 6))
    def the_seller_resizes(self, tier: int, capacity: int) -> None:
        def resize() -> None:
            with transaction():
                resize_stock(self.tiers[tier], capacity, now=self.now)

        self._try(resize)

    # What always holds

    @precondition(lambda self: hasattr(self, "tiers"))
    @invariant()
    def the_books_are_right(self) -> None:
        assert [line for check in LOCAL_CHECKS for line in check()] == []
        db.session.rollback()

    @precondition(lambda self: hasattr(self, "tiers"))
    @invariant()
    def nobody_has_more_than_four(self) -> None:
        most = db.session.scalar(sa.text("SELECT coalesce(max(held + sold), 0) FROM allowances"))
        assert most is not None
        assert most <= 4
        db.session.rollback()

    def teardown(self) -> None:
        """After all faults are over everything comes to its end by itself."""
        try:
            if hasattr(self, "tiers"):
                self._let_everything_end()
        finally:
            db.session.remove()
            empty_tables()

    def _let_everything_end(self) -> None:
        self.till._faults.clear()
        for session in list(self.till.sessions.values()):
            if session.intent_status == "processing":
                self.till.settle_debit(session, paid=True)
        for _ in range(4):
            self.now += HOUR
            self.the_clock_sweeps()
            self.the_worker_works()
        for order_id in self._ids(sa.select(Order.id)):
            payments().settle_order(order_id)  # the webhooks that were still on their way
        self.now += HOUR
        self.the_clock_sweeps()
        self.the_worker_works()
        assert self._ids(sa.select(Hold.id).where(Hold.status == HoldStatus.ACTIVE)) == []
        assert self._ids(sa.select(Payment.id).where(Payment.status.in_(OPEN_PAYMENTS))) == []
        pending = sa.select(Refund.id).where(Refund.status != RefundStatus.SUCCEEDED)
        assert self._ids(pending) == []
        assert sum(self._ids(sa.select(Stock.held))) == 0
        assert run_audit() == []

    def _hold(self, buyer_id: int, counts: tuple[int, ...]) -> None:
        wanted = zip(self.tiers, counts, strict=True)
        picks = {tier: quantity for tier, quantity in wanted if quantity}

        def place(event: Event) -> Hold:
            with transaction():
                return place_hold(event, picks, buyer_id=buyer_id, now=self.now, length=TEN_MINUTES)

        self._try(lambda: or_lapsed(place, event_by_id(self.event_id), list(picks), now=self.now))

    def _settle(self, session: Session) -> None:
        """The buyer's browser comes back from Stripe's page."""
        payment = self._one(sa.select(Payment).filter_by(public_id=session.reference), 0)
        assert payment
        order_id = payment.order_id
        self._try(lambda: payments().settle_order(order_id))

    def _session(self, which: int, status: str) -> Session:
        found = [s for s in self.till.sessions.values() if s.status == status]
        return found[which % len(found)]

    def _one(self, query: sa.Select[tuple[Row]], which: int) -> Row | None:
        found = db.session.scalars(query.execution_options(populate_existing=True)).all()
        return found[which % len(found)] if found else None

    def _ids(self, query: sa.Select[tuple[int]]) -> list[int]:
        found = list(db.session.scalars(query))
        db.session.rollback()
        return found

    def _try(self, act: Callable[[], object]) -> None:
        """A refusal is as good an answer as any: the invariants say whether it changed nothing."""
        try:
            act()
        except TixappError:
            db.session.rollback()


@pytest.mark.timeout(0 if EXAMPLES else 120)
def test_a_sale_in_which_anything_happens(
    app: Flask, committed: DbSession, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.extensions, "gateways", app.extensions["gateways"])
    machine = type("SaleOfThisApp", (Sale,), {"app": app})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES or 30,
            stateful_step_count=50 if EXAMPLES else 30,
            derandomize=not EXAMPLES,
            deadline=None,
            # A failure is shown as it came; the long search also looks for a shorter one.
            phases=list(Phase) if EXAMPLES else [Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )
