"""Paying, while something else happens to the same order at the same moment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Event as Signal

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.factories.events import make_event, make_tier
from tests.factories.inventory import allowance, counts, hold_places
from tests.factories.orders import start_paying, the_order, tickets_of
from tests.fixtures.mailbox import Mailbox
from tests.fixtures.till import Till
from tests.people import Person
from tests.races.threads import at_once, errors
from tixapp.core.clock import clock
from tixapp.core.db import db, transaction
from tixapp.core.facts import StoredFact
from tixapp.events.models import Event, Tier
from tixapp.events.queries import locked_event
from tixapp.inventory.actions import resize_stock
from tixapp.inventory.models import Hold
from tixapp.ops.audit import run_audit
from tixapp.orders.flows import payments
from tixapp.orders.jobs import end_overdue_payments
from tixapp.orders.models import Order, OrderStatus
from tixapp.tickets.actions import issuing
from tixapp.worker import HEAD_START, work_off_all

Move = Callable[[datetime | timedelta], datetime]
FIVE = 5


@pytest.fixture
def event(now: datetime, alice: Person) -> Event:
    assert alice.seller
    return make_event(alice.seller)


@pytest.fixture
def floor(event: Event) -> Tier:
    return make_tier(event, "Floor", capacity=5)


def paid_facts() -> int:
    query = sa.select(sa.func.count(StoredFact.id)).filter_by(name="OrderPaid")
    return db.session.scalar(query) or 0


def completed(order: Order, session_id: str, number: int = 1) -> dict[str, object]:
    """The webhook that tells of a paid session."""
    return {
        "id": f"evt_{number}",
        "object": "event",
        "type": "checkout.session.completed",
        "account": order.stripe_account,
        "livemode": False,
        "created": 1_790_000_000,
        "data": {"object": {"id": session_id, "object": "checkout.session"}},
    }


def test_a_second_device_that_pays_at_the_same_moment_gets_the_same_session(
    app: Flask, till: Till, event: Event, floor: Tier, bob: Person
) -> None:
    hold_id, bob_id = hold_places(event, bob.user, {floor: 2}).public_id, bob.id
    answers = at_once(app, [lambda: payments().start(hold_id, bob_id)] * FIVE)
    assert errors(answers) == []
    assert set(answers) == {answers[0]}
    assert (len(till.sessions), db.session.scalar(sa.select(sa.func.count(Order.id)))) == (1, 1)


def test_return_page_webhook_and_reconciler_at_once_fulfil_once(
    app: Flask, till: Till, event: Event, floor: Tier, bob: Person
) -> None:
    order = start_paying(event, bob.user, {floor: 2})
    order_id = order.id
    till.pay()
    answers = at_once(app, [lambda: payments().settle_order(order_id)] * FIVE)
    assert errors(answers) == []
    assert (the_order(order.public_id).status, len(tickets_of(order))) == (OrderStatus.PAID, 2)
    assert (counts(floor), paid_facts(), run_audit()) == ((0, 2), 1, [])


def test_a_webhook_delivered_five_times_at_once_is_one_order_one_set_of_tickets_one_mail(
    app: Flask, at: Move, till: Till, mailbox: Mailbox, event: Event, floor: Tier, bob: Person
) -> None:
    order = start_paying(event, bob.user, {floor: 2})
    body, signature = till.signed(completed(order, till.pay().id))

    def deliver() -> int:
        return (
            app.test_client()
            .post("/stripe/webhook/connect", data=body, headers={"Stripe-Signature": signature})
            .status_code
        )

    def work() -> int:
        done = 0
        while some := work_off_all():
            done += some
        return done

    assert at_once(app, [deliver] * FIVE) == [200] * FIVE
    at(HEAD_START)
    assert errors(at_once(app, [work] * 4)) == []
    work()
    assert (the_order(order.public_id).status, len(tickets_of(order))) == (OrderStatus.PAID, 2)
    assert (paid_facts(), run_audit()) == (1, [])
    assert [letter.recipient for letter in mailbox.letters] == ["bob@example.com"]


@pytest.mark.parametrize("turn", range(4))
def test_paying_against_the_deadline_ends_as_one_of_both_and_never_between(
    app: Flask, now: datetime, at: Move, till: Till, event: Event, floor: Tier, bob: Person,
    turn: int,
) -> None:  # fmt: skip
    order = start_paying(event, bob.user, {floor: 2})
    order_id = order.id
    at(timedelta(minutes=10))

    def pay() -> None:
        till.pay()
        payments().settle_order(order_id)

    works = [pay, end_overdue_payments, lambda: payments().settle_order(order_id)]
    faults = errors(at_once(app, works[turn % 3 :] + works[: turn % 3]))
    payments().settle_order(order_id)
    status = the_order(order.public_id).status
    if faults:  # the session had ended when the buyer pressed the button
        assert (faults, status) == (["AssertionError"], OrderStatus.EXPIRED)
        assert (counts(floor), tickets_of(order)) == ((0, 0), [])
    else:
        assert (status, counts(floor), len(tickets_of(order))) == (OrderStatus.PAID, (0, 2), 2)
    assert run_audit() == []


@pytest.mark.parametrize("turn", range(4))
def test_letting_go_against_paying_ends_as_one_of_both_and_never_between(
    app: Flask, till: Till, event: Event, floor: Tier, bob: Person, turn: int
) -> None:
    order = start_paying(event, bob.user, {floor: 2})
    order_id = order.id

    def pay() -> None:
        till.pay()
        payments().settle_order(order_id)

    works = [pay, lambda: payments().let_go(order_id)]
    faults = errors(at_once(app, works[turn % 2 :] + works[: turn % 2]))
    status = the_order(order.public_id).status
    if faults:
        assert (faults, status) == (["AssertionError"], OrderStatus.CANCELLED)
        assert (counts(floor), allowance(event, bob.user)) == ((0, 0), (0, 0))
    else:
        assert (status, counts(floor)) == (OrderStatus.PAID, (0, 2))
    assert run_audit() == []


def test_a_seller_who_resizes_a_tier_and_a_buyer_who_has_paid_do_not_lock_each_other_out(
    app: Flask,
    till: Till,
    event: Event,
    floor: Tier,
    bob: Person,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    order = start_paying(event, bob.user, {floor: 2})
    till.pay()
    event_row, floor_id, order_id = event.id, floor.id, order.id
    event_locked, stock_locked = Signal(), Signal()
    really_issue = issuing.issue_tickets

    def issue_after_the_stock(*given: object, **named: object) -> None:
        stock_locked.set()
        really_issue(*given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr("tixapp.orders.actions.issue_tickets", issue_after_the_stock)

    def seller() -> None:
        with transaction():
            locked_event(event_row)
            event_locked.set()
            stock_locked.wait(3)
            resize_stock(floor_id, 50, now=clock.now())

    def buyer() -> None:
        event_locked.wait(3)
        payments().settle_order(order_id)

    assert errors(at_once(app, [seller, buyer])) == []
    assert (the_order(order.public_id).status, counts(floor)) == (OrderStatus.PAID, (0, 2))


def test_who_pays_and_chooses_again_at_once_has_one_of_both(
    app: Flask, till: Till, event: Event, floor: Tier, bob: Person
) -> None:
    hold = hold_places(event, bob.user, {floor: 2})
    hold_id, bob_user = hold.public_id, bob.user
    answers = at_once(
        app,
        [
            lambda: payments().start(hold_id, bob_user.id),
            lambda: hold_places(event, bob_user, {floor: 1}),
        ],
    )
    assert errors(answers) in (["HoldBeingPaid"], ["TooLateToPay"])
    assert len(db.session.scalars(sa.select(Hold).filter_by(status="active")).all()) == 1
    assert run_audit() == []
