"""Codes: what they take off, how often, and what becomes of it. No cent is lost on the way."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from tests.factories import saved
from tests.factories.events import make_event, make_tier
from tests.factories.inventory import TEN_MINUTES, counts
from tests.factories.orders import the_order, the_payment, tickets_of
from tests.fixtures.till import Till
from tests.fixtures.time import NOON
from tests.people import Person
from tixapp.core.db import db, transaction
from tixapp.core.money import Money
from tixapp.events.models import Event, Tier
from tixapp.events.queries import event_by_id
from tixapp.inventory.actions import place_hold, release_hold
from tixapp.inventory.codes import Code, key_of, taken_of
from tixapp.inventory.errors import BadPicks, CodeUnknown, CodeUsedUp
from tixapp.inventory.jobs import expire_holds
from tixapp.inventory.models import Hold
from tixapp.ops.audit import run_audit
from tixapp.orders.flows import payments
from tixapp.orders.models import Order, OrderLine
from tixapp.orders.rules import FeeTerms, Line, price_order
from tixapp.payments.models import Refund
from tixapp.refunds.actions import Wish, refund_order
from tixapp.refunds.jobs import work_on_refunds

pytestmark = pytest.mark.usefixtures("now")


@pytest.fixture
def event(alice: Person) -> Event:
    assert alice.seller
    return make_event(alice.seller, fee_passed_on=True, purchase_limit=20)


@pytest.fixture
def floor(event: Event) -> Tier:
    return make_tier(event, capacity=50, per_order_limit=10)


def make_code(event: Event, name: str = "SUMMER", **others: Any) -> Code:
    seller = {"made_by": db.session.scalar(sa.text("SELECT min(id) FROM users")), "made_at": NOON}
    return saved(Code(event_id=event.id, name=name, key=key_of(name), **(seller | others)))


def hold(event: Event, person: Person, picks: dict[Tier, int], code: str = "summer") -> Hold:
    wanted = {tier.id: quantity for tier, quantity in picks.items()}
    with transaction():
        whole = event_by_id(event.public_id)
        return place_hold(
            whole, wanted, buyer_id=person.id, now=NOON, length=TEN_MINUTES, code=code
        )


def pay(till: Till, held: Hold, person: Person) -> Order:
    started = payments().start(held.public_id, person.id)
    order = the_order(started.order_public_id)
    if order.total_minor:
        till.pay(till.sessions[the_payment(order).stripe_session or ""])
        payments().settle_order(order.id)
    return the_order(order.public_id)


def lines_of(order: Order) -> list[tuple[int, int, int]]:
    rows = db.session.query(OrderLine).filter_by(order_id=order.id).order_by(OrderLine.id)
    return [(row.quantity, row.unit_price_minor, row.discount_minor) for row in rows]


@pytest.mark.parametrize(
    ("terms", "unit", "off"),
    [
        ({"percent_bps": 2000}, 2000, 500),
        ({"percent_bps": 3333}, 1667, 833),
        ({"amount_minor": 700}, 1800, 700),
        ({}, 2500, 0),
    ],
)
def test_what_a_code_takes_off_stands_in_the_order_the_payment_and_the_ledger(
    till: Till, bob: Person, event: Event, floor: Tier, terms: dict[str, int], unit: int, off: int
) -> None:
    make_code(event, **terms)
    order = pay(till, hold(event, bob, {floor: 3}), bob)
    assert lines_of(order) == [(3, unit, off)]
    fee = 3 * Money(unit, "EUR").share(100).minor
    assert (order.subtotal_minor, order.fee_minor) == (3 * unit, fee)
    assert till.only.amount_minor == the_payment(order).amount_minor == 3 * unit + fee
    booked = db.session.scalar(
        sa.text("SELECT sum(amount_minor) FROM ledger WHERE kind = 'captured'")
    )
    assert booked == 3 * unit + fee
    assert run_audit() == []


def test_a_code_for_all_of_the_price_needs_no_payment(
    till: Till, bob: Person, event: Event, floor: Tier
) -> None:
    make_code(event, amount_minor=9999)
    order = pay(till, hold(event, bob, {floor: 2}), bob)
    assert (order.total_minor, order.status, len(tickets_of(order))) == (0, "paid", 2)
    assert lines_of(order) == [(2, 0, 2500)]
    assert till.sessions == {}
    assert run_audit() == []


def test_what_was_paid_goes_back_and_gives_the_code_its_use_back(
    till: Till, bob: Person, carol: Person, event: Event, floor: Tier
) -> None:
    code = make_code(event, percent_bps=1000, total_limit=2)
    order = pay(till, hold(event, bob, {floor: 2}), bob)
    with pytest.raises(CodeUsedUp) as refusal:
        hold(event, carol, {floor: 1})
    assert refusal.value.left == 0
    [first, _second] = tickets_of(order)
    wish = Wish("asked", asked_by=None, with_fee=True, tickets=[first.public_id])
    with transaction():
        refund_order(order.id, wish, now=NOON)
    work_on_refunds()
    assert db.session.query(Refund).one().amount_minor == 2250 + 23
    assert taken_of(code) == (1, 0)
    hold(event, carol, {floor: 1})
    assert run_audit() == []


@pytest.mark.parametrize(
    ("limits", "left"),
    [({"total_limit": 2}, 2), ({"person_limit": 1}, 1), ({"order_limit": 2}, 2)],
)
def test_each_limit_refuses_whole_and_says_how_many_are_left(
    bob: Person, event: Event, floor: Tier, limits: dict[str, int], left: int
) -> None:
    make_code(event, percent_bps=1000, **limits)
    with pytest.raises(CodeUsedUp) as refusal:
        hold(event, bob, {floor: 3})
    assert refusal.value.left == left
    assert counts(floor) == (0, 0)
    assert hold(event, bob, {floor: left}).quantity == left


def test_one_persons_limit_counts_what_they_hold_and_have(
    till: Till, bob: Person, carol: Person, event: Event, floor: Tier
) -> None:
    make_code(event, percent_bps=1000, person_limit=3)
    pay(till, hold(event, bob, {floor: 2}), bob)
    with pytest.raises(CodeUsedUp) as refusal:
        hold(event, bob, {floor: 2})
    assert refusal.value.left == 1
    hold(event, carol, {floor: 3})


def test_choosing_again_counts_once_and_letting_go_counts_nothing(
    bob: Person, event: Event, floor: Tier
) -> None:
    code = make_code(event, percent_bps=1000, total_limit=3)
    hold(event, bob, {floor: 2})
    again = hold(event, bob, {floor: 3})
    assert taken_of(code, bob.id) == (3, 3)
    with transaction():
        release_hold(again.id, event_id=event.id, user_id=bob.id, now=NOON)
    assert taken_of(code, bob.id) == (0, 0)


def test_a_code_for_one_tier_takes_nothing_off_another(
    till: Till, bob: Person, event: Event, floor: Tier
) -> None:
    balcony = make_tier(event, "Balcony", price_minor=4000, per_order_limit=10)
    code = make_code(event, percent_bps=5000, tier_ids=[floor.id], total_limit=1)
    order = pay(till, hold(event, bob, {floor: 1, balcony: 2}), bob)
    assert lines_of(order) == [(1, 1250, 1250), (2, 4000, 0)]
    assert taken_of(code) == (1, 0)
    with pytest.raises(CodeUnknown):
        hold(event, bob, {balcony: 1})


@pytest.mark.parametrize("typed", ["Summer", "SUM MER", "sum-mer", "\uff33ummer"])
def test_a_code_is_the_same_however_it_is_typed(
    bob: Person, event: Event, floor: Tier, typed: str
) -> None:
    made = make_code(event, percent_bps=1000)
    assert hold(event, bob, {floor: 1}, typed).code_id == made.id


def test_nobody_learns_whether_a_code_is_over_elsewhere_or_nowhere(
    alice: Person, bob: Person, event: Event, floor: Tier
) -> None:
    assert alice.seller
    other = make_event(alice.seller, "Elsewhere")
    make_code(other, "ELSEWHERE", percent_bps=1000)
    make_code(event, "ENDED", percent_bps=1000, ended_at=NOON)
    make_code(event, "LATE", percent_bps=1000, ends_at=NOON)
    said = set()
    for code in ("ELSEWHERE", "ENDED", "LATE", "NOWHERE", "\x00", "'; --"):
        with pytest.raises(CodeUnknown) as refusal:
            hold(event, bob, {floor: 1}, code)
        said.add(str(refusal.value))
    assert len(said) == 1
    assert counts(floor) == (0, 0)


def test_a_code_that_is_ended_while_somebody_pays_keeps_its_word_to_them(
    till: Till, bob: Person, carol: Person, event: Event, floor: Tier
) -> None:
    code = make_code(event, percent_bps=2000)
    held = hold(event, bob, {floor: 1})
    with transaction():
        db.session.get_one(Code, code.id).ended_at = NOON
    with pytest.raises(CodeUnknown):
        hold(event, carol, {floor: 1})
    assert lines_of(pay(till, held, bob)) == [(1, 2000, 500)]


def test_a_hidden_tier_is_there_only_for_a_code_that_opens_it(
    bob: Person, event: Event, floor: Tier
) -> None:
    backstage = make_tier(event, "Backstage", hidden=True, per_order_limit=10)
    make_code(event, "FLOORS", tier_ids=[floor.id])
    make_code(event, "FRIENDS", tier_ids=[backstage.id])
    for code in ("", "FLOORS"):
        with pytest.raises((BadPicks, CodeUnknown)):
            hold(event, bob, {backstage: 1}, code)
    with pytest.raises(BadPicks):
        hold(event, bob, {backstage: 1, floor: 1}, "FLOORS")
    assert counts(backstage) == (0, 0)
    assert hold(event, bob, {backstage: 1}, "FRIENDS").quantity == 1


def test_a_rest_that_no_card_pays_is_refused(bob: Person, event: Event, floor: Tier) -> None:
    make_code(event, amount_minor=2490)
    with pytest.raises(BadPicks):
        hold(event, bob, {floor: 4})
    assert counts(floor) == (0, 0)
    assert hold(event, bob, {floor: 5}).quantity == 5  # ten cents each: enough together


@given(
    price=st.integers(0, 1_000_000),
    percent=st.integers(1, 10_000) | st.none(),
    amount=st.integers(1, 1_000_000),
    quantity=st.integers(1, 20),
    bps=st.integers(0, 2000),
    fixed=st.integers(0, 200),
    passed_on=st.booleans(),
)
def test_no_cent_appears_or_vanishes(
    price: int, percent: int | None, amount: int, quantity: int, bps: int, fixed: int,
    passed_on: bool,
) -> None:  # fmt: skip
    code = Code(tier_ids=[], percent_bps=percent, amount_minor=None if percent else amount)
    whole = Money(price, "EUR")
    off = code.off(1, whole)
    assert Money(0, "EUR") <= off <= whole
    unit = whole - off
    made = price_order([Line(1, quantity, unit, off)], "EUR", FeeTerms(bps, fixed, passed_on))
    assert made.subtotal + off * quantity == whole * quantity
    assert made.total == made.subtotal + (made.fee if passed_on else Money(0, "EUR"))


def test_a_hold_ends_and_its_use_comes_back(
    bob: Person, carol: Person, event: Event, floor: Tier, at: Any
) -> None:
    make_code(event, percent_bps=1000, total_limit=1)
    hold(event, bob, {floor: 1})
    with pytest.raises(CodeUsedUp):
        hold(event, carol, {floor: 1})
    at(NOON + timedelta(minutes=11))
    assert expire_holds() == 1
    hold(event, carol, {floor: 1})
