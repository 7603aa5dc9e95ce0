"""Money and the end of an order at the same moment: the deadline, or the buyer who lets go. Each
race is run once more with its locks taken out, and must then be seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Barrier
from threading import Event as Signal

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.factories.events import make_event, make_tier
from tests.factories.inventory import allowance, counts
from tests.factories.orders import start_paying, the_order, the_payment, tickets_of
from tests.fixtures.till import Till
from tests.people import Person
from tests.races.threads import at_once, errors, unlocked
from tixapp.core.db import db, transaction
from tixapp.core.fixed import Fixed
from tixapp.core.money import Money
from tixapp.events.models import Event, Tier
from tixapp.inventory.models import Allowance, Hold
from tixapp.ops.audit import run_audit
from tixapp.orders import actions
from tixapp.orders import at_once as orders_at_once
from tixapp.orders.actions import Collected, close_unpaid, confirm
from tixapp.orders.models import Order, OrderStatus
from tixapp.payments.models import Payment, Refund

AN_HOUR = timedelta(hours=1)
# When it is closed: at the deadline it expires, before it the buyer lets go.
ENDS = {"expiry": AN_HOUR, "letting go": timedelta(0)}


@pytest.fixture
def event(now: datetime, alice: Person) -> Event:
    assert alice.seller
    return make_event(alice.seller)


@pytest.fixture
def floor(event: Event) -> Tier:
    return make_tier(event, "Floor", capacity=5)


@dataclass(frozen=True)
class Race:
    """One order with its payment open: its money comes, and it is closed."""

    order: Order
    pay: Callable[[], None]
    close: Callable[[], None]


@pytest.fixture(params=ENDS)
def race(
    request: pytest.FixtureRequest,
    now: datetime,
    till: Till,
    event: Event,
    floor: Tier,
    bob: Person,
) -> Race:
    order = start_paying(event, bob.user, {floor: 2})
    payment = the_payment(order)
    order_id, payment_id, ends = order.id, payment.id, now + ENDS[request.param]
    paid = till.pay()  # the books are compared with Stripe's
    collected = Collected(Money(5000, "EUR"), payment.stripe_account, paid.intent)

    def pay() -> None:
        with transaction():
            confirm(order_id, payment_id, collected, now=now)

    def close() -> None:
        with transaction():
            close_unpaid(order_id, payment_id, failed=False, now=ends)

    return Race(order, pay, close)


def refunded() -> list[int]:
    return list(db.session.scalars(sa.select(Refund.amount_minor)))


@pytest.mark.parametrize("turn", range(4))
def test_money_and_the_end_of_an_order_at_once_are_one_of_both(
    app: Flask, race: Race, event: Event, floor: Tier, bob: Person, turn: int
) -> None:
    works = [race.pay, race.close]
    assert errors(at_once(app, works[turn % 2 :] + works[: turn % 2])) == []
    order = the_order(race.order.public_id)
    if order.status == OrderStatus.PAID:
        assert (counts(floor), allowance(event, bob.user)) == ((0, 2), (0, 2))
        assert (len(tickets_of(order)), refunded()) == (2, [])
    else:  # who let go has let go: the money goes back
        assert order.status == OrderStatus.CANCELLED
        assert (counts(floor), allowance(event, bob.user)) == ((0, 0), (0, 0))
        assert (tickets_of(order), refunded()) == ([], [5000])
    assert run_audit() == []


def test_without_the_locks_both_end_it_and_only_a_check_is_left_between_them(
    app: Flask, race: Race, floor: Tier, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: both have looked before either writes."""
    for module in ("orders.queries", "inventory.queries", "inventory.actions", "payments.queries"):
        monkeypatch.setattr(f"tixapp.{module}.locked", unlocked)
    monkeypatch.setattr(orders_at_once, "_LOCKED_STANDING", Fixed(orders_at_once._STANDING))
    both_have_looked, is_sold = Barrier(2), Signal()
    really_sell, really_cancel = actions.sell_at_once, Payment.cancel

    def look_and_sell(*given: object, **named: object) -> None:
        both_have_looked.wait(timeout=20)
        really_sell(*given, **named)  # type: ignore[arg-type]

    def look_and_cancel(payment: Payment, *, now: datetime) -> None:
        both_have_looked.wait(timeout=20)
        is_sold.wait(timeout=20)
        really_cancel(payment, now=now)

    monkeypatch.setattr(actions, "sell_at_once", look_and_sell)
    monkeypatch.setattr(Payment, "cancel", look_and_cancel)

    def pay() -> None:
        race.pay()
        is_sold.set()

    # Sold places are given back as if they were held: no counter may fall below zero.
    assert errors(at_once(app, [pay, race.close])) == ["IntegrityError"]
    assert (the_order(race.order.public_id).status, counts(floor)) == (OrderStatus.PAID, (0, 2))


def test_a_fulfilment_locks_order_allowance_hold_and_payment_in_this_order(
    app: Flask, race: Race, event: Event, bob: Person
) -> None:
    """Whoever has the hold keeps it waiting there: with the first two in hand, and not the last."""
    hold_id, order_id = race.order.hold_id, race.order.id
    event_id, bob_id = event.id, bob.id
    hold_taken, may_end = Signal(), Signal()

    def free(rows: sa.Select[int]) -> bool:
        found = db.session.scalar(rows.with_for_update(skip_locked=True, key_share=True))
        db.session.rollback()
        return found is not None

    def other() -> list[bool]:
        with transaction():
            db.session.scalar(sa.select(Hold.id).filter_by(id=hold_id).with_for_update())
            hold_taken.set()
            may_end.wait(20)
        return []

    def look() -> list[bool]:
        hold_taken.wait(20)
        own = sa.select(Allowance.event_id).filter_by(event_id=event_id, user_id=bob_id)
        for _ in range(200):
            if not free(own):
                break
        answers = [
            free(sa.select(Order.id).filter_by(id=order_id)),
            free(own),
            free(sa.select(Payment.id).filter_by(order_id=order_id)),
        ]
        may_end.set()
        return answers

    def pay() -> list[bool]:
        hold_taken.wait(20)
        race.pay()
        return []

    assert at_once(app, [other, look, pay]) == [[], [False, False, True], []]
    assert the_order(race.order.public_id).status == OrderStatus.PAID
