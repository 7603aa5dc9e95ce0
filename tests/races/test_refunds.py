"""Money on its way back, while others want the same ticket or the same money."""

from __future__ import annotations

from datetime import datetime
from threading import Barrier

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.factories.events import make_event, make_tier
from tests.factories.inventory import counts
from tests.factories.orders import buy, the_order, tickets_of
from tests.fixtures.till import Till
from tests.people import Person
from tests.races.threads import at_once, errors, unlocked
from tixapp.core.db import db, transaction
from tixapp.events.models import Event, Tier
from tixapp.ops.audit import run_audit
from tixapp.orders.models import Order, OrderStatus
from tixapp.payments.models import Refund
from tixapp.refunds.actions import Wish, asking, refund_order
from tixapp.refunds.jobs import work_on_refunds
from tixapp.tickets.actions import Door, check_in_by_id
from tixapp.tickets.models import TicketStatus
from tixapp.tickets.rules import Result

ALL = Wish("asked", None, with_fee=True)


@pytest.fixture
def event(now: datetime, alice: Person) -> Event:
    assert alice.seller
    return make_event(alice.seller)


@pytest.fixture
def floor(event: Event) -> Tier:
    return make_tier(event, "Floor", capacity=5)


@pytest.fixture
def order(till: Till, event: Event, floor: Tier, bob: Person) -> Order:
    return buy(till, event, bob.user, {floor: 2})


def refund(order_id: int, wish: Wish, now: datetime) -> str:
    with transaction():
        refund_order(order_id, wish, now=now)
    return "refunded"


def refunded() -> list[int]:
    return list(db.session.scalars(sa.select(Refund.amount_minor).order_by(Refund.id)))


def test_an_order_refunded_five_times_at_once_goes_back_once(
    app: Flask, now: datetime, order: Order, floor: Tier
) -> None:
    order_id = order.id
    answers = at_once(app, [lambda: refund(order_id, ALL, now)] * 5)
    assert errors(answers) == ["NothingToRefund"] * 4
    assert (refunded(), counts(floor)) == ([5000], (0, 0))
    answers = at_once(app, [work_on_refunds] * 3)
    assert errors(answers) == []
    assert (the_order(order.public_id).status, run_audit()) == (OrderStatus.REFUNDED, [])


def test_without_the_locks_two_want_to_give_it_back(
    app: Flask, now: datetime, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("orders.queries", "inventory.actions", "tickets.queries"):
        monkeypatch.setattr(f"tixapp.{module}.locked", unlocked)
    for module in ("payments.queries", "refunds.queries"):
        monkeypatch.setattr(f"tixapp.{module}.locked", unlocked)
    both_have_looked = Barrier(2)
    really_write = asking._write_refund

    def look_and_wait(*given: object, **named: object) -> Refund | None:
        both_have_looked.wait(timeout=20)
        return really_write(*given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(asking, "_write_refund", look_and_wait)
    order_id = order.id
    answers = at_once(app, [lambda: refund(order_id, ALL, now)] * 2)
    # Both mean to pay it back: only the check that no counter falls below zero is left between.
    assert errors(answers) == ["IntegrityError"]
    assert refunded() == [5000]


@pytest.mark.parametrize("turn", range(4))
def test_a_ticket_is_refunded_or_comes_in_and_never_both(
    app: Flask,
    now: datetime,
    event: Event,
    order: Order,
    dan: Person,
    turn: int,
) -> None:
    [first, _] = tickets_of(order)
    ticket_id, order_id = first.public_id, order.id
    door = Door(event.id, dan.id, "Main")

    def scan() -> Result:
        with transaction():
            return check_in_by_id(
                ticket_id, door=door, scan_id=None, scanned_at=now, now=now
            ).result

    wish = Wish("asked", None, with_fee=True, tickets=[ticket_id])
    works = [scan, lambda: refund(order_id, wish, now)]
    answers = set(at_once(app, works[turn % 2 :] + works[: turn % 2]))
    [first, _] = tickets_of(order)
    if first.status == TicketStatus.USED:
        assert Result.ADMITTED in answers
        assert refunded() == []
    else:
        assert (first.status, answers) == (
            TicketStatus.REFUNDED,
            {"refunded", Result.REFUNDED},
        )
        assert refunded() == [2500]
    work_on_refunds()
    assert run_audit() == []


def test_two_halves_refunded_at_once_are_one_whole(
    app: Flask, now: datetime, order: Order, floor: Tier
) -> None:
    order_id = order.id
    halves = [
        Wish("asked", None, with_fee=True, tickets=[ticket.public_id])
        for ticket in tickets_of(order)
    ]
    answers = at_once(app, [lambda half=half: refund(order_id, half, now) for half in halves])
    assert answers == ["refunded"] * 2
    work_on_refunds()
    assert (refunded(), counts(floor)) == ([2500, 2500], (0, 0))
    assert (the_order(order.public_id).status, run_audit()) == (OrderStatus.REFUNDED, [])
