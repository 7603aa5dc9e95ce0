"""/sell/stripe: a seller's account at Stripe in plain words, and what buyers are told of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from tests.factories.events import make_event, make_tier
from tests.fixtures.browser import Browser
from tests.fixtures.mailbox import Mailbox
from tests.people import Person
from tests.web.html import attribute
from tixapp.core.db import db, transaction
from tixapp.core.trail import history
from tixapp.gateways.stand_in import StandIn
from tixapp.inventory.models import Hold
from tixapp.sellers.actions import copy_account
from tixapp.sellers.messages import needs_of, standing_of
from tixapp.sellers.models import Seller


@pytest.fixture
def club(alice: Person, now: datetime) -> Seller:
    assert alice.seller
    return alice.seller


def says(seller: Seller, now: datetime, **wanted: Any) -> None:
    """What Stripe reports of the account from now on."""
    told = {"charges_enabled": True, "payouts_enabled": True, "requirements": {}} | wanted
    with transaction():
        copy_account(seller.id, **told, now=now)


def page_of(seller: Seller) -> str:
    return f"/sell/stripe/{seller.public_id}"


def test_what_stripe_needs_is_said_in_plain_words_and_each_thing_once(app) -> None:
    with app.test_request_context():
        assert needs_of(
            {
                "past_due": ["external_account", "person_1Abc.verification.document"],
                "currently_due": [
                    "external_account",
                    "representative.dob.day",
                    "representative.dob.month",
                    "tos_acceptance.ip",
                    "company.tax_id",
                    "business_profile.mcc",
                    "something.new",
                ],
            }
        ) == [
            "The bank account that the money is paid out to",
            "A photo of an identity card or passport",
            "A date of birth",
            "Your agreement to Stripe's terms",
            "The company's tax or register number",
            "What kind of business it is",
            "Some more details",
        ]


@pytest.mark.parametrize(
    ("told", "state"),
    [
        ({}, "ready"),
        ({"payouts_enabled": False}, "unpaid"),
        (
            {
                "charges_enabled": False,
                "requirements": {"disabled_reason": "requirements.pending_verification"},
            },
            "checking",
        ),
        (
            {"charges_enabled": False, "requirements": {"disabled_reason": "rejected.fraud"}},
            "closed",
        ),
        (
            {
                "charges_enabled": False,
                "requirements": {"disabled_reason": "requirements.past_due"},
            },
            "stopped",
        ),
    ],
)
def test_where_an_account_stands_follows_from_what_stripe_says(
    club: Seller, now: datetime, told: dict[str, Any], state: str
) -> None:
    says(club, now, **told)
    assert standing_of(club).state == state


def test_an_account_that_never_took_payments_is_unfinished_and_not_stopped(
    club: Seller, now: datetime
) -> None:
    club.charges_enabled = club.payouts_enabled = False
    says(club, now, charges_enabled=False, payouts_enabled=False)
    assert standing_of(club).state == "unfinished"


def test_the_return_from_stripe_is_believed_only_as_far_as_the_account_says(
    bob: Person, stripe_sandbox: str, now: datetime
) -> None:
    bob.browser.submit("/sell", name="Bob's Bar", country="AT")
    bar = db.session.query(Seller).filter_by(name="Bob's Bar").one()
    back = bob.browser.get(f"{page_of(bar)}/return")
    assert (back.status_code, back.location) == (303, page_of(bar))
    page = bob.browser.get(page_of(bar)).text
    assert "Not connected yet" in page
    assert "The bank account that the money is paid out to" in page
    assert not db.session.get_one(Seller, bar.id).charges_enabled

    link = bob.browser.get(f"{page_of(bar)}/refresh")
    assert link.status_code == 303
    assert link.location is not None
    StandIn(stripe_sandbox).onboard(link.location, business_name="Bob's Bar")
    bob.browser.get(f"{page_of(bar)}/return")
    assert db.session.get_one(Seller, bar.id).charges_enabled
    page = bob.browser.get(page_of(bar)).text
    assert "Can sell" in page

    there = bob.browser.submit(f"{page_of(bar)}/dashboard")
    assert there.status_code == 303
    assert (there.location or "").startswith(f"{stripe_sandbox}/express/")


def test_the_dashboard_waits_for_the_form(bob: Person, stripe_sandbox: str, now: datetime) -> None:
    bob.browser.submit("/sell", name="Bob's Bar", country="AT")
    bar = db.session.query(Seller).filter_by(name="Bob's Bar").one()
    there = bob.browser.submit(f"{page_of(bar)}/dashboard")
    assert (there.status_code, there.location) == (303, page_of(bar))
    assert "once its form has been finished" in bob.browser.get(page_of(bar)).text


def test_while_stripe_is_away_nothing_is_lost(alice: Person, club: Seller) -> None:
    for path in ("/refresh", "/return"):
        answer = alice.browser.get(page_of(club) + path)
        assert (answer.status_code, answer.location) == (303, page_of(club))
    assert "could not reach Stripe" in alice.browser.get(page_of(club)).text
    assert db.session.get_one(Seller, club.id).charges_enabled


def test_a_withdrawal_stops_what_costs_money_and_everyone_is_told(
    client: Browser, alice: Person, bob: Person, club: Seller, now: datetime, mailbox: Mailbox, work
) -> None:
    event = make_event(club)
    tier = make_tier(event)
    says(
        club,
        now,
        charges_enabled=False,
        requirements={"past_due": ["individual.verification.document"]},
    )
    work()
    page = client.get(f"/e/{event.slug}").text
    assert "cannot take payments at the moment" in page
    assert not attribute(page, "input", "name", type="number")
    refused = bob.browser.submit(f"/e/{event.slug}/holds", **{f"tier-{tier.public_id}": "1"})
    assert refused.status_code in {303, 409}
    assert db.session.query(Hold).count() == 0
    assert (
        "takes no payments for Alice" in alice.browser.get(f"/sell/events/{event.public_id}").text
    )
    account = alice.browser.get(page_of(club)).text
    assert "Sales are stopped" in account
    assert "A photo of an identity card or passport" in account
    assert [deed.deed for deed in history(club.public_id)] == ["seller.payments_withdrawn"]
    [letter] = mailbox.to("alice@example.com")
    assert letter.subject == "Payments are stopped: Alice's Club"

    says(club, now)
    assert attribute(client.get(f"/e/{event.slug}").text, "input", "name", type="number")


def test_what_is_free_goes_on_without_payments(
    client: Browser, club: Seller, now: datetime
) -> None:
    event = make_event(club)
    make_tier(event, "Floor")
    free = make_tier(event, "Guests", price_minor=0)
    says(club, now, charges_enabled=False)
    page = client.get(f"/e/{event.slug}").text
    assert attribute(page, "input", "name", type="number") == [f"tier-{free.public_id}"]
    assert "Not on sale at the moment" in page


def test_buyers_see_the_profile(client: Browser, alice: Person, club: Seller) -> None:
    event = make_event(club)
    saved = alice.browser.submit(
        f"{page_of(club)}/profile", name="Alice & Friends", contact=" Help@Alice.Example "
    )
    assert saved.status_code == 303
    page = client.get(f"/e/{event.slug}").text
    assert "By Alice &amp; Friends" in page
    assert "Help@alice.example" in page


@pytest.mark.parametrize("wrong", [{"name": " "}, {"name": "x" * 101}, {"contact": "a@x,b@y"}])
def test_a_profile_with_a_fault_changes_nothing(
    alice: Person, club: Seller, wrong: dict[str, str]
) -> None:
    answer = alice.browser.submit(
        f"{page_of(club)}/profile", **({"name": "Other", "contact": ""} | wrong)
    )
    assert answer.status_code == 422
    assert attribute(answer.text, "input", "aria-invalid", name=next(iter(wrong))) == ["true"]
    found = db.session.get_one(Seller, club.id)
    assert (found.name, found.contact) == ("Alice's Club", "")
