"""What has gone back, and what may."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from tixapp.core.db import db, locked
from tixapp.core.money import Money
from tixapp.payments.models import (
    Dispute,
    Payment,
    PaymentStatus,
    Refund,
    RefundStatus,
)

# These take up part of the payment, whether or not Stripe has answered yet.
COUNTING = (RefundStatus.REQUESTED, RefundStatus.SUBMITTED, RefundStatus.SUCCEEDED)


def locked_payment_of(order_id: int) -> Payment | None:
    """The payment that brought the order's money, locked."""
    found: Payment | None = db.session.scalar(
        locked(
            sa.select(Payment)
            .where(
                Payment.order_id == order_id,
                Payment.status.in_((PaymentStatus.SUCCEEDED, PaymentStatus.DISPUTED)),
            )
            .order_by(Payment.id)
            .limit(1)
        )
    )
    return found


def refunded(payment: Payment) -> Money:
    """What has gone back of it, or is on its way."""
    total = db.session.scalar(
        sa.select(sa.func.coalesce(sa.func.sum(Refund.amount_minor), 0)).where(
            Refund.payment_id == payment.id, Refund.status.in_(COUNTING)
        )
    )
    return Money(int(total or 0), payment.currency)


def locked_refund(refund_id: int) -> Refund:
    found: Refund = db.session.scalars(locked(sa.select(Refund).filter_by(id=refund_id))).one()
    return found


def refunds_of_payment(payment_id: int) -> Sequence[Refund]:
    """Locked, oldest first."""
    found: Sequence[Refund] = db.session.scalars(
        locked(sa.select(Refund).where(Refund.payment_id == payment_id).order_by(Refund.id))
    ).all()
    return found


def due_refund_ids(*, now: datetime, limit: int = 200) -> list[int]:
    return list(
        db.session.scalars(
            sa.select(Refund.id)
            .where(
                Refund.status.in_((RefundStatus.REQUESTED, RefundStatus.SUBMITTED)),
                Refund.look_at <= now,
            )
            .order_by(Refund.look_at)
            .limit(limit)
        )
    )


def dispute_by_id(stripe_dispute: str) -> Dispute | None:
    found: Dispute | None = db.session.scalar(
        locked(sa.select(Dispute).filter_by(stripe_dispute=stripe_dispute))
    )
    return found
