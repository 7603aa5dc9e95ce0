"""Codes on the pages: made by a seller, typed by a buyer, guessed by nobody."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.factories.accounts import make_user
from tests.factories.events import make_event, make_tier
from tests.factories.inventory import counts
from tests.factories.orders import the_order
from tests.factories.sellers import make_member, make_seller
from tests.fixtures.browser import Browser
from tests.fixtures.program import make_key
from tests.fixtures.till import Till
from tests.people import Person
from tests.web.html import texts
from tixapp.core.db import db
from tixapp.core.trail import history
from tixapp.events.models import Event, Tier
from tixapp.inventory.codes import Code
from tixapp.orders.models import Order
from tixapp.sellers.models import Role

pytestmark = pytest.mark.usefixtures("now", "client")


@pytest.fixture
def event(alice: Person) -> Event:
    assert alice.seller
    return make_event(alice.seller)


@pytest.fixture
def floor(event: Event) -> Tier:
    return make_tier(event, capacity=10)


def make(person: Person, event: Event, **changed: Any) -> int:
    said = {"name": "Summer", "kind": "percent", "value": "20"} | changed
    return person.browser.submit(f"/sell/events/{event.public_id}/codes", **said).status_code


def reserve(person: Person, event: Event, tier: Tier, code: str, quantity: int = 2) -> Any:
    picks = {f"tier-{tier.public_id}": str(quantity), "code": code}
    return person.browser.submit(f"/e/{event.slug}/holds", **picks)


def bill(page: str) -> list[str]:
    """The amounts, from the top down."""
    return [amount for amount in texts(page, "dd") if "€" in amount]


def test_a_seller_makes_a_code_and_a_buyer_pays_less(
    till: Till, alice: Person, bob: Person, event: Event, floor: Tier
) -> None:
    assert make(alice, event, total_limit="5") == 303
    answer = reserve(bob, event, floor, "sum mer")
    assert answer.location.startswith("/checkout/")
    page = bob.browser.get(answer.location).text
    assert bill(page) == ["€50.00", "-€10.00", "€40.00"]
    assert "Code Summer" in " ".join(texts(page, "dt"))
    bob.browser.submit(f"{answer.location}/payment")
    till.pay()
    order = db.session.query(Order).one()
    bob.browser.get(f"/orders/{order.public_id}/return", query_string={"session_id": till.only.id})
    assert the_order(order.public_id).total_minor == 4000
    for person, path in ((bob, "/orders"), (alice, "/sell/orders")):
        page = person.browser.get(f"{path}/{order.public_id}").text
        assert bill(page) == ["€50.00", "-€10.00", "€40.00"]
        assert "Code Summer" in " ".join(texts(page, "dt"))
    assert "2 of 5 tickets" in alice.browser.get(f"/sell/events/{event.public_id}/codes").text
    assert "20.0 % off" in alice.browser.get(f"/sell/events/{event.public_id}/codes").text


def test_without_a_name_a_code_is_one_that_nobody_guesses(alice: Person, event: Event) -> None:
    assert make(alice, event, name="") == 303
    assert re.fullmatch("[A-Z2-9]{13}", db.session.query(Code).one().name)


@pytest.mark.parametrize(
    "changed",
    [
        {"value": ""},
        {"value": "0"},
        {"value": "-5"},
        {"value": "101"},
        {"value": "NaN"},
        {"value": "1.234"},
        {"kind": "amount", "value": "24.90"},
        {"kind": "gift"},
        {"name": "ab"},
        {"name": "x" * 41},
        {"total_limit": "0"},
        {"total_limit": "1.5"},
        {"tiers": "tier_other"},
        {"ends_at": "2020-01-01T10:00"},
        {"ends_at": "soon"},
    ],
)
def test_a_code_that_makes_no_sense_is_refused(
    alice: Person, event: Event, floor: Tier, changed: dict[str, str]
) -> None:
    assert make(alice, event, **changed) == 422
    assert db.session.query(Code).count() == 0


def test_a_code_stands_once_and_again_when_it_was_ended(alice: Person, event: Event) -> None:
    assert make(alice, event) == 303
    assert make(alice, event, name="SUM-MER") == 422
    code = db.session.query(Code).one()
    alice.browser.submit(f"/sell/events/{event.public_id}/codes/{code.public_id}/end")
    assert make(alice, event) == 303
    assert [deed.deed for deed in history(event.public_id)] == [
        "code.made", "code.ended", "code.made",
    ]  # fmt: skip


def test_a_hidden_kind_is_seen_by_whoever_has_the_code(
    client: Browser, alice: Person, bob: Person, event: Event, floor: Tier
) -> None:
    backstage = make_tier(event, "Backstage", capacity=5)
    here = f"/sell/events/{event.public_id}"
    alice.browser.submit(f"{here}/tiers/{backstage.public_id}/hidden", hidden="1")
    assert make(alice, event, name="FRIENDS", kind="access", tiers=backstage.public_id) == 303
    page = f"/e/{event.slug}"
    assert "Backstage" not in client.get(page).text
    assert "Backstage" in client.get(page, query_string={"code": "friends"}).text
    assert "Backstage" not in client.get(page, query_string={"code": "wrong"}).text
    api = client.get(f"/api/v1/events/{event.public_id}").get_json()
    left = client.get(f"/api/v1/events/{event.public_id}/availability").get_json()
    assert [tier["name"] for tier in api["tiers"]] == ["Floor"]
    assert [tier["name"] for tier in left["tiers"]] == ["Floor"]
    reserve(bob, event, backstage, "")
    assert counts(backstage) == (0, 0)
    assert reserve(bob, event, backstage, "friends").location.startswith("/checkout/")


def test_guessing_is_slowed_and_says_nothing(
    bob: Person, carol: Person, alice: Person, event: Event, floor: Tier
) -> None:
    make(alice, event)
    answers = [reserve(bob, event, floor, f"GUESS{n}").status_code for n in range(21)]
    assert answers == [303] * 20 + [429]
    slowed = bob.browser.get(f"/e/{event.slug}", query_string={"code": "SUMMER"})
    assert slowed.status_code == 429
    assert int(slowed.headers["Retry-After"]) > 0
    assert reserve(carol, event, floor, "summer").location.startswith("/checkout/")
    assert counts(floor) == (2, 0)


def test_the_api_takes_a_code(bob: Person, alice: Person, event: Event, floor: Tier) -> None:
    make(alice, event, order_limit="2")
    browser = bob.app.test_client()

    def ask(code: Any, quantity: int, once: str) -> Any:
        return browser.post(
            f"/api/v1/events/{event.public_id}/reservations",
            json={"items": [{"tier_id": floor.public_id, "quantity": quantity}], "code": code},
            headers={"Authorization": f"Bearer {make_key(bob.user)}", "Idempotency-Key": once},
        )

    wrong = ask("WINTER", 1, "a")
    assert (wrong.status_code, wrong.get_json()["code"]) == (409, "code_unknown")
    many = ask("SUMMER", 3, "b")
    assert (many.status_code, many.get_json()["code"]) == (409, "code_used_up")
    assert many.get_json()["left"] == 2
    assert ask(["SUMMER"], 1, "c").status_code == 422
    made = ask("summer", 2, "d").get_json()
    assert made["total"] == {"amount": 4000, "currency": "EUR"}
    assert made["items"][0]["price"] == {"amount": 2000, "currency": "EUR"}


@pytest.mark.parametrize("who", ["door", "buyer", "another seller"])
def test_for_others_there_are_no_codes(
    alice: Person, bob: Person, dan: Person, event: Event, floor: Tier, who: str
) -> None:
    make(alice, event)
    code = db.session.query(Code).one()
    frank = Person(bob.app, make_user("Frank"))
    theirs = make_event(make_seller(frank.user, "Frank's Barn"), "Barn Dance")
    person = {"door": dan, "buyer": bob, "another seller": frank}[who]
    here = f"/sell/events/{event.public_id}"
    assert person.browser.get(f"{here}/codes").status_code == 404
    assert make(person, event, name="MINE") == 404
    assert person.browser.submit(f"{here}/codes/{code.public_id}/end").status_code == 404
    assert person.browser.submit(f"{here}/tiers/{floor.public_id}/hidden").status_code == 404
    mixed = f"/sell/events/{theirs.public_id}"
    assert frank.browser.submit(f"{mixed}/codes/{code.public_id}/end").status_code == 404
    assert frank.browser.submit(f"{mixed}/tiers/{floor.public_id}/hidden").status_code == 404
    assert db.session.query(Code).one().ended_at is None


def test_an_editor_makes_codes_too(alice: Person, carol: Person, event: Event) -> None:
    assert alice.seller
    make_member(alice.seller, carol.user, Role.EDITOR)
    assert make(carol, event) == 303
