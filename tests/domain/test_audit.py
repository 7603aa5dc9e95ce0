"""The audit finds what is wrong: every check is shown its own fault, planted behind the back of the
rules, and stays silent about books that are in order."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.factories.accounts import make_user
from tests.factories.events import make_tier
from tests.factories.inventory import hold_places
from tests.factories.orders import buy, start_paying, the_payment, tickets_of
from tests.fixtures.till import Till
from tests.people import Person
from tixapp.core.clock import clock
from tixapp.core.db import db, transaction
from tixapp.events.models import Event, Tier
from tixapp.gateways.stripe import AccountUnusable, StripeUnavailable
from tixapp.ops.audit import run_audit
from tixapp.orders.jobs import end_overdue_payments
from tixapp.orders.models import Order
from tixapp.refunds.actions import Wish, refund_order
from tixapp.refunds.jobs import work_on_refunds
from tixapp.tickets.actions import Door, check_in_by_id

Plant = Callable[..., None]


@pytest.fixture
def order(till: Till, event: Event, floor: Tier, bob: Person) -> Order:
    """Two places, paid."""
    return buy(till, event, bob.user, {floor: 2})


@pytest.fixture
def plant() -> Plant:
    """Runs SQL behind the back of everything, also of the database's own checks."""

    def plant(sql: str, **values: object) -> None:
        db.session.execute(sa.text(sql), values)
        db.session.commit()

    return plant


def test_books_in_order_have_no_differences(
    at, till: Till, event: Event, floor: Tier, order: Order, bob: Person, carol: Person, dan: Person
) -> None:
    lawn = make_tier(event, "Lawn", price_minor=0)
    buy(till, event, carol.user, {lawn: 2})
    hold_places(event, carol.user, {floor: 1})
    start_paying(event, make_user("Frieda"), {floor: 1})
    [first, _second] = tickets_of(order)
    with transaction():
        check_in_by_id(
            first.public_id,
            door=Door(event.id, dan.id, "Main"),
            scan_id=None,
            scanned_at=clock.now(),
            now=clock.now(),
        )
    wish = Wish("asked", bob.id, with_fee=True, tickets=[tickets_of(order)[1].public_id])
    with transaction():
        refund_order(order.id, wish, now=clock.now())
    work_on_refunds()
    at(timedelta(minutes=11))
    end_overdue_payments()
    assert run_audit() == []


# Stock and limits


def test_more_held_and_sold_than_there_are_places(floor: Tier, plant: Plant) -> None:
    plant("ALTER TABLE stocks DROP CONSTRAINT ck_stocks_not_oversold")
    plant("UPDATE stocks SET capacity = 1, sold = 2")
    assert f"tier {floor.id}: 0 held and 2 sold of 1" in run_audit()


def test_a_counter_of_held_places_that_is_not_its_holds(
    event: Event, floor: Tier, bob: Person, plant: Plant
) -> None:
    hold_places(event, bob.user, {floor: 2})
    plant("UPDATE stocks SET held = 3")
    assert run_audit() == [f"tier {floor.id}: 3 counted as held, 2 in active holds"]


def test_a_counter_of_sold_places_that_is_not_its_tickets(
    order: Order, floor: Tier, plant: Plant
) -> None:
    plant("UPDATE stocks SET sold = 1")
    assert run_audit() == [f"tier {floor.id}: 1 counted as sold, 2 standing tickets"]


def test_a_tier_without_a_counter(order: Order, floor: Tier, plant: Plant) -> None:
    plant("DELETE FROM stocks")
    assert run_audit() == [f"tier {floor.id}: 0 counted as sold, 2 standing tickets"]


def test_a_persons_count_that_is_not_what_they_have(
    order: Order, event: Event, bob: Person, plant: Plant
) -> None:
    plant("UPDATE allowances SET sold = 1, held = 1")
    assert run_audit() == [
        f"person {bob.id} at event {event.id}: counted 1 held and 1 bought, rows say 0 and 2"
    ]


def test_a_person_without_a_count(
    order: Order, event: Event, floor: Tier, bob: Person, plant: Plant
) -> None:
    hold_places(event, bob.user, {floor: 1})
    plant("DELETE FROM allowances")
    assert run_audit() == [
        f"person {bob.id} at event {event.id}: counted 0 held and 0 bought, rows say 1 and 2"
    ]


# Orders and tickets


def test_a_paid_order_that_lacks_a_ticket(order: Order, floor: Tier, plant: Plant) -> None:
    plant("DELETE FROM tickets WHERE number = 2")
    assert (
        f"order {order.public_id} is paid with 2 places of tier {floor.id} and 1 tickets"
        in run_audit()
    )


def test_a_ticket_of_another_tier_than_was_paid_for(
    order: Order, event: Event, floor: Tier, plant: Plant
) -> None:
    box = make_tier(event, "Box", price_minor=90_000)
    plant("UPDATE tickets SET tier_id = :box WHERE number = 2", box=box.id)
    assert (
        f"order {order.public_id} is paid with 2 places of tier {floor.id} and 1 tickets"
        in run_audit()
    )


def test_a_paid_order_of_nothing(order: Order, plant: Plant) -> None:
    plant("DELETE FROM tickets")
    plant("DELETE FROM order_lines")
    assert f"order {order.public_id} is paid and has no lines" in run_audit()


def test_a_ticket_of_an_order_that_was_not_paid(order: Order, floor: Tier, plant: Plant) -> None:
    plant("UPDATE orders SET status = 'pending'")
    [first, second] = tickets_of(order)
    assert run_audit() == [
        f"order {order.public_id} is pending with 2 places of tier {floor.id} and 2 tickets",
        f"ticket {first.public_id} stands, but its order {order.public_id} is pending"
        " or not paid for",
        f"ticket {second.public_id} stands, but its order {order.public_id} is pending"
        " or not paid for",
        f"order {order.public_id} is pending: 5000 EUR (minor units) of it have neither tickets"
        " nor a refund",
    ]


def test_a_ticket_without_the_money_for_it(order: Order, plant: Plant) -> None:
    plant("UPDATE payments SET status = 'failed'")
    found = run_audit()
    assert sum("not paid for" in line for line in found) == 2


def test_a_used_ticket_that_nobody_checked_in(order: Order, plant: Plant) -> None:
    plant("UPDATE tickets SET status = 'used' WHERE number = 1")
    [first, _] = tickets_of(order)
    assert run_audit() == [f"ticket {first.public_id} is used with 0 standing check-ins"]


def test_a_ticket_that_came_in_twice(order: Order, dan: Person, plant: Plant) -> None:
    [first, _] = tickets_of(order)
    plant("DROP INDEX uq_check_ins_standing")
    plant("UPDATE tickets SET status = 'used', entries = 2 WHERE number = 1")
    for _time in range(2):
        plant(
            "INSERT INTO check_ins (ticket_id, event_id, gate, by_user_id, at)"
            " VALUES (:ticket, :event, '', :dan, now())",
            ticket=first.id,
            event=first.event_id,
            dan=dan.id,
        )
    assert run_audit() == [f"ticket {first.public_id} is used with 2 standing check-ins"]


# Money


def test_money_that_has_neither_tickets_nor_a_refund(order: Order, plant: Plant) -> None:
    plant("DELETE FROM tickets")
    plant("DELETE FROM tallies WHERE figure IN ('tickets_issued', 'ordered')")
    plant("UPDATE stocks SET sold = 0")
    plant("UPDATE allowances SET sold = 0")
    plant("UPDATE orders SET status = 'expired'")
    assert run_audit() == [
        f"order {order.public_id} is expired: 5000 EUR (minor units) of it have neither tickets"
        " nor a refund"
    ]


def test_more_refunded_than_was_paid(order: Order, plant: Plant) -> None:
    payment = the_payment(order)
    for number in range(2):
        plant(
            "INSERT INTO refunds (public_id, order_id, payment_id, status, amount_minor, currency,"
            " returns_fee, reason, tries, requested_at, look_at) VALUES (:id, :order, :payment,"
            " 'requested', 3000, 'EUR', true, 'planted', 1, now(), now())",
            id=f"ref_{number}",
            order=order.id,
            payment=payment.id,
        )
    assert run_audit() == [f"payment {payment.public_id}: 6000 refunded of 5000 EUR (minor units)"]


def test_a_payment_that_the_ledger_does_not_know(order: Order, plant: Plant) -> None:
    payment = the_payment(order)
    plant("DELETE FROM ledger WHERE kind = 'captured'")
    assert f"payment {payment.public_id} is succeeded over 5000, the ledger has 0" in run_audit()


def test_a_fee_that_the_ledger_does_not_know(order: Order, plant: Plant) -> None:
    payment = the_payment(order)
    plant("UPDATE ledger SET amount_minor = 49 WHERE kind = 'fee'")
    assert f"payment {payment.public_id} has a fee of 50, the ledger has 49" in run_audit()


def test_a_refund_that_the_ledger_does_not_know(order: Order, bob: Person, plant: Plant) -> None:
    with transaction():
        refund = refund_order(order.id, Wish("asked", bob.id, with_fee=True), now=clock.now())
    work_on_refunds()
    assert refund
    assert run_audit() == []
    plant("DELETE FROM ledger WHERE kind = 'refunded'")
    assert f"refund {refund.public_id} is succeeded over 5000, the ledger has 0" in run_audit()


# Stripe's books


def test_a_charge_that_stripe_has_and_we_do_not(
    till: Till, event: Event, floor: Tier, bob: Person, alice: Person
) -> None:
    start_paying(event, bob.user, {floor: 2})
    paid = till.pay()
    assert alice.seller
    assert run_audit() == [
        f"account {alice.seller.stripe_account}, {paid.intent}: our books None, theirs"
        " Charged(captured=5000, fee=50, refunded=0)"
    ]


def test_a_charge_that_we_have_and_stripe_does_not(till: Till, order: Order) -> None:
    till.sessions.clear()
    [line] = run_audit()
    assert line.endswith("our books Charged(captured=5000, fee=50, refunded=0), theirs None")


def test_a_refund_that_stripe_does_not_have(
    till: Till, order: Order, bob: Person, plant: Plant
) -> None:
    with transaction():
        refund_order(order.id, Wish("asked", bob.id, with_fee=True), now=clock.now())
    work_on_refunds()
    till.refunds.clear()
    [line] = run_audit()
    assert "refunded=5000), theirs" in line


@pytest.mark.parametrize(
    "fault", [StripeUnavailable("no answer"), AccountUnusable("revoked", "account_invalid")]
)
def test_books_that_cannot_be_read_are_a_difference(
    till: Till, order: Order, fault: Exception
) -> None:
    till.fault(fault)
    assert run_audit() == [
        f"account {order.stripe_account}: the payment provider does not answer ({fault})"
    ]
