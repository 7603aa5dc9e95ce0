"""/sell/account: opening a seller and connecting it to Stripe."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from tests.fixtures.browser import Browser
from tests.people import Person
from tixapp.core.db import db
from tixapp.gateways.stand_in import StandIn
from tixapp.sellers.models import Seller

pytestmark = pytest.mark.usefixtures("now")


def count_sellers() -> int:
    return db.session.scalar(sa.select(sa.func.count(Seller.id))) or 0


def test_a_stranger_is_invited(client: Browser) -> None:
    page = client.get("/sell")
    assert page.status_code == 200
    assert "/sign-up?next=/sell" in page.text


def test_from_a_name_to_a_connected_account(bob: Person, stripe_sandbox: str, at, now) -> None:
    response = bob.browser.submit("/sell", name="Bob's Bar", country="AT")
    assert (response.status_code, response.location) == (303, "/sell/account")
    page = bob.browser.get("/sell/account").text
    assert "Not connected yet" in page
    [path] = re.findall(r'action="(/sell/sel_\w+/onboarding)"', page)
    there = bob.browser.submit(path)
    assert there.status_code == 303
    assert there.location is not None
    assert there.location.startswith(stripe_sandbox)
    StandIn(stripe_sandbox).onboard(there.location, business_name="Bob's Bar")
    at(now.replace(minute=5))
    assert "Can sell" in bob.browser.get("/sell/account").text


def test_stripe_is_not_asked_at_every_look(bob: Person, stripe_sandbox: str, monkeypatch) -> None:
    bob.browser.submit("/sell", name="Bob's Bar", country="AT")
    bob.browser.get("/sell/account")

    def asked(*_: object) -> None:
        pytest.fail("Stripe was asked again")

    monkeypatch.setattr("tixapp.sellers.flows.Sellers.read_account", asked)
    assert bob.browser.get("/sell/account").status_code == 200


def test_while_stripe_is_away_the_page_says_so_and_keeps_the_seller(bob: Person) -> None:
    response = bob.browser.submit("/sell", name="Bob's Bar", country="AT")
    assert response.status_code == 303
    page = bob.browser.get("/sell/account").text
    assert "could not reach Stripe" in page
    assert "Not connected yet" in page


@pytest.mark.parametrize(
    "fields", [{"name": " "}, {"country": "XX"}, {"name": "x" * 101}, {"country": ""}]
)
def test_a_seller_needs_a_name_and_a_country_stripe_knows(
    bob: Person, fields: dict[str, str]
) -> None:
    response = bob.browser.submit("/sell", **{"name": "Bob's Bar", "country": "AT"} | fields)
    assert response.status_code == 422
    assert count_sellers() == 0


def test_only_an_owner_connects_the_account(
    alice: Person, bob: Person, dan: Person, stripe_sandbox: str
) -> None:
    assert alice.seller
    path = f"/sell/{alice.seller.public_id}/onboarding"
    assert bob.browser.submit(path).status_code == 404
    assert bob.browser.submit("/sell/sel_nothing/onboarding").status_code == 404
    assert dan.browser.submit(path).status_code == 403
    for page in ("", "/refresh", "/return"):
        there = f"/sell/stripe/{alice.seller.public_id}{page}"
        assert dan.browser.get(there).status_code == 403
        assert bob.browser.get(there).status_code == 404
    assert "Continue at Stripe" not in dan.browser.get("/sell/account").text


def test_door_staff_are_led_to_the_scanner(dan: Person) -> None:
    page = dan.browser.get("/sell/account").text
    assert "Alice&#39;s Club" in page
    assert 'href="/scan"' in page
