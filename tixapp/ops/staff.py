"""Staff pages: what is not settled, one payment's history, and the button that settles it."""

from contextlib import suppress

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from tixapp.accounts.guards import admin_required
from tixapp.core.clock import clock
from tixapp.core.db import end_reading, transaction
from tixapp.core.errors import TixappError
from tixapp.core.trail import note
from tixapp.orders.flows import payments
from tixapp.payments.models import RefundStatus
from tixapp.refunds.actions import retry_refund
from tixapp.refunds.errors import NothingToRefund
from tixapp.refunds.flows import refunds

from .queries import backlog, payment_with_order, refunds_of, steps_of, unsettled

bp = Blueprint("staff", __name__, url_prefix="/staff")

STUCK = (RefundStatus.FAILED, RefundStatus.REJECTED)


@bp.get("")
@admin_required
def home() -> ResponseReturnValue:
    now = clock.now()
    return render_template("staff/home.html", unsettled=unsettled(now=now), backlog=backlog())


@bp.get("/payments/<payment_id>")
@admin_required
def payment(payment_id: str) -> ResponseReturnValue:
    found, order, event, buyer = payment_with_order(payment_id)
    return render_template(
        "staff/payment.html",
        payment=found,
        order=order,
        event=event,
        buyer=buyer,
        refunds=refunds_of(found.id),
        steps=steps_of(found, order),
    )


@bp.post("/payments/<payment_id>/settlement")
@admin_required
def settle(payment_id: str) -> ResponseReturnValue:
    """Reads at Stripe how payment and refunds stand and does what follows; a refund that was
    refused goes out again under a new key."""
    found, order, _event, _buyer = payment_with_order(payment_id)
    by, now, found_id = current_user.id, clock.now(), found.id
    stuck = [refund.id for refund in refunds_of(found_id) if refund.status in STUCK]
    with transaction():
        note("payment.settled_by_hand", found.public_id, by=by, now=now)
        for refund_id in stuck:
            with suppress(NothingToRefund):  # the money went back in another way
                retry_refund(refund_id, by=by, now=now)
    try:
        _ask_stripe(order.id, found_id)
    except TixappError as fault:
        flash(_("Stripe gave no answer that settles it: %(fault)s", fault=str(fault)), "warn")
    else:
        flash(_("Stripe was asked, and what followed from its answer was done."), "good")
    return redirect(url_for(".payment", payment_id=payment_id), 303)


def _ask_stripe(order_id: int, payment_id: int) -> None:
    payments().settle_order(order_id)
    open_refunds = [refund.id for refund in refunds_of(payment_id)]
    end_reading()
    for refund_id in open_refunds:
        refunds().work_on(refund_id)
    refunds().sync(payment_id)
