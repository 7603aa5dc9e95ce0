"""A purchase, step by step, each inside the caller's transaction.

Locks: order, allowance, hold, payment, stock, ticket.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from tixapp.accounts.models import User
from tixapp.core.db import db
from tixapp.core.facts import record
from tixapp.core.money import Money
from tixapp.events.models import Event
from tixapp.inventory.actions import (
    convert_hold,
    give_back_held,
    lock_allowance,
    retake,
)
from tixapp.inventory.models import Hold, HoldStatus
from tixapp.inventory.queries import locked_hold
from tixapp.payments.actions import ask_refund, capture
from tixapp.payments.models import Payment, PaymentStatus
from tixapp.payments.queries import locked_payment
from tixapp.sellers.models import Seller
from tixapp.tickets.actions import Grant, issue_tickets

from .at_once import locked_standing, sell_at_once
from .errors import PaymentMismatch
from .facts import LateMoneyReturned, OrderPaid, RefundAsked
from .models import Order, OrderStatus
from .queries import locked_order
from .rules import FeeTerms


@dataclass(frozen=True)
class Collected:
    """What Stripe reports of a payment: compared with the order before anything is given."""

    amount: Money
    account: str
    intent: str | None


def fee_terms(event: Event, seller: Seller, *, bps: int, fixed_minor: int) -> FeeTerms:
    """The platform's terms, unless the seller has their own."""
    own = seller.fee_bps
    return FeeTerms(bps if own is None else own, fixed_minor, event.fee_passed_on)


def confirm(order_id: int, payment_id: int, collected: Collected, *, now: datetime) -> None:
    """Fulfils an order that has been paid. The one way to tickets for money: the webhook, the
    return page and the reconciler all come here, as often as they like.

    Raises PaymentMismatch, changing nothing, when amount, currency or account are not the order's.
    """
    standing = locked_standing(order_id, payment_id)
    if standing is None:
        _confirm_step_by_step(order_id, payment_id, collected, now=now)
        return
    _compare(standing.payment_public_id, standing.account, standing.amount, collected)
    if standing.has_money:
        return
    if not standing.is_usual:
        _confirm_step_by_step(order_id, payment_id, collected, now=now)
        return
    sell_at_once(standing, collected.intent, now=now)
    issue_tickets(
        order_id,
        standing.event_id,
        standing.grants,
        holder_id=standing.buyer_id,
        holder_name=standing.buyer_name,
        now=now,
    )
    record(OrderPaid(order_id=order_id))


def fulfil(order: Order, hold: Hold, *, buyer_name: str, now: datetime) -> None:
    """An order that waits and its active hold, both locked: places are sold, tickets exist."""
    convert_hold(hold, now=now)
    _give_tickets(order, buyer_name=buyer_name, now=now)


def note_processing(payment_id: int, *, now: datetime) -> None:
    """The buyer is done and the bank is not: the places stay theirs until it is."""
    payment = locked_payment(payment_id)
    if payment.is_open:
        payment.process()
        payment.look_again(now + timedelta(minutes=10), now=now)


def close_unpaid(order_id: int, payment_id: int, *, failed: bool, now: datetime) -> None:
    """Stripe has confirmed that the payment can no longer succeed: the places come back.

    `failed`: a final refusal by the bank; otherwise the time ran out, or the buyer let go.
    """
    order = locked_order(order_id)
    lock_allowance(order.event_id, order.buyer_id)
    hold = locked_hold(order.hold_id)
    payment = locked_payment(payment_id)
    if not payment.is_open:
        return
    if payment.status == PaymentStatus.PROCESSING or failed:
        payment.fail(now=now)
    else:
        payment.cancel(now=now)
    if order.status != OrderStatus.PENDING:
        return
    over = hold is None or hold.expires_at <= now
    if failed:
        order.fail(now=now)
    elif over:
        order.expire(now=now)
    else:
        order.cancel(now=now)
    if hold is not None and hold.status == HoldStatus.ACTIVE:
        if over:
            hold.expire(now=now)
        else:
            hold.release(now=now)
        give_back_held(hold, now=now)


def _confirm_step_by_step(
    order_id: int, payment_id: int, collected: Collected, *, now: datetime
) -> None:
    """For an order to which something else has happened before its money came."""
    order = locked_order(order_id)
    lock_allowance(order.event_id, order.buyer_id)
    hold = locked_hold(order.hold_id)
    payment = locked_payment(payment_id)
    _compare(payment.public_id, payment.stripe_account, payment.amount, collected)
    if payment.has_money:
        return
    capture(payment, collected.intent, now=now)
    name = db.session.scalar(sa.select(User.name).where(User.id == order.buyer_id)) or ""
    if order.status == OrderStatus.PENDING and hold and hold.status == HoldStatus.ACTIVE:
        fulfil(order, hold, buyer_name=name, now=now)
    else:
        _take_late_money(order, payment, buyer_name=name, now=now)


def _give_tickets(order: Order, *, buyer_name: str, now: datetime) -> None:
    order.pay(now=now)
    issue_tickets(
        order.id,
        order.event_id,
        [Grant(line.id, line.tier_id, line.quantity) for line in order.lines],
        holder_id=order.buyer_id,
        holder_name=buyer_name,
        now=now,
    )
    record(OrderPaid(order_id=order.id))


def _take_late_money(order: Order, payment: Payment, *, buyer_name: str, now: datetime) -> None:
    """Money for places that were given back: they are sold again if all are free, else it returns.

    Never "unexpected state, ignored": every unit that came in has tickets or a refund.
    """
    picks = {line.tier_id: line.quantity for line in order.lines}
    may_revive = order.status in {OrderStatus.EXPIRED, OrderStatus.FAILED}
    if may_revive and retake(db.session.get_one(Event, order.event_id), order.buyer_id, picks):
        _give_tickets(order, buyer_name=buyer_name, now=now)
        return
    refund = ask_refund(
        payment,
        payment.amount,
        reason="paid too late, the places had gone",
        asked_by=None,
        returns_fee=True,
        now=now,
    )
    record(RefundAsked(refund_id=refund.id))
    record(LateMoneyReturned(order_id=order.id, refund_id=refund.id))


def _compare(payment: str, account: str, amount: Money, collected: Collected) -> None:
    """`payment`: its public id, for who reads the alarm."""
    if collected.account != account or collected.amount != amount:
        raise PaymentMismatch(
            f"payment {payment}: {collected.amount} on {collected.account}, "
            f"expected {amount} on {account}"
        )
