"""Giving money back for chosen tickets: first what it means in money, then the deed."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from tixapp.accounts.guards import sign_in_required
from tixapp.core.clock import clock
from tixapp.core.db import transaction
from tixapp.core.errors import Conflict, NotFound
from tixapp.core.money import Money
from tixapp.orders.models import Order, OrderStatus
from tixapp.payments.models import Payment, PaymentStatus
from tixapp.payments.queries import fee_to_return, latest_payment
from tixapp.refunds.actions import Wish, refund_order, retry_refund
from tixapp.refunds.errors import TicketWasUsed
from tixapp.refunds.queries import amount_back
from tixapp.refunds.rules import by_organiser
from tixapp.selling.forms import WITH_FEE, RefundForm
from tixapp.selling.guards import order_to_manage
from tixapp.selling.messages import explain
from tixapp.selling.queries import refund_of_order
from tixapp.tickets.models import Ticket, TicketStatus
from tixapp.tickets.queries import tickets_of_order
from tixapp.web.filters import money

from .base import bp, page


@dataclass(frozen=True)
class Choice:
    """One way to refund: what the buyer gets, and what of our fee comes back to the seller."""

    to_buyer: Money
    fee_back: Money

    @property
    def costs(self) -> Money:
        return self.to_buyer - self.fee_back


@bp.get("/orders/<order_id>/refund")
@sign_in_required
def refund(order_id: str) -> ResponseReturnValue:
    order, _buyer = order_to_manage(order_id)
    return _page(order, RefundForm(formdata=None), request.args.getlist("ticket"))


@bp.post("/orders/<order_id>/refund")
@sign_in_required
def give_back(order_id: str) -> ResponseReturnValue:
    order, buyer = order_to_manage(order_id)
    form, chosen = RefundForm(), request.form.getlist("ticket")
    if not chosen:
        raise NotFound("There are no such tickets.")
    if not form.validate():
        return _page(order, form, chosen), 422
    wish = Wish(
        reason=by_organiser(form.reason.data or ""),
        asked_by=current_user.id,
        with_fee=form.fee.data == WITH_FEE,
        tickets=frozenset(chosen),
        used_too=form.used_too.data,
    )
    try:
        with transaction():
            made = refund_order(order.id, wish, now=clock.now())
    except TicketWasUsed as refusal:
        form.used_too.errors = [explain(refusal)]
        again, _buyer = order_to_manage(order_id)  # the refusal has let go of what was read
        return _page(again, form, chosen), 422
    except Conflict as refusal:
        flash(explain(refusal), "bad")
    else:
        flash(_done(made.amount if made else None, buyer.email), "good")
    return redirect(url_for(".order", order_id=order_id), 303)


@bp.post("/orders/<order_id>/refunds/<refund_id>/retry")
@sign_in_required
def retry(order_id: str, refund_id: str) -> ResponseReturnValue:
    order, _buyer = order_to_manage(order_id)
    found = refund_of_order(refund_id, order.id)
    try:
        with transaction():
            retry_refund(found.id, by=current_user.id, now=clock.now())
    except Conflict as refusal:
        flash(explain(refusal), "bad")
    else:
        flash(_("The refund is on its way to Stripe again."), "good")
    return redirect(url_for(".order", order_id=order_id), 303)


def _page(order: Order, form: RefundForm, wanted: Sequence[str]) -> str:
    tickets = tickets_of_order(order.id)
    standing = [ticket for ticket in tickets if ticket.is_standing]
    chosen = [ticket for ticket in standing if ticket.public_id in wanted] if wanted else standing
    payment = latest_payment(order.id)
    is_disputed = payment is not None and payment.status == PaymentStatus.DISPUTED
    return page(
        "refund",
        order=order,
        event=order.event,
        form=form,
        tickets=chosen if order.status == OrderStatus.PAID else [],
        used=[ticket for ticket in chosen if ticket.status == TicketStatus.USED],
        is_disputed=is_disputed,
        choices=_choices(order, payment, tickets, chosen),
    )


def _choices(
    order: Order, payment: Payment | None, tickets: Sequence[Ticket], chosen: Sequence[Ticket]
) -> dict[str, Choice]:
    """By the value of the form's field; one alone where there is no fee to choose about."""
    if payment is None or not payment.has_money:
        return {}
    without = amount_back(order, payment, tickets, chosen, with_fee=False)
    whole = amount_back(order, payment, tickets, chosen, with_fee=True)
    nothing = Money(0, order.currency)
    choices = {WITH_FEE: Choice(whole, fee_to_return(payment, whole))}
    if payment.fee_minor:
        choices["without"] = Choice(without, nothing)
    return choices


def _done(amount: Money | None, address: str) -> str:
    if amount is None:
        return str(_("The tickets are cancelled. We write to %(address)s.", address=address))
    return str(
        _(
            "%(amount)s goes back to %(address)s. The tickets are void from now on.",
            amount=money(amount),
            address=address,
        )
    )
