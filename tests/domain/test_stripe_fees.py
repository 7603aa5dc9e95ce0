"""What Stripe kept of each payment is learned in the background, kept with it, and counted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.factories.events import make_event, make_tier
from tests.factories.orders import buy, the_payment
from tests.fixtures.till import Till
from tests.fixtures.time import NOON
from tests.people import Person
from tixapp.core.money import Money
from tixapp.events.models import Event, Tier
from tixapp.gateways.stripe import StripeUnavailable
from tixapp.ops.audit import run_audit
from tixapp.orders.models import Order
from tixapp.payments import flows
from tixapp.payments.jobs import learn_stripe_fees
from tixapp.selling.queries.payouts import money_of_events

A_MINUTE = timedelta(minutes=1)
Move = Callable[[datetime | timedelta], datetime]

pytestmark = pytest.mark.usefixtures("now")


@pytest.fixture
def event(alice: Person) -> Event:
    assert alice.seller
    return make_event(alice.seller)


@pytest.fixture
def floor(event: Event) -> Tier:
    return make_tier(event, capacity=10)


@pytest.fixture
def orders(till: Till, bob: Person, carol: Person, event: Event, floor: Tier) -> list[Order]:
    return [buy(till, event, person.user, {floor: 1}) for person in (bob, carol)]


def kept(event: Event) -> tuple[int, int]:
    """(of all payments together, of how many it is not known)."""
    [row] = money_of_events(event.seller_id)
    return row.stripe.minor, row.unknown


def asked(till: Till) -> list[str]:
    return [call for call in till.calls if call.startswith("processing_fee")]


def test_a_few_are_asked_for_one_by_one_and_each_once(
    till: Till, event: Event, orders: list[Order]
) -> None:
    assert kept(event) == (0, 2)
    assert [learn_stripe_fees(), learn_stripe_fees()] == [2, 0]
    assert asked(till) == ["processing_fee"] * 2
    assert [the_payment(order).stripe_fee_minor for order in orders] == [30, 30]
    assert kept(event) == (60, 0)
    assert run_audit() == []


def test_many_are_read_from_the_list_of_charges(
    till: Till, event: Event, orders: list[Order], monkeypatch: pytest.MonkeyPatch
) -> None:
    windows: list[dict[str, Any]] = []
    listed = till.processing_fees

    def note(account: str, **window: Any) -> Any:
        windows.append(window)
        return iter([("pi_of_another_sale", Money(9, "EUR")), *listed(account, **window)])

    monkeypatch.setattr(flows, "FEW", 1)
    monkeypatch.setattr(till, "processing_fees", note)
    assert learn_stripe_fees() == 2
    assert windows == [{"since": NOON - timedelta(days=1), "until": None}]
    assert kept(event) == (60, 0)
    assert run_audit() == []


def test_of_another_currency_nothing_is_said(
    till: Till, event: Event, orders: list[Order], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(till, "processing_fee", lambda *_, **__: Money(33, "USD"))
    assert learn_stripe_fees() == 0
    assert kept(event) == (0, 2)


def test_what_is_not_booked_yet_is_asked_for_again_ever_more_rarely(
    till: Till, event: Event, orders: list[Order], at: Move, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(till, "processing_fee", lambda *_, **__: None)
        learn_stripe_fees()
    assert learn_stripe_fees() == 0
    due = [the_payment(order).fee_look_at for order in orders]
    assert due == [NOON + A_MINUTE] * 2
    at(NOON + timedelta(days=2))
    till.fault(StripeUnavailable("away"))
    assert learn_stripe_fees() == 0
    assert the_payment(orders[0]).fee_look_at == NOON + timedelta(days=4)
    at(NOON + timedelta(days=4))
    assert learn_stripe_fees() == 2
    assert kept(event) == (60, 0)


def test_it_takes_as_many_statements_for_one_as_for_two(
    till: Till, event: Event, orders: list[Order], queries: Callable[[], Any]
) -> None:
    with queries() as statements:
        learn_stripe_fees()
    # The accounts, the payments of one, what was told.
    assert len(statements) == 3, "\n".join(statements)
