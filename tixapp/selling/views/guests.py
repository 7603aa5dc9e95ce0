"""Who comes: the list, its files, a name changed, and tickets given away."""

from flask import current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from tixapp.accounts.actions import ensure_user
from tixapp.accounts.guards import sign_in_required
from tixapp.accounts.passwords import hash_password
from tixapp.core.clock import clock
from tixapp.core.db import end_reading, transaction
from tixapp.core.errors import Conflict
from tixapp.core.ids import new_secret
from tixapp.core.trail import note
from tixapp.events.models import Event
from tixapp.orders.gifts import give_tickets
from tixapp.selling.exports import guest_rows, order_rows
from tixapp.selling.forms import GiftForm, HolderForm
from tixapp.selling.guards import event_to_edit, event_with_its_money, order_to_manage
from tixapp.selling.messages import explain
from tixapp.selling.queries import guests as guests_of
from tixapp.tickets.actions import rename_ticket
from tixapp.web.forms import one_line
from tixapp.web.limits import by_person, limiter
from tixapp.web.spreadsheets import csv_file, xlsx_file

from .base import bp, page

GUESTS_A_PAGE = 50


@bp.get("/events/<event_id>/guests")
@sign_in_required
def guests(event_id: str) -> ResponseReturnValue:
    event = event_with_its_money(event_id)
    wanted = (one_line(request.args.get("q")) or "")[:200]
    after = request.args.get("after")
    found = guests_of(event.id, wanted, after=after, limit=GUESTS_A_PAGE + 1)
    shown = found[:GUESTS_A_PAGE]
    further = None
    if len(found) > GUESTS_A_PAGE:
        last = shown[-1][0].public_id
        further = url_for(".guests", event_id=event_id, after=last, q=wanted or None)
    return page("guests", event=event, guests=shown, wanted=wanted, further=further)


@bp.get("/events/<event_id>/<any(guests,orders):what>.<any(csv,xlsx):kind>")
@sign_in_required
@limiter.limit("60 per hour", key_func=by_person)
def export(event_id: str, what: str, kind: str) -> ResponseReturnValue:
    """All of an event in one file, sent as it is read."""
    event = event_with_its_money(event_id)
    with transaction():
        after = {"what": what, "kind": kind}
        note("event.exported", event.public_id, by=current_user.id, now=clock.now(), after=after)
    end_reading()
    app = current_app._get_current_object()  # type: ignore[attr-defined] # the app behind the proxy
    rows = guest_rows(app, event) if what == "guests" else order_rows(app, event)
    make = csv_file if kind == "csv" else xlsx_file
    return make(f"{event.slug}-{what}", _head(what, event.currency), rows)


@bp.post("/orders/<order_id>/tickets/<ticket_id>/name")
@sign_in_required
def change_name(order_id: str, ticket_id: str) -> ResponseReturnValue:
    order, _buyer = order_to_manage(order_id)
    form = HolderForm()
    if not form.validate():
        flash(" ".join(map(str, form.holder_name.errors)), "bad")
        return redirect(url_for(".order", order_id=order_id), 303)
    name, now = form.holder_name.data, clock.now()
    try:
        with transaction():
            before = rename_ticket(ticket_id, order.id, name, now=now)
            said = {"before": {"name": before}, "after": {"name": name, "ticket": ticket_id}}
            note("ticket.renamed", order.public_id, by=current_user.id, now=now, **said)
    except Conflict as refusal:
        flash(explain(refusal), "bad")
    else:
        flash(_("The ticket is in the name of %(name)s now. Its code stays.", name=name), "good")
    return redirect(url_for(".order", order_id=order_id), 303)


@bp.get("/events/<event_id>/gifts")
@sign_in_required
def gifts(event_id: str) -> ResponseReturnValue:
    event = event_to_edit(event_id)
    return page("gifts", event=event, form=GiftForm(event, formdata=None))


@bp.post("/events/<event_id>/gifts")
@sign_in_required
@limiter.limit("120 per hour", key_func=by_person)
def give(event_id: str) -> ResponseReturnValue:
    event = event_to_edit(event_id)
    form = GiftForm(event)
    if not form.validate() or form.address is None:
        return page("gifts", event=event, form=form), 422
    secret, now, name = hash_password(new_secret()), clock.now(), form.name.data
    tier = next(tier for tier in event.tiers if tier.public_id == form.tier.data)
    try:
        with transaction():
            guest = ensure_user(form.address, secret, name=name, now=now)
            order = give_tickets(
                event,
                tier,
                form.quantity.data,
                guest_id=guest.id,
                guest_name=name,
                reason=form.reason.data,
                by=current_user.id,
                now=now,
            )
    except Conflict as refusal:
        form.quantity.errors = [explain(refusal)]
        return page("gifts", event=_again(event_id), form=form), 422
    given = ngettext("%(num)s ticket is", "%(num)s tickets are", form.quantity.data)
    flash(_("%(given)s on the way to %(address)s.", given=given, address=guest.email), "good")
    return redirect(url_for(".order", order_id=order.public_id), 303)


def _again(event_id: str) -> Event:
    """A refusal has let go of what was read."""
    return event_to_edit(event_id)


def _head(what: str, currency: str) -> list[str]:
    if what == "guests":
        return [
            _("Ticket"), _("Name"), _("Kind"), _("State"), _("Bought by"), _("Mail"), _("Order"),
            _("Bought at"), _("Let in at"),
        ]  # fmt: skip
    return [
        _("Order"), _("Bought at"), _("State"), _("Buyer"), _("Mail"), _("Tickets"),
        _("Full price (%(currency)s)", currency=currency), _("Code"),
        _("Off by the code (%(currency)s)", currency=currency),
        _("Prices (%(currency)s)", currency=currency), _("Paid (%(currency)s)", currency=currency),
        _("Our fee (%(currency)s)", currency=currency),
        _("Refunded (%(currency)s)", currency=currency), _("Given because"),
    ]  # fmt: skip
