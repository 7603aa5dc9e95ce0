"""What a code took off stands wherever an order is told, and it adds up."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest

from tests.factories.events import make_event, make_tier
from tests.fixtures.mailbox import Mailbox
from tests.fixtures.program import program_of
from tests.fixtures.till import Till
from tests.people import Person
from tests.web.shop import said
from tixapp.core.db import db
from tixapp.events.models import Event, Tier
from tixapp.inventory.codes import Code
from tixapp.orders.flows import payments
from tixapp.orders.models import Order, OrderStatus
from tixapp.tickets.models import Ticket

pytestmark = pytest.mark.usefixtures("now", "client")

EUR = "EUR"


@pytest.fixture
def event(alice: Person) -> Event:
    """The buyer pays the fee on top: one percent of what is left of each price."""
    assert alice.seller
    return make_event(alice.seller, fee_passed_on=True)


@pytest.fixture
def floor(event: Event) -> Tier:
    return make_tier(event, price_minor=2500, capacity=10)


@pytest.fixture
def code(alice: Person, event: Event) -> Code:
    path = f"/sell/events/{event.public_id}/codes"
    alice.browser.submit(path, name="SUMMER", kind="percent", value="20", person_limit="3")
    return db.session.query(Code).one()


def purchase(person: Person, event: Event, tier: Tier, quantity: int, code: object) -> object:
    body = {"event_id": event.public_id, "tier_id": tier.public_id, "quantity": quantity}
    return program_of(person.app, person.user).post("/tickets/purchase", body | {"code": code})


def bought(till: Till, person: Person, event: Event, tier: Tier) -> Order:
    """Two with the code, paid."""
    assert purchase(person, event, tier, 2, "sum-mer").status_code == 201
    till.pay()
    order = db.session.query(Order).one()
    payments().settle_order(order.id)
    return order


def test_one_call_buys_with_a_code_and_says_what_it_took_off(
    till: Till, bob: Person, event: Event, floor: Tier, code: Code
) -> None:
    order = said(purchase(bob, event, floor, 2, "sum-mer"))
    assert order["items"] == [
        {
            "tier_id": floor.public_id,
            "name": "Floor",
            "quantity": 2,
            "price": {"amount": 2000, "currency": EUR},
            "discount": {"amount": 500, "currency": EUR},
        }
    ]
    assert (order["subtotal"]["amount"], order["total"]["amount"]) == (4000, 4040)
    assert till.only.amount_minor == 4040


def test_its_uses_are_counted_with_those_of_the_pages(
    till: Till, bob: Person, event: Event, floor: Tier, code: Code
) -> None:
    bought(till, bob, event, floor)
    refused = purchase(bob, event, floor, 2, "SUMMER")
    assert (refused.status_code, said(refused)["code"]) == (409, "code_used_up")
    assert said(refused)["left"] == 1
    assert purchase(bob, event, floor, 1, "SUMMER").status_code == 201


@pytest.mark.parametrize("code", ["WINTER", "sum\x00mer", ["SUMMER"], "x" * 81])
def test_a_code_that_does_not_work_buys_nothing(
    till: Till, bob: Person, event: Event, floor: Tier, code: object
) -> None:
    assert purchase(bob, event, floor, 1, code).status_code in {409, 422}
    assert db.session.query(Order).count() == 0


def test_whoever_guesses_through_purchases_is_slowed(
    till: Till, bob: Person, event: Event, floor: Tier, code: Code
) -> None:
    answers = [purchase(bob, event, floor, 1, f"GUESS{n}").status_code for n in range(21)]
    assert answers == [409] * 20 + [429]
    assert bob.browser.get(f"/e/{event.slug}", query_string={"code": "SUMMER"}).status_code == 429


def test_a_hidden_kind_is_bought_with_its_code_alone(
    till: Till, alice: Person, bob: Person, event: Event, floor: Tier
) -> None:
    here = f"/sell/events/{event.public_id}"
    alice.browser.submit(f"{here}/tiers/{floor.public_id}/hidden", hidden="1")
    alice.browser.submit(f"{here}/codes", name="FRIENDS", kind="access", tiers=floor.public_id)
    assert purchase(bob, event, floor, 1, None).status_code == 422
    order = said(purchase(bob, event, floor, 1, "friends"))
    assert order["items"][0]["discount"] is None
    assert db.session.query(Order).one().status == OrderStatus.PENDING


def test_the_letter_with_the_tickets_says_what_was_paid(
    till: Till, bob: Person, event: Event, floor: Tier, code: Code, work: Callable[[], Mailbox]
) -> None:
    bought(till, bob, event, floor)
    [letter] = work().to(bob.email)
    lines = letter.text.splitlines()
    start = next(place for place, line in enumerate(lines) if line.endswith(" Floor: €50.00"))
    assert lines[start + 1 : start + 4] == [
        "Code SUMMER: -€10.00",
        "Booking fee: €0.40",
        "Total: €40.40",
    ]
    assert letter.html.index("€50.00") < letter.html.index("-€10.00") < letter.html.index("€40.40")


def test_the_file_of_orders_adds_up_from_the_full_price(
    till: Till, alice: Person, bob: Person, event: Event, floor: Tier, code: Code
) -> None:
    bought(till, bob, event, floor)
    answer = alice.browser.get(f"/sell/events/{event.public_id}/orders.csv")
    head, row = csv.reader(io.StringIO(answer.text.lstrip("\ufeff")))
    start = head.index("Full price (EUR)")
    assert head[start : start + 5] == [
        "Full price (EUR)", "Code", "Off by the code (EUR)", "Prices (EUR)", "Paid (EUR)",
    ]  # fmt: skip
    assert row[start : start + 6] == ["50.00", "SUMMER", "-10.00", "40.00", "40.40", "0.40"]


def test_the_payouts_say_what_codes_took_off_before_anything_came_in(
    till: Till, alice: Person, bob: Person, event: Event, floor: Tier, code: Code
) -> None:
    assert alice.seller
    order = bought(till, bob, event, floor)
    assert db.session.query(Ticket).count() == 2
    here = f"/sell/{alice.seller.public_id}/payouts"
    assert "€10.00 off by codes" in alice.browser.get(here).text
    head, row = csv.reader(io.StringIO(alice.browser.get(f"{here}.csv").text.lstrip("\ufeff")))
    assert row[head.index("Off by codes")] == "10.00"
    assert row[head.index("Taken in")] == "40.40"
    alice.browser.submit(f"/sell/orders/{order.public_id}/refund", fee="with")
    assert "€10.00 off by codes" in alice.browser.get(here).text
