"""A refund that failed and is sent again: what Stripe still tells of the first try is history."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from tests.factories.events import make_event, make_tier
from tests.factories.orders import buy, the_payment
from tests.fixtures.till import Till
from tests.people import Person
from tixapp.core.clock import clock
from tixapp.core.db import db, transaction
from tixapp.gateways.stripe import StripeUnavailable
from tixapp.ops.audit import run_audit
from tixapp.orders.models import Order
from tixapp.payments.models import LedgerEntry, Refund, RefundStatus
from tixapp.refunds.actions import Wish, refund_order, retry_refund
from tixapp.refunds.flows import refunds
from tixapp.refunds.jobs import work_on_refunds

Move = Callable[[datetime | timedelta], datetime]


@pytest.fixture
def order(now: datetime, till: Till, alice: Person, bob: Person) -> Order:
    """Paid and refunded, but the buyer's bank has sent the money back."""
    assert alice.seller
    order = buy(till, (event := make_event(alice.seller)), bob.user, {make_tier(event): 1})
    with transaction():
        refund_order(order.id, Wish("asked", None, with_fee=True), now=now)
    work_on_refunds()
    [first] = till.refunds
    till.refunds[first] = replace(till.refunds[first], status="failed")
    refunds().sync(the_payment(order).id)
    assert the_refund().status == RefundStatus.FAILED
    return order


def the_refund() -> Refund:
    return db.session.scalars(sa.select(Refund).execution_options(populate_existing=True)).one()


def send_again(alice: Person) -> None:
    with transaction():
        retry_refund(the_refund().id, by=alice.id, now=clock.now())


def went_back() -> int:
    """Minor units, all in all."""
    kinds = ("refunded", "refund_back")
    total = sa.select(sa.func.sum(LedgerEntry.amount_minor)).where(LedgerEntry.kind.in_(kinds))
    return -(db.session.scalar(total) or 0)


def test_the_second_try_stays_a_success_whatever_is_told_of_the_first(
    order: Order, alice: Person
) -> None:
    assert went_back() == 0
    send_again(alice)
    work_on_refunds()
    assert (the_refund().status, went_back()) == (RefundStatus.SUCCEEDED, 2500)
    refunds().sync(the_payment(order).id)
    assert (the_refund().status, went_back()) == (RefundStatus.SUCCEEDED, 2500)
    assert run_audit() == []


def test_news_of_the_first_try_does_not_use_up_the_second(
    order: Order, at: Move, alice: Person
) -> None:
    send_again(alice)
    refunds().sync(the_payment(order).id)
    assert the_refund().status == RefundStatus.REQUESTED
    at(timedelta(minutes=1))
    work_on_refunds()
    assert (the_refund().status, went_back()) == (RefundStatus.SUCCEEDED, 2500)


def test_an_answer_that_stripe_only_repeats_is_left_behind_with_its_key(
    till: Till, alice: Person, bob: Person, now: datetime, at: Move, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert alice.seller
    order = buy(till, (event := make_event(alice.seller)), bob.user, {make_tier(event): 1})
    with transaction():
        refund_order(order.id, Wish("asked", None, with_fee=True), now=now)
    first, send = the_refund().idempotency_key, till.refund
    keys: list[str] = []

    def repeat(**asked: Any) -> Any:
        keys.append(asked["key"])
        if asked["key"] == first:
            raise StripeUnavailable("500, as it was said before")
        return send(**asked)

    monkeypatch.setattr(till, "refund", repeat)
    work_on_refunds()
    at(timedelta(minutes=59))
    work_on_refunds()
    assert keys == [first] * 2
    at(timedelta(minutes=2))
    till.calls.clear()
    work_on_refunds()
    assert till.calls == ["refunds", "refund"]  # first a look, then a new key
    assert the_refund().status == RefundStatus.SUCCEEDED
    assert (len(till.refunds), went_back()) == (1, order.total_minor)
    assert run_audit() == []
