"""Money that goes back: tickets stop admitting with the row, Stripe is asked after it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from tests.factories.events import make_event, make_tier
from tests.factories.inventory import allowance, counts, hold_places
from tests.factories.orders import buy, start_paying, the_order, the_payment, tickets_of
from tests.fixtures.mailbox import Mailbox
from tests.fixtures.till import Till
from tests.fixtures.time import NOON
from tests.people import Person
from tixapp.core.db import db, transaction
from tixapp.core.trail import history
from tixapp.events.actions import cancel
from tixapp.events.models import Event, Tier
from tixapp.gateways.stripe import RefundMade, StripeRefused, StripeUnavailable
from tixapp.mails.jobs import send_due_mails
from tixapp.ops.audit import run_audit
from tixapp.orders.models import OrderStatus
from tixapp.payments.models import LedgerEntry, PaymentStatus, Refund, RefundStatus
from tixapp.reactions import relay_facts, work_off
from tixapp.refunds.actions import Wish, refund_order, retry_refund, return_tickets
from tixapp.refunds.errors import NothingToRefund, TicketWasUsed, TooLateToReturn
from tixapp.refunds.flows import refunds
from tixapp.refunds.jobs import settle_cancelled_events, work_on_refunds
from tixapp.refunds.queries import cancellation_progress
from tixapp.tickets.actions import Door, check_in_by_id
from tixapp.tickets.models import TicketStatus

Move = Callable[[datetime | timedelta], datetime]
ALL = Wish(reason="asked", asked_by=None, with_fee=True)


@pytest.fixture
def event(now: datetime, alice: Person) -> Event:
    assert alice.seller
    return make_event(alice.seller, return_hours=24)


@pytest.fixture
def floor(event: Event) -> Tier:
    return make_tier(event, "Floor", price_minor=2500, capacity=5)


def all_refunds() -> list[Refund]:
    query = sa.select(Refund).order_by(Refund.id).execution_options(populate_existing=True)
    return list(db.session.scalars(query))


def booked() -> list[tuple[str, int]]:
    rows = db.session.execute(
        sa.select(LedgerEntry.kind, LedgerEntry.amount_minor).order_by(LedgerEntry.id)
    )
    return [(kind.value, amount) for kind, amount in rows]


def give_back(order_id: int, wish: Wish = ALL, *, now: datetime = NOON) -> None:
    with transaction():
        refund_order(order_id, wish, now=now)


def test_a_whole_order_goes_back_with_our_fee_and_its_places(
    till: Till, event: Event, floor: Tier, bob: Person
) -> None:
    order = buy(till, event, bob.user, {floor: 2})
    give_back(order.id)
    assert the_order(order.public_id).status == OrderStatus.REFUNDED
    assert {ticket.status for ticket in tickets_of(order)} == {TicketStatus.REFUNDED}
    assert counts(floor) == (0, 0)
    assert allowance(event, bob.user) == (0, 0)
    assert till.refunds == {}  # the row stands before Stripe is asked
    work_on_refunds()
    [refund] = all_refunds()
    assert (refund.status, refund.amount_minor) == (RefundStatus.SUCCEEDED, 5000)
    assert booked() == [
        ("captured", 5000),
        ("fee", 50),
        ("refunded", -5000),
        ("fee_returned", -50),
    ]
    assert run_audit() == []


def test_one_ticket_of_three_goes_back_and_the_others_stay(
    till: Till, event: Event, floor: Tier, bob: Person
) -> None:
    order = buy(till, event, bob.user, {floor: 3})
    first = tickets_of(order)[0]
    give_back(order.id, replace(ALL, tickets=[first.public_id]))
    work_on_refunds()
    assert the_order(order.public_id).status == OrderStatus.PAID
    assert [t.status for t in tickets_of(order)] == ["refunded", "valid", "valid"]
    assert [refund.amount_minor for refund in all_refunds()] == [2500]
    assert counts(floor) == (0, 2)
    assert run_audit() == []


def test_refunding_twice_is_refused_and_changes_nothing(
    till: Till, event: Event, floor: Tier, bob: Person
) -> None:
    order = buy(till, event, bob.user, {floor: 1})
    give_back(order.id)
    with pytest.raises(NothingToRefund):
        give_back(order.id)
    assert len(all_refunds()) == 1
    assert counts(floor) == (0, 0)


def test_the_ticket_of_somebody_who_is_inside_is_not_refunded(
    till: Till, event: Event, floor: Tier, bob: Person, dan: Person
) -> None:
    order = buy(till, event, bob.user, {floor: 1})
    [ticket] = tickets_of(order)
    door = Door(event.id, dan.user.id, "North")
    with transaction():
        check_in_by_id(ticket.public_id, door=door, scan_id=None, scanned_at=NOON, now=NOON)
    with pytest.raises(TicketWasUsed):
        give_back(order.id)
    assert tickets_of(order)[0].status == TicketStatus.USED
    assert all_refunds() == []


def test_a_refunded_ticket_does_not_admit_even_before_stripe_has_answered(
    till: Till, event: Event, floor: Tier, bob: Person, dan: Person
) -> None:
    order = buy(till, event, bob.user, {floor: 1})
    give_back(order.id)
    door = Door(event.id, dan.user.id, "North")
    with transaction():
        seen = check_in_by_id(
            tickets_of(order)[0].public_id, door=door, scan_id=None, scanned_at=NOON, now=NOON
        )
    assert seen.result == "refunded"


def test_an_answer_that_was_lost_is_read_and_not_paid_twice(
    till: Till, event: Event, floor: Tier, bob: Person, at: Move
) -> None:
    order = buy(till, event, bob.user, {floor: 1})
    give_back(order.id)
    till.fault(StripeUnavailable("dropped"), after=True)
    work_on_refunds()
    assert [refund.status for refund in all_refunds()] == [RefundStatus.REQUESTED]
    at(timedelta(minutes=2))
    work_on_refunds()
    assert [refund.status for refund in all_refunds()] == [RefundStatus.SUCCEEDED]
    assert len(till.refunds) == 1
    assert run_audit() == []


def test_a_refund_whose_answer_was_lost_and_that_a_bank_sent_back_has_failed(
    till: Till, event: Event, floor: Tier, bob: Person, at: Move
) -> None:
    """Its key would repeat for a day that all went well."""
    order = buy(till, event, bob.user, {floor: 1})
    give_back(order.id)
    till.fault(StripeUnavailable("dropped"), after=True)
    work_on_refunds()
    [key] = till.refunds
    till.refunds[key] = replace(till.refunds[key], status="failed", failure="lost_or_stolen_card")
    refunds().sync(the_payment(order).id)
    at(timedelta(minutes=2))
    work_on_refunds()
    [refund] = all_refunds()
    assert (refund.status, refund.last_fault) == (RefundStatus.FAILED, "lost_or_stolen_card")
    assert sum(amount for kind, amount in booked() if kind.startswith("refund")) == 0


def test_a_day_later_the_key_is_not_trusted_and_stripe_is_looked_at_first(
    till: Till, event: Event, floor: Tier, bob: Person, at: Move
) -> None:
    order = buy(till, event, bob.user, {floor: 1})
    give_back(order.id)
    till.fault(StripeUnavailable("dropped"), after=True)
    work_on_refunds()
    at(timedelta(days=2))
    till.calls.clear()
    work_on_refunds()
    assert till.calls == ["refunds"]
    assert [refund.status for refund in all_refunds()] == [RefundStatus.SUCCEEDED]


def test_a_refusal_is_kept_with_its_reason_and_a_person_may_try_again_under_a_new_key(
    till: Till, event: Event, floor: Tier, bob: Person, alice: Person, at: Move
) -> None:
    order = buy(till, event, bob.user, {floor: 1})
    give_back(order.id)
    till.fault(StripeRefused("Insufficient funds.", "balance_insufficient"))
    work_on_refunds()
    [refund] = all_refunds()
    assert (refund.status, refund.last_fault) == (RefundStatus.REJECTED, "Insufficient funds.")
    first_key = refund.idempotency_key
    with transaction():
        retry_refund(refund.id, by=alice.user.id, now=at(timedelta(hours=1)))
    work_on_refunds()
    [refund] = all_refunds()
    assert refund.status == RefundStatus.SUCCEEDED
    assert refund.idempotency_key != first_key
    assert [entry.deed for entry in history(refund.public_id)] == ["refund.retried"]
    assert run_audit() == []


def test_a_refund_that_a_bank_sends_back_later_is_booked_back(
    till: Till, event: Event, floor: Tier, bob: Person
) -> None:
    order = buy(till, event, bob.user, {floor: 1})
    give_back(order.id)
    work_on_refunds()
    [key] = till.refunds
    till.refunds[key] = replace(till.refunds[key], status="failed")
    refunds().sync(the_payment(order).id)
    refunds().sync(the_payment(order).id)
    assert all_refunds()[0].status == RefundStatus.FAILED
    assert booked()[-1] == ("refund_back", 2500)
    assert tickets_of(order)[0].status == TicketStatus.REFUNDED  # only a person puts it back
    assert run_audit() == []


def test_a_full_refund_in_the_sellers_dashboard_voids_the_tickets(
    till: Till, event: Event, floor: Tier, bob: Person
) -> None:
    order = buy(till, event, bob.user, {floor: 2})
    intent = the_payment(order).stripe_intent
    till.refunds["theirs"] = RefundMade("re_x", "succeeded", 5000, "EUR", intent, None, None)
    for _ in range(3):
        refunds().sync(the_payment(order).id)
    assert [refund.amount_minor for refund in all_refunds()] == [5000]
    assert {ticket.status for ticket in tickets_of(order)} == {TicketStatus.REFUNDED}
    assert counts(floor) == (0, 0)
    assert run_audit() == []


def test_a_part_refunded_in_the_dashboard_is_booked_and_leaves_the_tickets(
    till: Till, event: Event, floor: Tier, bob: Person
) -> None:
    order = buy(till, event, bob.user, {floor: 2})
    intent = the_payment(order).stripe_intent
    till.refunds["theirs"] = RefundMade("re_x", "succeeded", 1000, "EUR", intent, None, None)
    refunds().sync(the_payment(order).id)
    assert {ticket.status for ticket in tickets_of(order)} == {TicketStatus.VALID}
    give_back(order.id)
    work_on_refunds()
    assert [refund.amount_minor for refund in all_refunds()] == [1000, 4000]
    assert run_audit() == []


def test_a_buyer_gives_a_ticket_back_in_time_and_the_seller_keeps_a_share(
    till: Till, alice: Person, bob: Person, now: datetime
) -> None:
    assert alice.seller
    event = make_event(alice.seller, return_hours=24, return_share_bps=9_000)
    floor = make_tier(event, "Floor", price_minor=2500, capacity=5)
    order = buy(till, event, bob.user, {floor: 1})
    [ticket] = tickets_of(order)
    in_time = event.starts_at - timedelta(hours=25)
    with transaction():
        return_tickets(order.id, [ticket.public_id], buyer_id=bob.user.id, now=in_time)
    [refund] = all_refunds()
    assert (refund.amount_minor, refund.returns_fee) == (2250, False)
    assert the_order(order.public_id).status == OrderStatus.REFUNDED


def test_after_the_deadline_nothing_is_taken_back(
    till: Till, event: Event, floor: Tier, bob: Person
) -> None:
    order = buy(till, event, bob.user, {floor: 1})
    [ticket] = tickets_of(order)
    late = event.starts_at - timedelta(hours=23)
    with pytest.raises(TooLateToReturn), transaction():
        return_tickets(order.id, [ticket.public_id], buyer_id=bob.user.id, now=late)
    assert tickets_of(order)[0].status == TicketStatus.VALID
    assert all_refunds() == []


def test_a_ticket_of_another_order_is_not_given_back(
    till: Till, event: Event, floor: Tier, bob: Person, carol: Person
) -> None:
    bobs = buy(till, event, bob.user, {floor: 1})
    carols = buy(till, event, carol.user, {floor: 1})
    [hers] = tickets_of(carols)
    with pytest.raises(NothingToRefund), transaction():
        return_tickets(bobs.id, [hers.public_id], buyer_id=bob.user.id, now=NOON)
    assert tickets_of(carols)[0].status == TicketStatus.VALID


def test_a_cancelled_event_gives_everyone_their_money_and_ends_what_is_open(
    till: Till, event: Event, floor: Tier, bob: Person, carol: Person, dan: Person,
    mailbox: Mailbox,
) -> None:  # fmt: skip
    paid = buy(till, event, bob.user, {floor: 2})
    paying = start_paying(event, carol.user, {floor: 1})
    hold_places(event, dan.user, {floor: 1}, now=NOON)
    with transaction():
        cancel(event.id, by=None, now=NOON)
    settle_cancelled_events()
    work_on_refunds()
    assert the_order(paid.public_id).status == OrderStatus.REFUNDED
    assert the_order(paying.public_id).status == OrderStatus.CANCELLED
    assert the_payment(paying).status == PaymentStatus.CANCELED
    assert counts(floor) == (0, 0)
    progress = cancellation_progress(event.id)
    assert (progress.done, progress.is_over, progress.failed) == (1, True, 0)
    relay_facts()
    work_off()
    send_due_mails()
    subjects = [letter.subject for letter in mailbox.to(bob.user.email)]
    assert f"Cancelled: {event.name}" in subjects
    assert settle_cancelled_events() == 0
    assert run_audit() == []


def test_a_cancellation_that_stops_half_way_is_carried_on(
    till: Till, event: Event, floor: Tier, bob: Person, carol: Person, at: Move
) -> None:
    for buyer in (bob, carol):
        buy(till, event, buyer.user, {floor: 1})
    with transaction():
        cancel(event.id, by=None, now=NOON)
    settle_cancelled_events()
    till.fault(StripeUnavailable("down"), times=2)
    work_on_refunds()
    assert cancellation_progress(event.id).under_way == 2
    at(timedelta(minutes=2))
    work_on_refunds()
    assert cancellation_progress(event.id).done == 2
    assert run_audit() == []
