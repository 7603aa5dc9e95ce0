"""`python -m tixapp user create` and `api-key create`, as others rely on them."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result
from flask import Flask

from tests.fixtures.time import NOON
from tests.people import Person
from tixapp.accounts.actions import Visitor
from tixapp.accounts.flows import sign_in
from tixapp.accounts.models import ApiKey, User
from tixapp.accounts.queries import live_api_key
from tixapp.accounts.rules import address
from tixapp.cli.accounts import api_key, user
from tixapp.core.db import db
from tixapp.gateways.stand_in import NotAStandIn, StandIn
from tixapp.sellers.models import Role, Seller
from tixapp.sellers.queries import role_of

CREATE = ["create", "--email", "Olga@Example.com", "--password", "s3cret"]


def run(command, *arguments: str) -> Result:
    return CliRunner().invoke(command, arguments)


def test_user_create_prints_id_and_email_and_the_account_can_sign_in() -> None:
    result = run(user, *CREATE)
    assert result.exit_code == 0
    made = db.session.scalars(sa.select(User)).one()
    assert json.loads(result.stdout) == {"id": made.public_id, "email": "Olga@example.com"}
    assert made.confirmed_at is not None
    assert made.is_admin is False
    assert sign_in(address("olga@example.com"), "s3cret", Visitor(), now=NOON) is not None


def test_user_create_makes_an_admin() -> None:
    run(user, *CREATE, "--admin")
    assert db.session.scalars(sa.select(User)).one().is_admin is True


def test_user_create_refuses_a_second_account_and_says_why(bob: Person) -> None:
    result = run(user, "create", "--email", "BOB@example.com", "--password", "s3cret")
    assert result.exit_code == 2
    assert "There is already an account with this address." in result.stderr
    assert db.session.scalar(sa.select(sa.func.count(User.id))) == 1


def test_user_create_refuses_what_is_no_address() -> None:
    result = run(user, "create", "--email", "olga", "--password", "s3cret")
    assert result.exit_code == 2
    assert db.session.scalar(sa.select(sa.func.count(User.id))) == 0


def test_a_seller_made_by_command_is_onboarded_at_the_stand_in(stripe_sandbox: str) -> None:
    result = run(user, *CREATE, "--seller", "Olga's Jazz")
    assert result.exit_code == 0, result.output
    seller = db.session.scalars(sa.select(Seller)).one()
    assert seller.name == "Olga's Jazz"
    assert seller.stripe_account is not None
    assert (seller.charges_enabled, seller.payouts_enabled) == (True, True)
    owner = db.session.scalars(sa.select(User)).one()
    assert role_of(owner.id, seller.id) is Role.OWNER


def test_a_stand_in_does_not_click_at_stripe(app: Flask) -> None:
    for base in ("https://api.stripe.com", "https://API.STRIPE.COM.", "https://stripe.com"):
        with pytest.raises(NotAStandIn):
            StandIn(base)
    with pytest.raises(NotAStandIn):
        StandIn("http://127.0.0.1:9").pay("https://checkout.stripe.com/c/pay/1", action="pay")


def test_api_key_create_prints_a_key_that_works_and_keeps_only_its_hash(bob: Person) -> None:
    result = run(api_key, "create", "--email", "bob@example.com")
    key = json.loads(result.stdout)["key"]
    found = live_api_key(key)
    assert found is not None
    assert found.user_id == bob.id
    assert found.allows("read")
    assert found.allows("door")
    [kept] = db.session.scalars(sa.select(ApiKey.token_hash))
    assert key.encode() not in kept


@pytest.mark.parametrize(
    "scopes",
    [["--scope", "read", "--scope", "door"], ["--scope", "read", "door"]],
    ids=["repeated", "listed"],
)
def test_api_key_create_limits_a_key_to_its_scopes(bob: Person, scopes: list[str]) -> None:
    result = run(api_key, "create", "--email", "bob@example.com", *scopes)
    found = live_api_key(json.loads(result.stdout)["key"])
    assert found is not None
    assert found.scopes == ["door", "read"]
    assert found.allows("door")
    assert not found.allows("write")


def test_api_key_create_refuses_strangers_and_unknown_scopes(bob: Person) -> None:
    assert run(api_key, "create", "--email", "eve@example.com").exit_code == 2
    wrong = run(api_key, "create", "--email", "bob@example.com", "--scope", "everything")
    assert wrong.exit_code == 2
    assert db.session.scalar(sa.select(sa.func.count(ApiKey.id))) == 0
