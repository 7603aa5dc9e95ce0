"""What of a payout belongs to which event, as Stripe tells it once it has put it together."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.factories.events import make_event, make_tier
from tests.factories.orders import buy, the_payment
from tests.fixtures.till import Till
from tests.fixtures.time import NOON
from tests.people import Person
from tixapp.events.models import Event
from tixapp.gateways.stripe import PayoutMade
from tixapp.payments.payouts import paid_out
from tixapp.webhooks.handlers import handle
from tixapp.webhooks.rules import Ignored, Incoming

pytestmark = pytest.mark.usefixtures("now")


@pytest.fixture
def events(alice: Person) -> list[Event]:
    assert alice.seller
    return [make_event(alice.seller, name) for name in ("Night Trains", "Day Trains")]


@pytest.fixture
def account(alice: Person) -> str:
    assert alice.seller
    assert alice.seller.stripe_account
    return alice.seller.stripe_account


@pytest.fixture
def payout(till: Till, bob: Person, carol: Person, events: list[Event], account: str) -> PayoutMade:
    """24.45 of the first event less 5.00 that went back, 48.90 of the second, and another sale."""
    made = PayoutMade("po_1", 9_000, "EUR", "pending", NOON)
    intents = []
    for event, person, count in zip(events, (bob, carol), (1, 2), strict=True):
        order = buy(till, event, person.user, {make_tier(event): count})
        intents.append(the_payment(order).stripe_intent or "")
    till.paid_out[account] = [made]
    till.made_of["po_1"] = [
        (intents[0], 2_445), (intents[0], -500), (intents[1], 4_890), ("pi_of_a_shop", 2_165),
    ]  # fmt: skip
    return made


def told(kind: str, account: str) -> None:
    """By Stripe."""
    handle(Incoming("evt_1", account, f"payout.{kind}", livemode=False, payload={"id": "po_1"}))


def test_each_event_has_its_part_of_it(
    till: Till, events: list[Event], payout: PayoutMade, account: str
) -> None:
    ids = [event.id for event in events]
    assert paid_out(ids) == {}
    for _ in range(2):  # told twice, kept once
        told("reconciliation_completed", account)
    assert paid_out(ids) == {ids[0]: 1_945, ids[1]: 4_890}


def test_what_the_bank_did_not_take_is_not_paid_out(
    till: Till, events: list[Event], payout: PayoutMade, account: str
) -> None:
    told("reconciliation_completed", account)
    till.paid_out[account] = [replace(payout, status="failed")]
    told("failed", account)
    assert paid_out([event.id for event in events]) == {}
    till.paid_out[account] = [replace(payout, status="paid")]
    told("paid", account)
    assert sum(paid_out([event.id for event in events]).values()) == 6_835


def test_payouts_of_others_are_nothing_to_us(till: Till, payout: PayoutMade) -> None:
    with pytest.raises(Ignored):
        told("paid", "acct_of_nobody_here")
    assert till.calls.count("payout") == 0
