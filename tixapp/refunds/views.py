"""A buyer gives tickets back."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from tixapp.accounts.guards import sign_in_required
from tixapp.core.clock import clock
from tixapp.core.db import transaction
from tixapp.core.errors import Conflict
from tixapp.events.models import EventStatus
from tixapp.orders.queries import order_of
from tixapp.tickets.models import TicketStatus
from tixapp.tickets.queries import tickets_of_order
from tixapp.web.filters import money

from .actions import decline_gift, return_tickets
from .messages import explain
from .rules import return_deadline

bp = Blueprint("refunds", __name__)


@bp.get("/orders/<order_id>/return-tickets")
@sign_in_required
def choose(order_id: str) -> ResponseReturnValue:
    order = order_of(order_id, current_user.id)
    if order.event.status == EventStatus.CANCELLED:  # its page says what happens to the money
        return redirect(url_for("orders.show", order_id=order_id), 303)
    tickets = [
        ticket
        for ticket in tickets_of_order(order.id)
        if ticket.status == TicketStatus.VALID and ticket.frozen_at is None
    ]
    deadline = return_deadline(order.event.starts_at, order.event.return_hours)
    return render_template(
        "refunds/choose.html",
        order=order,
        event=order.event,
        tickets=tickets,
        deadline=deadline,
        is_open=deadline is not None and clock.now() <= deadline,
    )


@bp.post("/orders/<order_id>/return-tickets")
@sign_in_required
def give_back(order_id: str) -> ResponseReturnValue:
    order = order_of(order_id, current_user.id)
    chosen = set(request.form.getlist("ticket"))
    if not chosen:
        flash(_("Choose the tickets that you want to give back."), "warn")
        return redirect(url_for(".choose", order_id=order_id), 303)
    try:
        with transaction():
            refund = return_tickets(order.id, chosen, buyer_id=current_user.id, now=clock.now())
    except Conflict as refusal:
        flash(explain(refusal), "bad")
        return redirect(url_for(".choose", order_id=order_id), 303)
    if refund is None:
        flash(_("Your tickets were given back."), "good")
    else:
        flash(
            _(
                "Your tickets were given back. %(amount)s goes back the way you paid; that takes"
                " up to ten days with most banks.",
                amount=money(refund.amount),
            ),
            "good",
        )
    return redirect(url_for("orders.show", order_id=order_id), 303)


@bp.post("/orders/<order_id>/decline")
@sign_in_required
def decline(order_id: str) -> ResponseReturnValue:
    """A guest gives complimentary tickets back, all of them."""
    order = order_of(order_id, current_user.id)
    try:
        with transaction():
            decline_gift(order.id, buyer_id=current_user.id, now=clock.now())
    except Conflict as refusal:
        flash(explain(refusal), "bad")
    else:
        flash(_("Thank you for saying so. Your places are free for somebody else."), "good")
    return redirect(url_for("orders.show", order_id=order_id), 303)
