"""Holding, paying, and looking at what one has bought."""

from contextlib import suppress
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from tixapp.accounts.guards import ask_to_sign_in, sign_in_required
from tixapp.core.clock import clock
from tixapp.core.db import end_reading, transaction
from tixapp.core.errors import Conflict, Invalid, NotFound, TixappError
from tixapp.core.money import Money
from tixapp.events.models import Event
from tixapp.events.queries import published_event
from tixapp.gateways.stripe import StripeUnavailable
from tixapp.inventory.actions import release_hold
from tixapp.inventory.bills import Bill, BillLine, bill_of_order
from tixapp.inventory.codes import code_of
from tixapp.inventory.errors import CodeUnknown, HoldBeingPaid
from tixapp.inventory.jobs import or_lapsed
from tixapp.inventory.models import Hold, HoldStatus
from tixapp.inventory.queries import hold_of
from tixapp.payments.queries import latest_payment
from tixapp.tickets.queries import tickets_of_order
from tixapp.waiting.actions.passes import place_hold
from tixapp.waiting.errors.room import NotAdmitted
from tixapp.web.counters import refusals
from tixapp.web.limits import by_person, check_guesses, limiter, note_guess
from tixapp.web.running import settings

from .actions import fee_terms
from .flows import payments
from .forms import chosen, read_code, read_picks
from .gifts import gift_of
from .messages import explain
from .models import OrderStatus
from .opening import LAST_CALL
from .pricing import priced_lines
from .queries import order_before, order_for_hold, order_of, orders_of_buyer
from .rules import price_order

bp = Blueprint("orders", __name__)

PAGE = 20


def _is_stranger() -> bool:
    """Who is only sent to sign in: a whole office may come from one address."""
    return not current_user.is_authenticated


@bp.post("/e/<slug>/holds")
@limiter.limit("30 per minute", key_func=by_person, exempt_when=_is_stranger)
def create_hold(slug: str) -> ResponseReturnValue:
    event = published_event(slug)
    again = url_for("browse.event", slug=slug, **chosen(event, request.form))
    if not current_user.is_authenticated:
        return ask_to_sign_in(again)
    now = clock.now()
    try:
        picks = read_picks(event, request.form)
        code = read_code(request.form)
        if code:
            check_guesses()

        def place(event: Event) -> Hold:
            with transaction():
                return place_hold(
                    event,
                    picks,
                    buyer_id=current_user.id,
                    now=now,
                    length=settings().hold_length,
                    code=code,
                )

        hold = or_lapsed(place, event, list(picks), now=now)
    except HoldBeingPaid as refusal:
        _tell(refusal, "warn")
        return redirect(url_for(".checkout", hold_id=refusal.hold_public_id), 303)
    except NotAdmitted as refusal:
        _tell(refusal, "warn")
        return redirect(url_for("waiting.room", slug=slug), 303)
    except (Conflict, Invalid) as refusal:
        if isinstance(refusal, CodeUnknown):
            note_guess()
        _tell(refusal, "bad")
        return redirect(again, 303)
    return redirect(url_for(".checkout", hold_id=hold.public_id), 303)


@bp.get("/checkout/<hold_id>")
@sign_in_required
def checkout(hold_id: str) -> ResponseReturnValue:
    hold = hold_of(hold_id, current_user.id)
    order = order_for_hold(hold.id)
    # While the sale is paused nobody's time runs.
    has_time = hold.event.paused_at is not None or hold.expires_at - LAST_CALL > clock.now()
    is_over = hold.status != HoldStatus.ACTIVE or not has_time
    if order is not None and (is_over or order.status != OrderStatus.PENDING):
        return redirect(url_for(".show", order_id=order.public_id), 303)
    return render_template(
        "orders/over.html" if is_over else "orders/checkout.html",
        hold=hold,
        event=hold.event,
        order=order,
        summary=_bill_of_hold(hold),
        again=url_for("browse.event", slug=hold.event.slug, **_same_picks(hold)),
    )


@bp.post("/checkout/<hold_id>/payment")
@sign_in_required
def pay(hold_id: str) -> ResponseReturnValue:
    buyer_id = current_user.id
    end_reading()
    try:
        started = payments().start(hold_id, buyer_id)
    except StripeUnavailable:
        flash(
            _(
                "The payment page does not answer at the moment. Your tickets are still held and"
                " nothing was charged: please try again in a few seconds."
            ),
            "warn",
        )
        return redirect(url_for(".checkout", hold_id=hold_id), 303)
    except Conflict as refusal:
        _tell(refusal, "bad")
        return redirect(url_for(".checkout", hold_id=hold_id), 303)
    there = started.url or url_for(".show", order_id=started.order_public_id)
    return redirect(there, 303)


@bp.post("/checkout/<hold_id>/release")
@sign_in_required
def let_go(hold_id: str) -> ResponseReturnValue:
    hold = hold_of(hold_id, current_user.id)
    order = order_for_hold(hold.id)
    slug, order_id = hold.event.slug, order.public_id if order else None
    try:
        if order is not None and order.status == OrderStatus.PENDING:
            end_reading()
            payments().let_go(order.id)
        else:
            with transaction():
                release_hold(hold.id, event_id=hold.event_id, user_id=hold.user_id, now=clock.now())
    except StripeUnavailable:
        flash(_("The payment page does not answer at the moment. Please try again."), "warn")
        return redirect(url_for(".checkout", hold_id=hold_id), 303)
    except Conflict as refusal:
        _tell(refusal, "warn")
        return redirect(url_for(".checkout", hold_id=hold_id), 303)
    if order_id is not None:
        return redirect(url_for(".show", order_id=order_id), 303)
    flash(_("Your tickets were let go. Nothing was charged."), "good")
    return redirect(url_for("browse.event", slug=slug), 303)


@bp.get("/orders/<order_id>/return")
@sign_in_required
def returned(order_id: str) -> ResponseReturnValue:
    """Back from the payment page. The address proves nothing: Stripe is asked about our payment."""
    order = order_of(order_id, current_user.id)
    payment = latest_payment(order.id)
    if payment is None or payment.stripe_session != request.args.get("session_id"):
        raise NotFound("There is no such payment.")
    end_reading()
    # Without an answer the order's page says that it is on its way, and the reconciler looks again.
    with suppress(StripeUnavailable, Conflict):
        payments().settle_order(order.id)
    return redirect(url_for(".show", order_id=order_id), 303)


@bp.get("/orders/<order_id>")
@sign_in_required
def show(order_id: str) -> ResponseReturnValue:
    order = order_of(order_id, current_user.id)
    payment = latest_payment(order.id)
    return render_template(
        "orders/show.html",
        order=order,
        event=order.event,
        payment=payment,
        summary=bill_of_order(order.id),
        tickets=tickets_of_order(order.id),
        is_gift=order.is_free and gift_of(order.id) is not None,
        again=url_for("browse.event", slug=order.event.slug),
    )


@bp.get("/orders")
@sign_in_required
def mine() -> ResponseReturnValue:
    last_seen = request.args.get("before", "")
    before = order_before(last_seen, current_user.id) if last_seen else None
    found = orders_of_buyer(current_user.id, before=before, limit=PAGE + 1)
    shown = found[:PAGE]
    older = url_for(".mine", before=shown[-1].public_id) if len(found) > PAGE else None
    return render_template("orders/mine.html", orders=shown, older=older)


def _tell(refusal: TixappError, tone: str) -> None:
    refusals.labels(refusal.code).inc()
    flash(explain(refusal), tone)


def _bill_of_hold(hold: Hold) -> Bill:
    """As the order will be, if the buyer takes it."""
    running, currency = settings(), hold.event.currency
    terms = fee_terms(
        hold.event,
        hold.event.seller,
        bps=running.platform_fee_bps,
        fixed_minor=running.platform_fee_fixed,
    )
    names = {line.tier_id: line.tier.name for line in hold.lines}
    bought, code, nothing = priced_lines(hold), code_of(hold.code_id), Money(0, currency)
    lines = [
        BillLine(
            names[line.tier_id],
            line.quantity,
            line.unit_price + (line.discount or nothing),
            line.discount or nothing,
        )
        for line in bought
    ]
    return Bill(lines, code.name if code else "", price_order(bought, currency, terms).total)


def _same_picks(hold: Hold) -> dict[str, Any]:
    return {f"tier-{line.tier.public_id}": str(line.quantity) for line in hold.lines}
