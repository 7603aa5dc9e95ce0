"""Whom one sells for, and selling under a new name."""

from contextlib import suppress

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from tixapp.accounts.guards import sign_in_required
from tixapp.core.db import end_reading
from tixapp.gateways.stripe import StripeRefused, StripeUnavailable
from tixapp.sellers.access import may_own
from tixapp.sellers.forms import SellerForm
from tixapp.sellers.messages import standing_of
from tixapp.sellers.queries import sellers_of
from tixapp.web.limits import by_person, limiter

from .base import bp, is_stale, sellers


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


def _page(form: SellerForm) -> str:
    user_id = current_user.id
    _refresh(user_id)
    rows = [(seller, role, standing_of(seller)) for seller, role in sellers_of(user_id)]
    return render_template("sellers/home.html", form=form, sellers=rows)


def _refresh(user_id: int) -> None:
    """Asks Stripe about those that cannot sell yet, now and then."""
    waiting = [s.id for s, role in sellers_of(user_id) if may_own(role) and is_stale(s)]
    end_reading()
    for seller_id in waiting:
        with suppress(StripeUnavailable, StripeRefused):
            sellers().read_account(seller_id)
