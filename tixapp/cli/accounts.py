"""`user create` and `api-key create`."""

import json

import click

from tixapp.accounts.actions import create_api_key
from tixapp.accounts.errors import AddressTaken, BadAddress
from tixapp.accounts.flows import create_account
from tixapp.accounts.queries import user_of_address
from tixapp.accounts.rules import PASSWORD_MOST, SCOPES, address
from tixapp.core.clock import clock
from tixapp.core.db import end_reading, transaction
from tixapp.core.errors import TixappError
from tixapp.gateways import gateways
from tixapp.gateways.stand_in import NotAStandIn, StandIn
from tixapp.sellers.flows import Sellers
from tixapp.web.running import settings


@click.group()
def user() -> None:
    """Accounts."""


@user.command("create")
@click.option("--email", required=True)
@click.option("--password", required=True)
@click.option("--name", default="", help="Stands on tickets; the part before the @ if left out.")
@click.option("--seller", metavar="NAME", help="Also open a seller of this name.")
@click.option("--admin", is_flag=True, help="May run the platform.")
def create_user(email: str, password: str, name: str, seller: str | None, admin: bool) -> None:
    """Makes an account with a confirmed address; prints {id, email}."""
    if not 1 <= len(password) <= PASSWORD_MOST:
        raise click.BadParameter(f"1 to {PASSWORD_MOST} characters", param_hint="--password")
    try:
        who = address(email)
        made = create_account(
            who,
            password,
            name=name or who.email.partition("@")[0],
            is_admin=admin,
            now=clock.now(),
        )
        answer = {"id": made.public_id, "email": made.email}
        if seller:
            open_seller(made.id, seller)
    except (BadAddress, AddressTaken) as fault:
        raise click.BadParameter(str(fault), param_hint="--email") from fault
    except TixappError as fault:
        raise click.ClickException(str(fault)) from fault
    print(json.dumps(answer))


def open_seller(owner_id: int, name: str) -> int:
    """The id of a new seller. Against a stand-in for Stripe its account is onboarded at once;
    at Stripe the owner does that, from the seller's page."""
    end_reading()
    sellers = Sellers(gateways().stripe, clock)
    seller_id = sellers.open(owner_id, name)
    try:
        stand_in = StandIn(settings().stripe_api_base)
    except NotAStandIn:
        click.echo("Stripe is real: onboard the account at /sell.", err=True)
        return seller_id
    stand_in.onboard(sellers.onboarding_link(seller_id), business_name=name)
    sellers.read_account(seller_id)
    return seller_id


@click.group("api-key")
def api_key() -> None:
    """Keys for the REST API."""


@api_key.command("create")
@click.option("--email", required=True)
@click.option("--scope", "scopes", multiple=True, help=f"Any of {', '.join(SCOPES)}; none is all.")
@click.argument("more_scopes", nargs=-1)
@click.option("--label", default="Made by command")
def create_key(
    email: str, scopes: tuple[str, ...], more_scopes: tuple[str, ...], label: str
) -> None:
    """Makes a key for an account; prints {key} once."""
    wanted = sorted({*scopes, *more_scopes})
    unknown = [scope for scope in wanted if scope not in SCOPES]
    if unknown:
        raise click.BadParameter(f"{unknown[0]!r} is none of {SCOPES}", param_hint="--scope")
    try:
        with transaction():
            owner = user_of_address(address(email).key)
            if owner is None or not owner.is_active:
                raise click.BadParameter("no account has this address", param_hint="--email")
            key = create_api_key(owner.id, label=label, scopes=wanted, now=clock.now())
    except BadAddress as fault:
        raise click.BadParameter(str(fault), param_hint="--email") from fault
    print(json.dumps({"key": key.secret}))
