"""The blueprint, and what its pages share."""

from datetime import timedelta

from flask import Blueprint, flash
from flask_babel import gettext as _
from flask_login import current_user

from tixapp.core.clock import clock
from tixapp.core.errors import Forbidden
from tixapp.gateways import gateways
from tixapp.sellers.access import may_own
from tixapp.sellers.flows import Sellers
from tixapp.sellers.models import Seller
from tixapp.sellers.queries import seller_of

bp = Blueprint("sellers", __name__, url_prefix="/sell")

# Coming back from Stripe one wants to see it; Stripe's webhook tells us all the same.
READ_AGAIN = timedelta(seconds=10)


def sellers() -> Sellers:
    return Sellers(gateways().stripe, clock)


def own_seller(public_id: str) -> Seller:
    """A seller whose owner the person is. Raises NotFound for strangers, Forbidden for others."""
    seller, role = seller_of(public_id, current_user.id)
    if not may_own(role):
        raise Forbidden(_("Only an owner can change the account and its payments."))
    return seller


def is_stale(seller: Seller) -> bool:
    """Whether Stripe has not been asked for a while about an account that is not ready."""
    if seller.stripe_account is None or (seller.charges_enabled and seller.payouts_enabled):
        return False
    read_at = seller.account_read_at
    return read_at is None or clock.now() - read_at > READ_AGAIN


def say_stripe_is_away() -> None:
    flash(_("We could not reach Stripe just now. Please try again in a minute."), "warning")
