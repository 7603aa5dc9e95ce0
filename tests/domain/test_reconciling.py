"""The nets under webhooks and return pages, and who is told when something needs a person."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.factories.events import make_tier
from tests.factories.inventory import counts
from tests.factories.orders import buy, start_paying, the_order, the_payment, tickets_of
from tests.fixtures.mailbox import Mailbox
from tests.fixtures.till import Till
from tests.fixtures.time import NOON
from tests.people import Person
from tixapp.core.db import transaction
from tixapp.events.models import Event, Tier
from tixapp.gateways.stripe import (
    AccountUnusable,
    DisputeFound,
    IncomingEvent,
    StripeRefused,
)
from tixapp.inventory.errors import PaymentsStopped
from tixapp.ops.audit import run_audit
from tixapp.orders.jobs import end_overdue_payments, look_for_stray_money
from tixapp.orders.models import OrderStatus
from tixapp.payments.models import PaymentStatus
from tixapp.refunds.actions import Wish, refund_order
from tixapp.refunds.flows import refunds
from tixapp.refunds.jobs import work_on_refunds
from tixapp.webhooks.handlers import handle
from tixapp.webhooks.jobs import fetch_undelivered, work_off_events
from tixapp.webhooks.rules import Incoming

Move = Callable[[datetime | timedelta], datetime]
Work = Callable[[], Mailbox]


@pytest.fixture
def floor(event: Event) -> Tier:
    return make_tier(event, "Floor", price_minor=2500, capacity=1)


def subjects(mailbox: Mailbox, person: Person) -> list[str]:
    return [letter.subject for letter in mailbox.to(person.email)]


def test_an_event_that_stripe_could_not_deliver_is_fetched_once_and_fulfils(
    till: Till, event: Event, floor: Tier, bob: Person
) -> None:
    order = start_paying(event, bob.user, {floor: 1})
    session = till.pay()
    till.undelivered = [
        IncomingEvent(
            id="evt_lost",
            kind="checkout.session.completed",
            account=the_payment(order).stripe_account,
            livemode=False,
            created=NOON,
            payload={"id": session.id, "client_reference_id": session.reference},
        )
    ]
    assert fetch_undelivered() == 1
    assert fetch_undelivered() == 0
    work_off_events()
    assert the_order(order.public_id).status == OrderStatus.PAID
    assert len(tickets_of(order)) == 1


def test_money_for_a_payment_that_was_closed_here_is_found_and_buys_the_free_place(
    till: Till, event: Event, floor: Tier, bob: Person, at: Move
) -> None:
    order = start_paying(event, bob.user, {floor: 1})
    at(timedelta(minutes=11))
    end_overdue_payments()
    assert the_payment(order).status == PaymentStatus.CANCELED
    paid = replace(till.only, status="complete", payment_status="paid", intent="pi_late")
    till.sessions[paid.id] = paid
    assert look_for_stray_money() == 1
    assert look_for_stray_money() == 0
    assert the_order(order.public_id).status == OrderStatus.PAID
    assert counts(floor) == (0, 1)
    assert run_audit() == []


def test_money_for_a_place_that_is_gone_returns_and_the_buyer_is_told(
    till: Till, event: Event, floor: Tier, bob: Person, carol: Person, at: Move, work: Work
) -> None:
    order = start_paying(event, bob.user, {floor: 1})
    later = at(timedelta(minutes=11))
    end_overdue_payments()
    late = till.sessions[the_payment(order).stripe_session or ""]
    buy(till, event, carol.user, {floor: 1}, now=later)
    till.sessions[late.id] = replace(
        late, status="complete", payment_status="paid", intent="pi_late"
    )
    look_for_stray_money()
    mailbox = work()
    assert the_order(order.public_id).status == OrderStatus.EXPIRED
    assert [made.amount_minor for made in till.refunds.values()] == [2500]
    assert "Your payment came too late: Night Trains" in subjects(mailbox, bob)
    assert run_audit() == []


def test_a_dispute_is_told_to_the_seller_and_the_platform_once(
    till: Till, event: Event, floor: Tier, bob: Person, alice: Person, erin: Person, work: Work
) -> None:
    order = buy(till, event, bob.user, {floor: 1})
    payment = the_payment(order)
    till.disputes["dp_1"] = DisputeFound(
        "dp_1", "needs_response", 2500, "EUR", "fraudulent", payment.stripe_intent, None
    )
    for _ in range(2):
        refunds().sync_dispute(payment.id, "dp_1", account=payment.stripe_account)
    mailbox = work()
    for person in (alice, erin):
        assert subjects(mailbox, person).count("A payment is disputed: Night Trains") == 1
    assert "A payment is disputed: Night Trains" not in subjects(mailbox, bob)


def test_a_refused_refund_is_told_to_the_seller_and_the_platform(
    till: Till, event: Event, floor: Tier, bob: Person, alice: Person, erin: Person, work: Work
) -> None:
    order = buy(till, event, bob.user, {floor: 1})
    with transaction():
        refund_order(order.id, Wish("asked", None, with_fee=True), now=NOON)
    till.fault(StripeRefused("Insufficient funds.", "balance_insufficient"))
    work_on_refunds()
    mailbox = work()
    for person in (alice, erin):
        assert "A refund did not go through: Night Trains" in subjects(mailbox, person)


def test_an_account_that_cuts_us_off_sells_nothing_more(
    till: Till, event: Event, floor: Tier, alice: Person, bob: Person
) -> None:
    assert alice.seller
    assert alice.seller.stripe_account
    till.fault(AccountUnusable("The account does not exist.", "account_invalid"))
    account = alice.seller.stripe_account
    handle(Incoming("evt_1", account, "account.application.deauthorized", False, {}))
    assert alice.seller.charges_enabled is False
    with pytest.raises(PaymentsStopped):
        start_paying(event, bob.user, {floor: 1})
    assert till.sessions == {}
