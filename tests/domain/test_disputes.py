"""A bank questions a payment: tickets freeze, the books follow the money."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from tests.factories.events import make_tier
from tests.factories.inventory import counts
from tests.factories.orders import buy, the_payment, tickets_of
from tests.fixtures.till import Till
from tests.fixtures.time import NOON
from tests.people import Person
from tixapp.core.db import db, transaction
from tixapp.events.models import Event, Tier
from tixapp.gateways.stripe import DisputeFound
from tixapp.ops.audit import run_audit
from tixapp.orders.models import Order
from tixapp.payments.models import Dispute, DisputeStatus, LedgerEntry, PaymentStatus
from tixapp.refunds.actions import Wish, refund_order
from tixapp.refunds.errors import PaymentDisputed
from tixapp.refunds.flows import refunds
from tixapp.tickets.actions import Door, check_in_by_id
from tixapp.tickets.models import TicketStatus


@pytest.fixture
def floor(event: Event) -> Tier:
    return make_tier(event, "Floor", price_minor=2500, capacity=5)


def tell(till: Till, order: Order, status: str) -> None:
    """Stripe says how the dispute stands, twice."""
    payment = the_payment(order)
    till.disputes["dp_1"] = DisputeFound(
        "dp_1", status, 2500, "EUR", "fraudulent", payment.stripe_intent, None
    )
    for _ in range(2):
        refunds().sync_dispute(payment.id, "dp_1", account=payment.stripe_account)


def booked() -> list[tuple[str, int]]:
    rows = db.session.execute(
        sa.select(LedgerEntry.kind, LedgerEntry.amount_minor).order_by(LedgerEntry.id)
    )
    return [(kind.value, amount) for kind, amount in rows]


def at_the_door(order: Order, event: Event, dan: Person) -> str:
    door = Door(event.id, dan.user.id, "North")
    [ticket] = tickets_of(order)
    with transaction():
        seen = check_in_by_id(ticket.public_id, door=door, scan_id=None, scanned_at=NOON, now=NOON)
    return seen.result.value


def test_an_open_dispute_freezes_the_ticket_and_books_the_loss_once(
    till: Till, event: Event, floor: Tier, bob: Person, dan: Person
) -> None:
    order = buy(till, event, bob.user, {floor: 1})
    tell(till, order, "needs_response")
    assert the_payment(order).status == PaymentStatus.DISPUTED
    assert booked() == [("captured", 2500), ("fee", 25), ("disputed", -2500)]
    assert at_the_door(order, event, dan) == "cancelled"
    assert tickets_of(order)[0].status == TicketStatus.VALID
    assert run_audit() == []


def test_a_dispute_that_is_won_gives_ticket_and_money_back(
    till: Till, event: Event, floor: Tier, bob: Person, dan: Person
) -> None:
    order = buy(till, event, bob.user, {floor: 1})
    for status in ("needs_response", "under_review", "won"):
        tell(till, order, status)
    assert the_payment(order).status == PaymentStatus.SUCCEEDED
    assert booked()[2:] == [("disputed", -2500), ("reinstated", 2500)]
    assert at_the_door(order, event, dan) == "admitted"
    assert run_audit() == []


def test_a_dispute_that_is_lost_ends_the_ticket_and_frees_the_place(
    till: Till, event: Event, floor: Tier, bob: Person, dan: Person
) -> None:
    order = buy(till, event, bob.user, {floor: 1})
    tell(till, order, "needs_response")
    tell(till, order, "lost")
    assert [ticket.status for ticket in tickets_of(order)] == [TicketStatus.CANCELLED]
    assert counts(floor) == (0, 0)
    assert booked()[2:] == [("disputed", -2500)]
    assert run_audit() == []


def test_an_inquiry_freezes_and_moves_no_money(
    till: Till, event: Event, floor: Tier, bob: Person, dan: Person
) -> None:
    order = buy(till, event, bob.user, {floor: 1})
    tell(till, order, "warning_needs_response")
    assert the_payment(order).status == PaymentStatus.SUCCEEDED
    assert booked() == [("captured", 2500), ("fee", 25)]
    assert at_the_door(order, event, dan) == "cancelled"
    tell(till, order, "warning_closed")
    assert at_the_door(order, event, dan) == "admitted"


def test_events_out_of_order_end_in_the_present_state(
    till: Till, event: Event, floor: Tier, bob: Person
) -> None:
    """The first we hear of it is that it is lost."""
    order = buy(till, event, bob.user, {floor: 1})
    tell(till, order, "lost")
    assert db.session.scalars(sa.select(Dispute.status)).all() == [DisputeStatus.LOST]
    assert booked()[2:] == [("disputed", -2500)]
    assert [ticket.status for ticket in tickets_of(order)] == [TicketStatus.CANCELLED]


def test_a_disputed_payment_is_not_refunded_on_top(
    till: Till, event: Event, floor: Tier, bob: Person
) -> None:
    order = buy(till, event, bob.user, {floor: 1})
    tell(till, order, "needs_response")
    with pytest.raises(PaymentDisputed), transaction():
        refund_order(order.id, Wish("asked", None, with_fee=True), now=NOON)
    assert till.refunds == {}
    assert tickets_of(order)[0].status == TicketStatus.VALID
