"""Who works for whom, what a role allows, and the seller's account at Stripe."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from tests.factories.sellers import make_seller
from tests.fixtures.time import NOON
from tests.people import Person
from tixapp.accounts.actions import create_api_key
from tixapp.accounts.queries import live_api_key
from tixapp.core.clock import clock
from tixapp.core.db import db, transaction
from tixapp.core.errors import NotFound
from tixapp.core.trail import history
from tixapp.gateways import gateways
from tixapp.gateways.stand_in import StandIn
from tixapp.gateways.stripe import StripeUnavailable
from tixapp.sellers import access
from tixapp.sellers.actions import add_member, remove_member
from tixapp.sellers.errors import AlreadyMember, LastOwner
from tixapp.sellers.flows import Sellers
from tixapp.sellers.models import Member, Role, Seller
from tixapp.sellers.queries import role_of, seller_of, sellers_of

pytestmark = pytest.mark.usefixtures("now")


def sellers() -> Sellers:
    return Sellers(gateways().stripe, clock)


def seller_row(seller_id: int) -> Seller:
    db.session.expire_all()
    return db.session.get_one(Seller, seller_id)


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        (Role.OWNER, {"own", "edit", "see_money"}),
        (Role.EDITOR, {"edit", "see_money"}),
        (Role.DOOR, set()),
        (None, set()),
    ],
)
def test_what_a_role_allows(role: Role | None, allowed: set[str]) -> None:
    deeds = ("own", "edit", "see_money")
    assert {deed for deed in deeds if getattr(access, f"may_{deed}")(role)} == allowed


def test_a_role_is_read_for_one_seller_and_no_other(
    alice: Person, bob: Person, dan: Person
) -> None:
    other = make_seller(bob.user, "Bob's Bar")
    assert alice.seller
    assert role_of(alice.id, alice.seller.id) is Role.OWNER
    assert role_of(dan.id, alice.seller.id) is Role.DOOR
    assert role_of(bob.id, alice.seller.id) is None
    assert role_of(alice.id, other.id) is None
    assert [(found.id, role) for found, role in sellers_of(dan.id)] == [
        (alice.seller.id, Role.DOOR)
    ]


def test_a_seller_is_not_found_by_strangers(alice: Person, bob: Person) -> None:
    assert alice.seller
    assert seller_of(alice.seller.public_id, alice.id) == (alice.seller, Role.OWNER)
    for public_id in (alice.seller.public_id, "sel_nothing"):
        with pytest.raises(NotFound):
            seller_of(public_id, bob.id)


def test_somebody_joins_once(alice: Person, bob: Person) -> None:
    assert alice.seller
    with transaction():
        add_member(alice.seller.id, bob.id, Role.EDITOR, by=alice.id, now=NOON)
    with pytest.raises(AlreadyMember), transaction():
        add_member(alice.seller.id, bob.id, Role.DOOR, by=alice.id, now=NOON)
    assert role_of(bob.id, alice.seller.id) is Role.EDITOR
    assert [entry.deed for entry in history(alice.seller.public_id)] == ["member.added"]


def test_somebody_who_leaves_is_out_at_once(alice: Person, dan: Person) -> None:
    assert alice.seller
    with transaction():
        key = create_api_key(dan.id, label="", scopes=["door"], now=NOON)
    assert dan.browser.get("/account").status_code == 200
    with transaction():
        remove_member(alice.seller.id, dan.id, by=alice.id, now=NOON)
    assert role_of(dan.id, alice.seller.id) is None
    assert live_api_key(key.secret) is None
    assert dan.browser.get("/account").status_code == 303


def test_the_last_owner_stays(alice: Person, bob: Person) -> None:
    assert alice.seller
    with pytest.raises(LastOwner), transaction():
        remove_member(alice.seller.id, alice.id, by=alice.id, now=NOON)
    assert role_of(alice.id, alice.seller.id) is Role.OWNER
    with transaction():
        add_member(alice.seller.id, bob.id, Role.OWNER, by=alice.id, now=NOON)
        remove_member(alice.seller.id, alice.id, by=bob.id, now=NOON)
    assert role_of(alice.id, alice.seller.id) is None


# The account at Stripe


def test_an_open_seller_has_an_account_that_may_not_charge_yet(
    bob: Person, stripe_sandbox: str
) -> None:
    seller = seller_row(sellers().open(bob.id, "Bob's Bar", country="AT"))
    assert (seller.name, seller.country) == ("Bob's Bar", "AT")
    assert (seller.stripe_account or "").startswith("acct_")
    assert seller.charges_enabled is False
    assert seller.requirements["currently_due"]
    assert role_of(bob.id, seller.id) is Role.OWNER


def test_onboarding_is_read_from_stripe(bob: Person, stripe_sandbox: str) -> None:
    seller_id = sellers().open(bob.id, "Bob's Bar")
    link = sellers().onboarding_link(seller_id)
    StandIn(stripe_sandbox).onboard(link, business_name="Bob's Bar")
    assert seller_row(seller_id).charges_enabled is False
    sellers().read_account(seller_id)
    seller = seller_row(seller_id)
    assert (seller.charges_enabled, seller.payouts_enabled) == (True, True)
    assert seller.account_read_at == NOON


def test_one_seller_has_one_account_however_often_it_is_asked_for(
    bob: Person, stripe_sandbox: str
) -> None:
    seller_id = sellers().open(bob.id, "Bob's Bar")
    account = seller_row(seller_id).stripe_account
    with transaction():
        seller_row(seller_id).stripe_account = None  # as if we had died before we wrote it down
    assert sellers().ensure_account(seller_id) == account


def test_while_stripe_is_away_the_seller_is_there_and_connects_later(
    bob: Person, request: pytest.FixtureRequest
) -> None:
    with pytest.raises(StripeUnavailable):
        sellers().open(bob.id, "Bob's Bar")
    seller = db.session.scalars(sa.select(Seller)).one()
    assert seller.stripe_account is None
    assert db.session.scalars(sa.select(Member.role)).one() is Role.OWNER
    request.getfixturevalue("stripe_sandbox")
    assert sellers().ensure_account(seller.id).startswith("acct_")
