"""What Stripe answers to a refund, and what it did without being asked."""

from datetime import datetime, timedelta

from tixapp.core.db import db
from tixapp.core.facts import record
from tixapp.core.money import Money
from tixapp.core.trail import note
from tixapp.inventory.actions import lock_allowance
from tixapp.orders.facts import RefundAsked
from tixapp.orders.models import OrderStatus
from tixapp.orders.queries import locked_order
from tixapp.payments.actions import ask_refund, book_refund_back, settle_refund
from tixapp.payments.models import Payment, Refund, RefundStatus
from tixapp.payments.queries import locked_payment
from tixapp.refunds.errors import (
    NothingToRefund,
)
from tixapp.refunds.facts import RefundFailed, RefundSettled
from tixapp.refunds.queries import (
    locked_failures,
    locked_refund,
    refunded,
    refunds_of_payment,
)
from tixapp.tickets.queries import locked_tickets_of_order

from .asking import void_chosen

DAY = timedelta(days=1)


def note_answer(
    refund_id: int,
    stripe_refund: str,
    status: str,
    *,
    failure: str | None = None,
    now: datetime,
) -> None:
    """What Stripe said of our refund: the same whatever way and however often it arrives.

    `failure`: Stripe's word for why it did not go through.
    """
    refund = _with_payment_locked(refund_id)
    if refund.status == RefundStatus.REQUESTED:
        refund.submit(stripe_refund)
    _follow(refund, status, failure, now=now)


def note_rejection(refund_id: int, fault: str, *, now: datetime) -> None:
    """Stripe did not take it. The tickets stay void; a person decides what next."""
    refund = _with_payment_locked(refund_id)
    if refund.status == RefundStatus.REQUESTED:
        refund.reject(fault, now=now)
        record(RefundFailed(refund_id=refund.id))


def try_later(refund_id: int, fault: str | None, *, at: datetime) -> None:
    refund = locked_refund(refund_id)
    refund.look_at, refund.last_fault = at, fault


def renew_key(refund_id: int, *, now: datetime) -> str | None:
    """The new key; None for one that Stripe has by now."""
    refund = _with_payment_locked(refund_id)
    if refund.status != RefundStatus.REQUESTED:
        return None
    refund.renew_key(now=now)
    return refund.idempotency_key


def retry_refund(refund_id: int, *, by: int, now: datetime) -> None:
    """A person has looked and says: again. It goes out under a new key.

    Raises IllegalMove unless it has failed, NothingToRefund when the money has gone back otherwise.
    """
    refund = _with_payment_locked(refund_id)
    _check_unpaid(refund)
    before = {"status": refund.status, "fault": refund.last_fault}
    refund.retry(now=now)
    note("refund.retried", refund.public_id, by=by, now=now, before=before)
    record(RefundAsked(refund_id=refund.id))


def retry_failures(event_id: int, *, by: int, now: datetime, most: int = 500) -> int:
    """The same for the failed refunds of an event, at the sweep's own pace; how many.

    Those whose money has gone back otherwise stay as they are: a person ends them.
    """
    tried = 0
    for refund, payment in locked_failures(event_id, limit=most):
        if refund.amount <= payment.amount - refunded(payment):
            before = {"status": refund.status, "fault": refund.last_fault}
            refund.retry(now=now)
            note("refund.retried", refund.public_id, by=by, now=now, before=before)
            tried += 1
    return tried


def adopt_foreign_refund(
    payment_id: int, stripe_refund: str, amount: Money, status: str, *, now: datetime
) -> None:
    """A refund made in the seller's Stripe dashboard gets a row and does what ours do.

    When nothing is left of the payment all tickets are void. For a part of it Stripe does not say
    which tickets are meant: the money is booked and the seller is asked.
    """
    order = locked_order(db.session.get_one(Payment, payment_id).order_id)
    allowance = lock_allowance(order.event_id, order.buyer_id)
    payment = locked_payment(payment_id)
    if any(known.stripe_refund == stripe_refund for known in refunds_of_payment(payment.id)):
        return
    refund = ask_refund(
        payment,
        amount,
        reason="refunded in the Stripe dashboard",
        asked_by=None,
        returns_fee=False,
        now=now,
    )
    refund.submit(stripe_refund)
    _follow(refund, status, None, now=now)
    if order.status == OrderStatus.PAID and refunded(payment) == payment.amount:
        tickets = locked_tickets_of_order(order.id)
        void_chosen(
            order, allowance, tickets, [t for t in tickets if t.is_standing], refund, now=now
        )


def _with_payment_locked(refund_id: int) -> Refund:
    payment_id = db.session.get_one(Refund, refund_id).payment_id
    locked_payment(payment_id)
    return locked_refund(refund_id)


def _check_unpaid(refund: Refund) -> None:
    payment = db.session.get_one(Payment, refund.payment_id)
    if refund.amount > payment.amount - refunded(payment):
        raise NothingToRefund("This money has gone back in another way already.")


def _follow(refund: Refund, status: str, failure: str | None, *, now: datetime) -> None:
    payment = db.session.get_one(Payment, refund.payment_id)
    if status == "succeeded" and refund.status == RefundStatus.SUBMITTED:
        settle_refund(refund, payment, now=now)
        record(RefundSettled(refund_id=refund.id))
    elif status in {"failed", "canceled"} and refund.status in {
        RefundStatus.SUBMITTED,
        RefundStatus.SUCCEEDED,
    }:
        if refund.status == RefundStatus.SUCCEEDED:
            book_refund_back(refund, payment, now=now)
        refund.fail(failure or status, now=now)
        record(RefundFailed(refund_id=refund.id))
    elif refund.status == RefundStatus.SUBMITTED:
        refund.look_at = now + DAY
