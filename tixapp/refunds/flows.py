"""Refunds at Stripe: the row first, then the call, then what Stripe says. Rules R8 and R9."""

from dataclasses import dataclass, replace
from datetime import timedelta

import sqlalchemy as sa
import structlog

from tixapp.core.clock import Clock, clock
from tixapp.core.db import db, end_reading, transaction
from tixapp.core.money import Money
from tixapp.gateways import gateways
from tixapp.gateways.stripe import (
    RefundMade,
    Stripe,
    StripeBusy,
    StripeNotFound,
    StripeRefused,
    StripeUnavailable,
)
from tixapp.payments.models import Payment, Refund, RefundStatus

from .actions import adopt_foreign_refund, note_answer, note_rejection, renew_key, try_later
from .disputes import note_dispute, status_of

log = structlog.get_logger()

RETRY = timedelta(minutes=1)
AFTER_A_CROWD = timedelta(seconds=5)
# Without an answer a refund goes out again under its key for this long. Stripe repeats its first
# answer to a key, a fault of its own too: after that we look, and what is not there gets a new one.
KEY_LIFE = timedelta(hours=1)
# A refund of Stripe's that brought nothing back.
GONE = frozenset({"failed", "canceled"})


@dataclass(frozen=True)
class _Row:
    """A refund as values, for use outside a transaction."""

    id: int
    public_id: str
    status: RefundStatus
    amount_minor: int
    returns_fee: bool
    attempt: int
    key: str
    is_old: bool
    intent: str
    account: str


class Refunds:
    def __init__(self, stripe: Stripe, clock: Clock) -> None:
        self.stripe, self.clock = stripe, clock

    def work_on(self, refund_id: int) -> None:
        """Sends a refund, or asks how a sent one stands. Safe to repeat at any point."""
        row = self._read(refund_id)
        if row is None:
            return
        try:
            self._work_on(row)
        except (StripeUnavailable, StripeRefused, StripeNotFound) as fault:
            # Told to come later, nothing has happened; without an answer something may have.
            pause = AFTER_A_CROWD if isinstance(fault, StripeBusy) else RETRY
            with transaction():
                try_later(row.id, str(fault), at=self.clock.now() + pause)

    def sync(self, payment_id: int) -> None:
        """Takes over every refund that Stripe has of a payment, ours and the seller's own."""
        payment = db.session.get_one(Payment, payment_id)
        intent, account, currency = (
            payment.stripe_intent,
            payment.stripe_account,
            payment.currency,
        )
        ours = {
            public_id: (row_id, attempt)
            for row_id, public_id, attempt in db.session.execute(
                sa.select(Refund.id, Refund.public_id, Refund.tries).where(
                    Refund.payment_id == payment_id
                )
            )
        }
        end_reading()
        if intent is None:
            return
        for made in self.stripe.refunds_of(intent, account=account):
            if made.row in ours:
                row_id, attempt = ours[made.row]
                if made.status in GONE and made.attempt != attempt:
                    continue  # an earlier try of ours, sent again under a new key since
                self._note(row_id, made)
                continue
            amount = Money(made.amount_minor, currency)
            with transaction():
                adopt_foreign_refund(payment_id, made.id, amount, made.status, now=self.clock.now())

    def sync_dispute(self, payment_id: int, dispute_id: str, *, account: str) -> None:
        found = self.stripe.dispute(dispute_id, account=account)
        with transaction():
            note_dispute(
                payment_id,
                found.id,
                status=status_of(found.status),
                amount=Money(found.amount_minor, found.currency),
                reason=found.reason,
                due_by=found.due_by,
                now=self.clock.now(),
            )

    def _work_on(self, row: _Row) -> None:
        if row.status == RefundStatus.SUBMITTED or row.is_old:
            found = self._find(row)
            if found is not None:
                self._note(row.id, found)
                return
        if row.status == RefundStatus.REQUESTED:
            fresh = self._with_new_key(row) if row.is_old else row
            if fresh is not None:
                self._send(fresh)

    def _send(self, row: _Row) -> None:
        try:
            made = self.stripe.refund(
                intent=row.intent,
                amount_minor=row.amount_minor,
                row=row.public_id,
                attempt=row.attempt,
                returns_fee=row.returns_fee,
                account=row.account,
                key=row.key,
            )
        except StripeRefused as fault:
            found = self._find(row)
            if found is not None:
                self._note(row.id, found)
                return
            log.warning("refund_rejected", refund=row.public_id, reason=fault.reason)
            with transaction():
                note_rejection(row.id, str(fault), now=self.clock.now())
            return
        self._note(row.id, made)

    def _with_new_key(self, row: _Row) -> _Row | None:
        """None for one that needs to be sent no more."""
        now = self.clock.now()
        with transaction():
            renewed = renew_key(row.id, now=now)
        return replace(row, attempt=row.attempt + 1, key=renewed) if renewed else None

    def _find(self, row: _Row) -> RefundMade | None:
        """Ours among those Stripe has, newest first: a retry has the same row and a new key."""
        made = [
            found
            for found in self.stripe.refunds_of(row.intent, account=row.account)
            if found.row == row.public_id and found.status not in GONE
        ]
        return made[0] if made else None

    def _note(self, refund_id: int, made: RefundMade) -> None:
        now = self.clock.now()
        with transaction():
            note_answer(refund_id, made.id, made.status, failure=made.failure, now=now)

    def _read(self, refund_id: int) -> _Row | None:
        found = db.session.execute(
            sa.select(Refund, Payment)
            .join(Payment, Payment.id == Refund.payment_id)
            .where(Refund.id == refund_id)
        ).first()
        row = None
        if found is not None:
            refund, payment = found
            row = _Row(
                id=refund.id,
                public_id=refund.public_id,
                status=refund.status,
                amount_minor=refund.amount_minor,
                returns_fee=refund.returns_fee and payment.fee_minor > 0,
                attempt=refund.tries,
                key=refund.idempotency_key,
                is_old=self.clock.now() - (refund.keyed_at or refund.requested_at) > KEY_LIFE,
                intent=payment.stripe_intent or "",
                account=payment.stripe_account,
            )
        end_reading()
        open_states = {RefundStatus.REQUESTED, RefundStatus.SUBMITTED}
        return row if row is not None and row.status in open_states else None


def refunds() -> Refunds:
    return Refunds(gateways().stripe, clock)
