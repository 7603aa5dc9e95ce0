"""One order: what was bought, by whom, and everything that happened to it."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from tixapp.accounts.guards import sign_in_required
from tixapp.core.clock import clock
from tixapp.core.db import transaction
from tixapp.core.ids import new_id
from tixapp.core.trail import note
from tixapp.inventory.bills import bill_of_order
from tixapp.payments.queries import latest_payment
from tixapp.refunds.messages import explain_failure
from tixapp.selling.guards import order_to_manage
from tixapp.selling.queries import refunds_of_order
from tixapp.selling.story import story_of
from tixapp.tickets.letters import write_tickets_letter
from tixapp.tickets.queries import tickets_of_order
from tixapp.web.limits import by_person, limiter

from .base import bp, page


@bp.get("/orders/<order_id>")
@sign_in_required
def order(order_id: str) -> ResponseReturnValue:
    shown, buyer = order_to_manage(order_id)
    refunds = refunds_of_order(shown.id)
    tickets = tickets_of_order(shown.id)
    payment = latest_payment(shown.id)
    return page(
        "order",
        order=shown,
        event=shown.event,
        buyer=buyer,
        summary=bill_of_order(shown.id),
        tickets=tickets,
        standing=[ticket for ticket in tickets if ticket.is_standing],
        payment=payment,
        refunds=refunds,
        explain_failure=explain_failure,
        story=story_of(shown, buyer, payment, refunds),
    )


def _by_person_and_order() -> str:
    return f"{by_person()}:{(request.view_args or {}).get('order_id')}"


@bp.post("/orders/<order_id>/letter")
@sign_in_required
@limiter.limit("60 per hour", key_func=by_person)
@limiter.limit("3 per hour", key_func=_by_person_and_order)
def send_again(order_id: str) -> ResponseReturnValue:
    """The tickets once more by mail: people lose letters, and ask."""
    shown, buyer = order_to_manage(order_id)
    now = clock.now()
    with transaction():
        is_written = write_tickets_letter(
            shown.id, f"tickets:{shown.id}:{new_id('again')}", now=now
        )
        if is_written:
            note("order.tickets_sent_again", shown.public_id, by=current_user.id, now=now)
    if is_written:
        flash(_("The tickets are on their way to %(address)s.", address=buyer.email), "good")
    else:
        flash(_("None of these tickets is valid any more, so nothing was sent."), "warn")
    return redirect(url_for(".order", order_id=order_id), 303)
