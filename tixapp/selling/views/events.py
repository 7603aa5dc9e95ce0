"""The seller's events, one of them in numbers, and the switch that pauses its sale."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from tixapp.accounts.guards import sign_in_required
from tixapp.core.clock import clock
from tixapp.core.db import transaction
from tixapp.core.errors import Conflict
from tixapp.orders.sales import orders_of_event
from tixapp.selling.figures import figures_of
from tixapp.selling.guards import event_to_edit, event_with_its_money
from tixapp.selling.messages import explain
from tixapp.selling.queries import found_orders, managed_events
from tixapp.waiting.actions.pausing import pause_sale, resume_sale
from tixapp.web.forms import one_line

from .base import bp, page

EVENTS_A_PAGE = 50
ORDERS_A_PAGE = 20


@bp.get("/events")
@sign_in_required
def events() -> ResponseReturnValue:
    before = request.args.get("before")
    found = managed_events(current_user.id, before=before, limit=EVENTS_A_PAGE + 1)
    rows = found[:EVENTS_A_PAGE]
    more = len(found) > EVENTS_A_PAGE
    return page(
        "events",
        rows=rows,
        older=url_for(".events", before=rows[-1].event.public_id) if more else None,
    )


@bp.get("/events/<event_id>")
@sign_in_required
def event(event_id: str) -> ResponseReturnValue:
    shown = event_with_its_money(event_id)
    wanted = (one_line(request.args.get("q")) or "")[:200]
    before = request.args.get("before")
    if wanted:
        found = found_orders(shown.id, wanted, before=before, limit=ORDERS_A_PAGE + 1)
    else:
        found = orders_of_event(shown.id, before=before, limit=ORDERS_A_PAGE + 1)
    orders = found[:ORDERS_A_PAGE]
    older = None
    if len(found) > ORDERS_A_PAGE:
        last = orders[-1][0].public_id
        older = url_for(".event", event_id=event_id, before=last, q=wanted or None)
    return page(
        "event",
        event=shown,
        figures=figures_of(shown, now=clock.now()),
        wanted=wanted,
        orders=orders,
        older=older,
    )


@bp.post("/events/<event_id>/pause")
@sign_in_required
def pause(event_id: str) -> ResponseReturnValue:
    event = event_to_edit(event_id)
    try:
        with transaction():
            pause_sale(event.id, by=current_user.id, now=clock.now())
    except Conflict as refusal:
        flash(explain(refusal), "bad")
    else:
        flash(_("The sale is paused. Who is paying at this moment may finish."), "good")
    return redirect(url_for(".event", event_id=event_id), 303)


@bp.post("/events/<event_id>/resume")
@sign_in_required
def resume(event_id: str) -> ResponseReturnValue:
    event = event_to_edit(event_id)
    try:
        with transaction():
            resume_sale(event.id, by=current_user.id, now=clock.now())
    except Conflict as refusal:
        flash(explain(refusal), "bad")
    else:
        flash(_("The sale goes on."), "good")
    return redirect(url_for(".event", event_id=event_id), 303)
