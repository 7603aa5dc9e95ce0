"""Cancelling an event: what it would mean, the deed, and how far the refunds are."""

from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import ngettext
from flask_login import current_user

from tixapp.accounts.guards import sign_in_required
from tixapp.core.clock import clock
from tixapp.core.db import end_reading, transaction
from tixapp.core.errors import Conflict
from tixapp.core.money import Money
from tixapp.events.actions import cancel
from tixapp.events.models import Event, EventStatus
from tixapp.gateways import gateways
from tixapp.gateways.stripe import StripeNotFound, StripeRefused, StripeUnavailable
from tixapp.refunds.actions import retry_failures
from tixapp.refunds.messages import explain_failure
from tixapp.refunds.queries import cancellation_progress as progress_of
from tixapp.refunds.queries import failed_refunds
from tixapp.selling.forms import CancellationForm
from tixapp.selling.guards import event_to_edit
from tixapp.selling.messages import explain
from tixapp.selling.queries import orders_of_refunds, plan_of

from .base import bp, live_part, page

SELDOM_SECONDS = 30
FAILURES_SHOWN = 50


@bp.get("/events/<event_id>/cancellation")
@sign_in_required
def cancellation(event_id: str) -> ResponseReturnValue:
    event = event_to_edit(event_id)
    if event.status == EventStatus.CANCELLED:
        return page("cancelled", **_standing(event))
    return _dry_run(event, CancellationForm(event.name, formdata=None))


@bp.get("/events/<event_id>/cancellation/progress")
@sign_in_required
def cancellation_progress(event_id: str) -> ResponseReturnValue:
    """What changes on that page. Asked for every second or two, and seldom once all is done."""
    event = event_to_edit(event_id)
    if event.status != EventStatus.CANCELLED:
        return redirect(url_for(".cancellation", event_id=event_id), 303)
    standing = _standing(event)
    response = live_part("_cancellation", **standing)
    if standing["progress"].is_over:
        response.headers["Retry-After"] = str(SELDOM_SECONDS)
    return response


@bp.post("/events/<event_id>/cancellation")
@sign_in_required
def cancel_event(event_id: str) -> ResponseReturnValue:
    event = event_to_edit(event_id)
    form = CancellationForm(event.name)
    if not form.validate():
        return _dry_run(event, form), 422
    try:
        with transaction():
            cancel(event.id, by=current_user.id, now=clock.now())
    except Conflict as refusal:
        flash(explain(refusal), "bad")
    return redirect(url_for(".cancellation", event_id=event_id), 303)


@bp.post("/events/<event_id>/cancellation/retries")
@sign_in_required
def retry_all(event_id: str) -> ResponseReturnValue:
    event = event_to_edit(event_id)
    tried = 0
    while True:
        with transaction():
            batch = retry_failures(event.id, by=current_user.id, now=clock.now())
        tried += batch
        if not batch:
            break
    words = ngettext(
        "%(num)s refund is on its way to Stripe again.",
        "%(num)s refunds are on their way to Stripe again.",
        tried,
    )
    flash(words, "good" if tried else "warn")
    return redirect(url_for(".cancellation", event_id=event_id), 303)


def _dry_run(event: Event, form: CancellationForm) -> str:
    plan = plan_of(event)
    account, currency = event.seller.stripe_account, event.currency
    end_reading()
    funds = _funds(account, currency)
    return page(
        "cancel",
        event=event,
        form=form,
        plan=plan,
        can_cancel=event.status == EventStatus.PUBLISHED,
        funds=funds,
        missing=funds.lacks(plan.refund) if funds else None,
    )


def _standing(event: Event) -> dict[str, Any]:
    """How far it is, and what a person must look at."""
    failed = failed_refunds(event.id, limit=FAILURES_SHOWN)
    return {
        "event": event,
        "progress": progress_of(event.id),
        "failed": failed,
        "order_ids": orders_of_refunds(failed),
        "explain_failure": explain_failure,
    }


@dataclass(frozen=True)
class Funds:
    """What Stripe has of the seller's: `available` can go back now, `pending` is on its way."""

    available: Money
    pending: Money

    def lacks(self, wanted: Money) -> Money | None:
        """What is not covered now."""
        if wanted <= self.available:
            return None
        return wanted - self.available if self.available.minor > 0 else wanted


def _funds(account: str | None, currency: str) -> Funds | None:
    """None when Stripe does not say."""
    if account is None:
        return None
    try:
        balance = gateways().stripe.balance(account)
    except (StripeUnavailable, StripeRefused, StripeNotFound):
        return None
    return Funds(
        Money(balance.available.get(currency, 0), currency),
        Money(balance.pending.get(currency, 0), currency),
    )
