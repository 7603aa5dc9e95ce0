"""/sell/account: who one sells for, and whether Stripe lets them."""

from contextlib import suppress
from datetime import datetime, timedelta

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from tixapp.accounts.guards import sign_in_required
from tixapp.core.clock import clock
from tixapp.core.db import end_reading
from tixapp.core.errors import Forbidden
from tixapp.gateways import gateways
from tixapp.gateways.stripe import StripeRefused, StripeUnavailable
from tixapp.web.limits import by_person, limiter

from .access import may_own
from .flows import Sellers
from .forms import SellerForm
from .models import Role, Seller
from .queries import seller_of, sellers_of

bp = Blueprint("sellers", __name__, url_prefix="/sell")

# Coming back from Stripe one wants to see it; Stripe's webhook tells us all the same.
READ_AGAIN = timedelta(seconds=10)


def sellers() -> Sellers:
    return Sellers(gateways().stripe, clock)


@bp.get("/account")
@sign_in_required
def home() -> ResponseReturnValue:
    return _page(SellerForm(formdata=None))


@bp.post("")
@sign_in_required
@limiter.limit("10 per hour", key_func=by_person)
def open_seller() -> ResponseReturnValue:
    form = SellerForm()
    if not form.validate():
        return _page(form), 422
    owner_id = current_user.id
    end_reading()
    try:
        sellers().open(owner_id, form.name.data, country=form.country.data)
    except (StripeUnavailable, StripeRefused):
        flash(
            _("We could not reach Stripe just now. Nothing is lost: connect it with the button."),
            "warning",
        )
    return redirect(url_for(".home"), 303)


@bp.post("/<seller_id>/onboarding")
@sign_in_required
@limiter.limit("30 per hour", key_func=by_person)
def onboard(seller_id: str) -> ResponseReturnValue:
    """To Stripe's own pages: we never see a bank account or an identity card."""
    seller, role = seller_of(seller_id, current_user.id)
    if not may_own(role):
        raise Forbidden(_("Only an owner can connect the bank account."))
    row_id = seller.id
    end_reading()
    try:
        return redirect(sellers().onboarding_link(row_id), 303)
    except (StripeUnavailable, StripeRefused):
        flash(_("We could not reach Stripe just now. Please try again in a minute."), "warning")
        return redirect(url_for(".home"), 303)


def _page(form: SellerForm) -> str:
    user_id = current_user.id
    _refresh(user_id)
    return render_template("sellers/home.html", form=form, sellers=sellers_of(user_id))


def _refresh(user_id: int) -> None:
    """Asks Stripe about those that cannot sell yet, now and then."""
    now = clock.now()
    waiting = [seller.id for seller, role in sellers_of(user_id) if _is_unread(seller, role, now)]
    end_reading()
    for seller_id in waiting:
        with suppress(StripeUnavailable, StripeRefused):
            sellers().read_account(seller_id)


def _is_unread(seller: Seller, role: Role, now: datetime) -> bool:
    if seller.charges_enabled or seller.stripe_account is None or not may_own(role):
        return False
    return seller.account_read_at is None or now - seller.account_read_at > READ_AGAIN
