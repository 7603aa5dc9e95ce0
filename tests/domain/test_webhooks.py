"""What Stripe tells: believed when it is signed, stored once, worked off until it is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from tests.factories.inventory import counts, hold_places
from tests.factories.orders import start_paying, the_order, the_payment, tickets_of
from tests.fixtures.browser import Browser
from tests.fixtures.till import SECRETS, Till
from tests.people import Person
from tixapp.core.clock import clock
from tixapp.core.db import db
from tixapp.events.models import Event, Tier
from tixapp.gateways.stripe import Account, StripeUnavailable
from tixapp.orders.flows import payments
from tixapp.orders.models import Order, OrderStatus
from tixapp.webhooks.jobs import work_off_events
from tixapp.webhooks.models import StripeEvent, StripeEventStatus

Move = Callable[[datetime | timedelta], datetime]
SECOND = timedelta(seconds=1)


def told(
    kind: str, thing: dict[str, Any], *, account: str | None, event_id: str = "evt_1"
) -> dict[str, Any]:
    event = {
        "id": event_id,
        "object": "event",
        "type": kind,
        "livemode": False,
        "created": 1_790_000_000,
        "data": {"object": thing},
    }
    return event | ({"account": account} if account else {})


def of_session(order: Order, session_id: str, kind: str = "completed", **others: Any) -> Any:
    thing = {"id": session_id, "object": "checkout.session", "url": None} | others
    return told(f"checkout.session.{kind}", thing, account=order.stripe_account)


def deliver(
    client: Browser, till: Till, event: dict[str, Any], *, path: str = "/connect", **others: Any
) -> int:
    body, signature = till.signed(event, **others)
    answer = client.post(
        f"/stripe/webhook{path}", data=body, headers={"Stripe-Signature": signature}
    )
    return answer.status_code


def stored() -> list[StripeEvent]:
    query = sa.select(StripeEvent).order_by(StripeEvent.id)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def statuses() -> list[StripeEventStatus]:
    return [event.status for event in stored()]


# Coming in


def test_a_signed_event_is_stored_and_answered_before_anything_is_done(
    client: Browser, till: Till, event: Event, floor: Tier, bob: Person
) -> None:
    order = start_paying(event, bob.user, {floor: 2})
    assert deliver(client, till, of_session(order, till.pay().id)) == 200
    [found] = stored()
    assert (found.stripe_id, found.kind, found.account, found.status) == (
        "evt_1",
        "checkout.session.completed",
        order.stripe_account,
        StripeEventStatus.RECEIVED,
    )
    assert tickets_of(order) == []
    assert work_off_events() == 1
    assert (the_order(order.public_id).status, len(tickets_of(order))) == (OrderStatus.PAID, 2)
    assert statuses() == [StripeEventStatus.DONE]


def test_the_same_event_again_and_again_after_a_day_is_one(
    client: Browser, till: Till, event: Event, floor: Tier, bob: Person, at: Move
) -> None:
    order = start_paying(event, bob.user, {floor: 2})
    told_of = of_session(order, till.pay().id)
    for _ in range(3):
        assert deliver(client, till, told_of) == 200
        work_off_events()
    at(timedelta(days=1))
    assert deliver(client, till, told_of) == 200
    assert work_off_events() == 0
    assert (len(stored()), len(tickets_of(order)), counts(floor)) == (1, 2, (0, 2))


@pytest.mark.parametrize(
    "change",
    [
        lambda body, sign: (body, ""),
        lambda body, sign: (body, "t=1,v1=" + "0" * 64),
        lambda body, sign: (body + b" ", sign),
        lambda body, sign: (body.replace(b"evt_1", b"evt_2"), sign),
        lambda body, sign: (b"[]", sign),
        lambda body, sign: (b"\xff\xfe", sign),
        lambda body, sign: (body, sign.replace("t=", "t=x")),
        lambda body, sign: (body, "t=1790000000,v1=" + sign.rpartition("=")[2]),
        lambda body, sign: (body, "\u2603".encode().decode("latin-1")),
    ],
)
def test_what_stripe_did_not_sign_is_refused(
    client: Browser, till: Till, change: Callable[[bytes, str], tuple[bytes, str]]
) -> None:
    body, signature = change(*till.signed(told("account.updated", {"id": "a"}, account="a")))
    answer = client.post(
        "/stripe/webhook/connect", data=body, headers={"Stripe-Signature": signature}
    )
    assert answer.status_code == 400
    assert stored() == []


@pytest.mark.parametrize(
    ("path", "secret", "account"),
    [
        ("", SECRETS[1], None),  # the other endpoint's secret
        ("/connect", SECRETS[0], "acct_1"),
        ("", SECRETS[0], "acct_1"),  # the other endpoint's events
        ("/connect", SECRETS[1], None),
    ],
)
def test_each_endpoint_takes_its_own_events_under_its_own_secret(
    client: Browser, till: Till, path: str, secret: str, account: str | None
) -> None:
    event = told("account.updated", {"id": "acct_1"}, account=account)
    assert deliver(client, till, event, path=path, secret=secret) == 400
    assert stored() == []


def test_signed_rubbish_is_refused_and_no_fault_of_ours(client: Browser, till: Till) -> None:
    for rubbish in ({}, {"id": "evt_1"}, {"id": "evt_1", "type": "x", "data": {}}):
        assert deliver(client, till, rubbish) == 400
    assert stored() == []


def test_a_huge_body_is_not_read(client: Browser, till: Till) -> None:
    answer = client.post("/stripe/webhook", data=b"x" * 600_000)
    assert answer.status_code == 413


# Working off


def test_an_unknown_kind_is_kept_and_left_alone(client: Browser, till: Till, event: Event) -> None:
    deliver(client, till, told("invoice.paid", {"id": "in_1"}, account="acct_1"))
    work_off_events()
    [found] = stored()
    assert (found.status, found.last_fault) == (
        StripeEventStatus.IGNORED,
        "no use for invoice.paid",
    )
    assert till.calls == []


def test_a_session_of_another_account_that_names_our_order_is_nobodys(
    client: Browser, till: Till, event: Event, floor: Tier, bob: Person
) -> None:
    order = start_paying(event, bob.user, {floor: 2})
    payment = the_payment(order)
    forged = of_session(order, "cs_theirs", client_reference_id=payment.public_id)
    forged["account"] = "acct_of_another"
    deliver(client, till, forged)
    copied = of_session(order, till.only.id)
    copied |= {"account": "acct_of_another", "id": "evt_2"}
    deliver(client, till, copied)
    work_off_events()
    assert statuses() == [StripeEventStatus.IGNORED] * 2
    assert (the_order(order.public_id).status, counts(floor)) == (OrderStatus.PENDING, (2, 0))


def test_a_second_session_for_the_same_payment_is_nobodys(
    client: Browser, till: Till, event: Event, floor: Tier, bob: Person
) -> None:
    order = start_paying(event, bob.user, {floor: 2})
    payment = the_payment(order)
    deliver(client, till, of_session(order, "cs_other", client_reference_id=payment.public_id))
    work_off_events()
    assert statuses() == [StripeEventStatus.IGNORED]
    assert the_payment(order).stripe_session == till.only.id


def test_a_session_whose_answer_was_lost_is_known_by_its_reference(
    client: Browser, till: Till, event: Event, floor: Tier, bob: Person
) -> None:
    hold = hold_places(event, bob.user, {floor: 2})
    till.fault(StripeUnavailable("dropped"), after=True)
    with pytest.raises(StripeUnavailable):
        payments().start(hold.public_id, bob.id)
    [order] = db.session.scalars(sa.select(Order)).all()
    session = till.pay()
    deliver(client, till, of_session(order, session.id, client_reference_id=session.reference))
    work_off_events()
    assert the_order(order.public_id).status == OrderStatus.PAID


@pytest.mark.parametrize("kinds", [("expired", "completed"), ("completed", "expired")])
def test_the_order_in_which_events_come_does_not_matter(
    client: Browser,
    till: Till,
    event: Event,
    floor: Tier,
    bob: Person,
    kinds: tuple[str, ...],
) -> None:
    order = start_paying(event, bob.user, {floor: 2})
    session = till.pay()
    for number, kind in enumerate(kinds):
        deliver(client, till, of_session(order, session.id, kind) | {"id": f"evt_{number}"})
        work_off_events()
    assert (the_order(order.public_id).status, counts(floor)) == (OrderStatus.PAID, (0, 2))


def test_a_bank_that_refuses_days_later_frees_the_places(
    client: Browser, till: Till, event: Event, floor: Tier, bob: Person, at: Move
) -> None:
    order = start_paying(event, bob.user, {floor: 2})
    deliver(client, till, of_session(order, till.pay_by_debit().id))
    work_off_events()
    assert (the_order(order.public_id).status, counts(floor)) == (OrderStatus.PENDING, (2, 0))
    at(timedelta(days=3))
    till.settle_debit(paid=False)
    failed = of_session(order, till.only.id, "async_payment_failed") | {"id": "evt_2"}
    deliver(client, till, failed)
    work_off_events()
    assert (the_order(order.public_id).status, counts(floor)) == (OrderStatus.FAILED, (0, 0))


def test_an_event_that_cannot_be_dealt_with_now_is_tried_again(
    now: datetime, client: Browser, till: Till, event: Event, floor: Tier, bob: Person, at: Move
) -> None:
    order = start_paying(event, bob.user, {floor: 2})
    deliver(client, till, of_session(order, till.pay().id))
    till.fault(StripeUnavailable("no answer"))
    work_off_events()
    [found] = stored()
    assert (found.status, found.attempts, found.due_at) == (
        StripeEventStatus.RECEIVED,
        1,
        now + 2 * SECOND,
    )
    assert work_off_events() == 0
    at(2 * SECOND)
    work_off_events()
    assert (statuses(), len(tickets_of(order))) == ([StripeEventStatus.DONE], 2)


def test_an_event_that_never_succeeds_is_left_to_a_person_and_keeps_no_other(
    client: Browser, till: Till, event: Event, floor: Tier, bob: Person, at: Move
) -> None:
    order = start_paying(event, bob.user, {floor: 2})
    deliver(client, till, of_session(order, till.pay().id))
    other = told("invoice.paid", {}, account="acct_1", event_id="evt_2")
    deliver(client, till, other)
    till.fault(StripeUnavailable("no answer"), times=20)
    work_off_events()
    assert statuses()[1] == StripeEventStatus.IGNORED
    for _ in range(9):
        at(timedelta(hours=2))
        work_off_events()
    assert (statuses()[0], stored()[0].attempts) == (StripeEventStatus.FAILED, 10)
    assert tickets_of(order) == []


def test_an_event_in_the_hands_of_a_worker_that_died_is_taken_over(
    client: Browser, till: Till, event: Event, floor: Tier, bob: Person, at: Move, monkeypatch
) -> None:
    order = start_paying(event, bob.user, {floor: 2})
    deliver(client, till, of_session(order, till.pay().id))

    class Killed(BaseException):
        pass

    def die(_event: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr("tixapp.webhooks.jobs.handle", die)
        with pytest.raises(Killed):
            work_off_events()
    assert work_off_events() == 0
    at(timedelta(minutes=1))
    assert work_off_events() == 1
    assert len(tickets_of(order)) == 2


def test_an_account_that_may_no_longer_charge_sells_nothing_more(
    client: Browser, till: Till, alice: Person, event: Event
) -> None:
    assert alice.seller
    account = str(alice.seller.stripe_account)
    till.accounts[account] = Account(account, False, True, {"disabled_reason": "listed"})
    # What the event says is old by now: what counts is what Stripe says when asked.
    claimed = {"id": account, "charges_enabled": True}
    deliver(client, till, told("account.updated", claimed, account=account))
    work_off_events()
    db.session.refresh(alice.seller)
    assert alice.seller.charges_enabled is False
    assert alice.seller.requirements == {"disabled_reason": "listed"}
    assert alice.seller.account_read_at == clock.now()


def test_an_account_of_nobody_is_left_alone(client: Browser, till: Till) -> None:
    deliver(client, till, told("account.updated", {"id": "acct_x"}, account="acct_x"))
    work_off_events()
    assert (statuses(), till.calls) == ([StripeEventStatus.IGNORED], [])


def test_money_of_the_wrong_amount_is_an_alarm_and_done_with(
    client: Browser, till: Till, event: Event, floor: Tier, bob: Person
) -> None:
    order = start_paying(event, bob.user, {floor: 2})
    session = till.pay()
    till.sessions[session.id] = replace(session, amount_minor=1)
    deliver(client, till, of_session(order, session.id))
    work_off_events()
    assert (statuses(), tickets_of(order)) == ([StripeEventStatus.DONE], [])
    assert "expected" in (the_payment(order).last_fault or "")
