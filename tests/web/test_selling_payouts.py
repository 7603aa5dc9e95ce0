"""Payouts and fees: sums of the ledger, Stripe's part where it is known, and what was paid out."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest

from tests.factories.accounts import make_user
from tests.factories.events import make_event, make_tier
from tests.factories.orders import buy, tickets_of
from tests.factories.sellers import make_member, make_seller
from tests.fixtures.till import Till
from tests.fixtures.time import NOON
from tests.people import Person
from tests.web.html import texts
from tixapp.events.models import Event, Tier
from tixapp.gateways.stripe import Balance, PayoutMade, StripeUnavailable
from tixapp.payments.jobs import learn_stripe_fees
from tixapp.refunds.jobs import work_on_refunds
from tixapp.sellers.models import Role

pytestmark = pytest.mark.usefixtures("now", "client")


@pytest.fixture
def event(alice: Person) -> Event:
    assert alice.seller
    return make_event(alice.seller, fee_passed_on=True)


@pytest.fixture
def floor(event: Event) -> Tier:
    return make_tier(event, capacity=10)


@pytest.fixture
def here(alice: Person) -> str:
    assert alice.seller
    return f"/sell/{alice.seller.public_id}/payouts"


def table(person: Person, here: str) -> list[list[str]]:
    answer = person.browser.get(f"{here}.csv")
    assert answer.mimetype == "text/csv"
    return list(csv.reader(io.StringIO(answer.text.lstrip("\ufeff"))))


def test_each_event_and_all_of_them_add_up_to_the_cent(
    till: Till, alice: Person, bob: Person, carol: Person, event: Event, floor: Tier, here: str
) -> None:
    assert alice.seller
    till.balances[alice.seller.stripe_account or ""] = Balance({"EUR": 4321}, {"EUR": 100})
    arrives = NOON + timedelta(days=2)
    paid = PayoutMade("po_1", 2000, "EUR", "in_transit", arrives)
    till.paid_out[alice.seller.stripe_account or ""] = [paid]
    order = buy(till, event, bob.user, {floor: 2})
    buy(till, event, carol.user, {floor: 1})
    ticket = tickets_of(order)[0].public_id
    alice.browser.submit(f"/sell/orders/{order.public_id}/refund", ticket=ticket, fee="with")
    work_on_refunds()
    learn_stripe_fees()
    _head, row, payout = table(alice, here)
    # 75.75 came in, 25.25 went back with 0.25 of our fee; Stripe kept 0.30 of each of two payments.
    assert row[3:] == [
        "2",
        "0.00",
        "75.75",
        "-25.25",
        "0.00",
        "-0.50",
        "-0.60",
        "0",
        "49.40",
        "0.00",
        "",
    ]
    assert payout == ["Payout (in_transit)", "2026-11-22", "EUR", *[""] * 10, "20.00"]
    page = alice.browser.get(here).text
    assert "€49.40" in page
    assert "€43.21" in page
    assert "On its way" in page


def test_what_stripe_does_not_tell_is_said_to_be_unknown(
    till: Till, alice: Person, bob: Person, event: Event, floor: Tier, here: str
) -> None:
    buy(till, event, bob.user, {floor: 1})
    till.fault(StripeUnavailable("away"))
    page = alice.browser.get(here).text
    assert "Stripe does not answer" in page
    assert "not known yet" in page
    assert "€25.25" in page


def test_without_a_sale_it_says_what_will_stand_here(till: Till, alice: Person, here: str) -> None:
    assert "Nothing was sold yet" in texts(alice.browser.get(here).text, "h2")


@pytest.mark.parametrize("who", ["door", "buyer", "another seller"])
def test_for_others_there_is_no_such_page(
    till: Till, alice: Person, bob: Person, dan: Person, here: str, who: str
) -> None:
    frank = Person(bob.app, make_user("Frank"))
    make_seller(frank.user, "Frank's Barn")
    person = {"door": dan, "buyer": bob, "another seller": frank}[who]
    for path in (here, f"{here}.csv"):
        assert person.browser.get(path).status_code == 404
    assert till.calls == []


def test_an_editor_sees_the_money_too(till: Till, alice: Person, carol: Person, here: str) -> None:
    assert alice.seller
    make_member(alice.seller, carol.user, Role.EDITOR)
    assert carol.browser.get(here).status_code == 200
