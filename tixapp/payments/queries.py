"""Which payment, and which need a look."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from tixapp.core.db import db, locked
from tixapp.core.money import Money

from .models import (
    OPEN_PAYMENTS,
    EntryKind,
    LedgerEntry,
    Payment,
    PaymentStatus,
    Refund,
    RefundStatus,
)
from .rules import fee_back


def latest_payment(order_id: int) -> Payment | None:
    found: Payment | None = db.session.scalar(
        sa.select(Payment).filter_by(order_id=order_id).order_by(Payment.attempt.desc()).limit(1)
    )
    return found


def locked_payment(payment_id: int) -> Payment:
    found: Payment = db.session.scalars(locked(sa.select(Payment).filter_by(id=payment_id))).one()
    return found


def payment_by_session(session_id: str, account: str) -> Payment | None:
    """Both must fit: a seller could send sessions of their own that name our orders."""
    found: Payment | None = db.session.scalar(
        sa.select(Payment).filter_by(stripe_session=session_id, stripe_account=account)
    )
    return found


def payment_by_reference(public_id: str, account: str) -> Payment | None:
    found: Payment | None = db.session.scalar(
        sa.select(Payment).filter_by(public_id=public_id, stripe_account=account)
    )
    return found


def payment_by_intent(intent: str, account: str) -> Payment | None:
    found: Payment | None = db.session.scalar(
        sa.select(Payment).filter_by(stripe_intent=intent, stripe_account=account)
    )
    return found


def fee_to_return(payment: Payment, amount: Money) -> Money:
    """What of our fee goes back when `amount` of a payment does, with all that went back before.
    In one statement."""
    if not payment.fee_minor:
        return Money(0, payment.currency)
    back = sa.select(sa.func.coalesce(sa.func.sum(Refund.amount_minor), 0)).where(
        Refund.payment_id == payment.id,
        Refund.returns_fee,
        Refund.status == RefundStatus.SUCCEEDED,
    )
    returned = sa.select(sa.func.coalesce(-sa.func.sum(LedgerEntry.amount_minor), 0)).where(
        LedgerEntry.payment_id == payment.id, LedgerEntry.kind == EntryKind.FEE_RETURNED
    )
    before, given = db.session.execute(
        sa.select(back.scalar_subquery(), returned.scalar_subquery())
    ).one()
    return fee_back(
        payment.fee,
        payment.amount,
        Money(int(before), payment.currency) + amount,
        returned=Money(int(given), payment.currency),
    )


def stale_payment_ids(*, now: datetime, limit: int = 200) -> list[int]:
    """Open payments whose time to be looked at has come."""
    return list(
        db.session.scalars(
            sa.select(Payment.id)
            .where(Payment.status.in_(OPEN_PAYMENTS), Payment.look_at <= now)
            .order_by(Payment.look_at)
            .limit(limit)
        )
    )


def accounts_in_use(*, since: datetime) -> list[str]:
    """Stripe accounts on which payments were opened."""
    return list(
        db.session.scalars(
            sa.select(Payment.stripe_account).where(Payment.opened_at >= since).distinct()
        )
    )


def without_money(sessions: Collection[str], account: str) -> list[int]:
    """Ids of payments of these sessions that we have booked nothing for."""
    return list(
        db.session.scalars(
            sa.select(Payment.id).where(
                Payment.stripe_session.in_(sessions),
                Payment.stripe_account == account,
                Payment.status.not_in((PaymentStatus.SUCCEEDED, PaymentStatus.DISPUTED)),
            )
        )
    )


@dataclass(frozen=True, slots=True)
class WithoutFee:
    """A payment that came in and of which Stripe has not told yet what it kept."""

    id: int
    intent: str
    currency: str
    opened_at: datetime
    settled_at: datetime


def accounts_without_fees(*, now: datetime) -> list[str]:
    """Of payments that are due to be asked about."""
    query = sa.select(Payment.stripe_account).where(*_fee_is_due(now)).distinct()
    return list(db.session.scalars(query.order_by(Payment.stripe_account)))


def payments_without_fee(account: str, *, now: datetime, limit: int = 1000) -> list[WithoutFee]:
    """The latest first."""
    columns: tuple[Any, ...] = (
        Payment.id,
        Payment.stripe_intent,
        Payment.currency,
        Payment.opened_at,
        Payment.settled_at,
    )
    rows = db.session.execute(
        sa.select(*columns)
        .where(Payment.stripe_account == account, *_fee_is_due(now))
        .order_by(Payment.settled_at.desc(), Payment.id.desc())
        .limit(limit)
    )
    return [WithoutFee(*row) for row in rows]


def _fee_is_due(now: datetime) -> tuple[Any, ...]:
    return (
        Payment.stripe_fee_minor.is_(None),
        Payment.stripe_intent.is_not(None),
        sa.or_(Payment.fee_look_at.is_(None), Payment.fee_look_at <= now),
    )
