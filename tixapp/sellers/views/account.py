"""One seller: what buyers are told of it, and its account at Stripe.

Coming back from Stripe proves nothing: the page asks Stripe what the account may do.
"""

from contextlib import suppress

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from tixapp.accounts.guards import sign_in_required
from tixapp.core.clock import clock
from tixapp.core.db import end_reading, transaction
from tixapp.gateways.stripe import StripeRefused, StripeUnavailable
from tixapp.sellers.actions import edit_profile
from tixapp.sellers.forms import ProfileForm
from tixapp.sellers.messages import standing_of
from tixapp.sellers.models import Seller
from tixapp.web.limits import by_person, limiter

from .base import bp, is_stale, own_seller, say_stripe_is_away, sellers


@bp.get("/stripe/<seller_id>")
@sign_in_required
def account(seller_id: str) -> ResponseReturnValue:
    seller = own_seller(seller_id)
    if is_stale(seller):
        row_id = seller.id
        end_reading()
        with suppress(StripeUnavailable, StripeRefused):
            sellers().read_account(row_id)
        seller = own_seller(seller_id)
    return _page(seller, ProfileForm(formdata=None, obj=seller))


@bp.post("/stripe/<seller_id>/profile")
@sign_in_required
def profile(seller_id: str) -> ResponseReturnValue:
    seller = own_seller(seller_id)
    form = ProfileForm()
    if not form.validate():
        return _page(seller, form), 422
    with transaction():
        edit_profile(
            seller.id,
            name=form.name.data,
            contact=form.contact.data,
            by=current_user.id,
            now=clock.now(),
        )
    flash(_("Saved. The pages of your events say so from now on."), "good")
    return redirect(url_for(".account", seller_id=seller_id), 303)


@bp.post("/<seller_id>/onboarding")
@sign_in_required
@limiter.limit("30 per hour", key_func=by_person)
def onboard(seller_id: str) -> ResponseReturnValue:
    """To Stripe's own pages: we never see a bank account or an identity card."""
    return _to_onboarding(own_seller(seller_id))


@bp.get("/stripe/<seller_id>/refresh")
@sign_in_required
@limiter.limit("30 per hour", key_func=by_person)
def refresh(seller_id: str) -> ResponseReturnValue:
    """Stripe sends people here whose link was used or too old: they get another one."""
    return _to_onboarding(own_seller(seller_id))


@bp.get("/stripe/<seller_id>/return")
@sign_in_required
@limiter.limit("60 per hour", key_func=by_person)
def come_back(seller_id: str) -> ResponseReturnValue:
    """Stripe sends people here when they leave its form, finished or not."""
    seller_row = own_seller(seller_id).id
    end_reading()
    try:
        sellers().read_account(seller_row)
    except (StripeUnavailable, StripeRefused):
        say_stripe_is_away()
    return redirect(url_for(".account", seller_id=seller_id), 303)


@bp.post("/stripe/<seller_id>/dashboard")
@sign_in_required
@limiter.limit("60 per hour", key_func=by_person)
def dashboard(seller_id: str) -> ResponseReturnValue:
    """To the seller's payments and payouts at Stripe."""
    seller_row = own_seller(seller_id).id
    end_reading()
    try:
        return redirect(sellers().dashboard_link(seller_row), 303)
    except StripeUnavailable:
        say_stripe_is_away()
    except StripeRefused:
        flash(_("Stripe opens its dashboard once its form has been finished."), "warning")
    return redirect(url_for(".account", seller_id=seller_id), 303)


def _to_onboarding(seller: Seller) -> ResponseReturnValue:
    row_id, public_id = seller.id, seller.public_id
    end_reading()
    try:
        return redirect(sellers().onboarding_link(row_id), 303)
    except (StripeUnavailable, StripeRefused):
        say_stripe_is_away()
        return redirect(url_for(".account", seller_id=public_id), 303)


def _page(seller: Seller, form: ProfileForm) -> str:
    return render_template(
        "sellers/account.html", seller=seller, standing=standing_of(seller), form=form
    )
