"""Money in and out: payments, refunds, and the ledger that says why each unit moved.

Payment  created ─→ processing ─→ succeeded ─→ disputed
            └───────────┴─→ failed | canceled
Refund   requested ─submit→ submitted ─→ succeeded
            └─reject→ rejected └─→ failed ─retry→ requested     a retry is a new key
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from tixapp.core.db import Id, Model, reference
from tixapp.core.ids import new_id
from tixapp.core.money import Money
from tixapp.core.states import Stateful


class PaymentStatus(StrEnum):
    CREATED = "created"
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    DISPUTED = "disputed"
    FAILED = "failed"
    CANCELED = "canceled"


OPEN_PAYMENTS = (PaymentStatus.CREATED, PaymentStatus.PROCESSING)
BOOKED_PAYMENTS = (PaymentStatus.SUCCEEDED, PaymentStatus.DISPUTED)


def session_key(payment_public_id: str) -> str:
    """Our name at Stripe for the opening of a payment's session."""
    return f"session:{payment_public_id}"


class Payment(Stateful, Model):
    """One attempt to collect an order's amount, by one Checkout Session on the seller's account.

    Everything the call to Stripe needs stands in the row before the call is made, so that a
    repetition sends the same bytes under the same key. `session_expires_at` is Stripe's deadline.
    """

    __tablename__ = "payments"
    __table_args__ = (
        sa.UniqueConstraint("order_id", "attempt"),
        sa.CheckConstraint("amount_minor > 0", name="amount"),
        sa.CheckConstraint("fee_minor >= 0 AND fee_minor < amount_minor", name="fee"),
        sa.Index(
            "ix_payments_open",
            "look_at",
            postgresql_where=sa.text("status IN ('created', 'processing')"),
        ),
        sa.Index(
            "ix_payments_fee_unknown",
            "stripe_account",
            "settled_at",
            postgresql_where=sa.text("stripe_fee_minor IS NULL AND stripe_intent IS NOT NULL"),
        ),
    )
    MOVES: ClassVar = {
        PaymentStatus.CREATED: frozenset(
            {
                PaymentStatus.PROCESSING,
                PaymentStatus.SUCCEEDED,
                PaymentStatus.FAILED,
                PaymentStatus.CANCELED,
            }
        ),
        PaymentStatus.PROCESSING: frozenset(
            {PaymentStatus.SUCCEEDED, PaymentStatus.FAILED, PaymentStatus.CANCELED}
        ),
        PaymentStatus.SUCCEEDED: frozenset({PaymentStatus.DISPUTED}),
        PaymentStatus.DISPUTED: frozenset({PaymentStatus.SUCCEEDED}),
        # Money that arrives all the same is booked, never ignored.
        PaymentStatus.FAILED: frozenset({PaymentStatus.SUCCEEDED}),
        PaymentStatus.CANCELED: frozenset({PaymentStatus.SUCCEEDED}),
    }

    id: Mapped[Id]
    public_id: Mapped[str] = mapped_column(unique=True, default=lambda: new_id("pay"))
    order_id: Mapped[int] = reference("orders.id", index=False)
    attempt: Mapped[int] = mapped_column(default=1)
    status: Mapped[PaymentStatus] = mapped_column(default=PaymentStatus.CREATED)
    stripe_account: Mapped[str] = mapped_column(index=True)
    amount_minor: Mapped[int]
    fee_minor: Mapped[int]
    currency: Mapped[str]
    stripe_session: Mapped[str | None] = mapped_column(unique=True)
    stripe_intent: Mapped[str | None] = mapped_column(unique=True)
    url: Mapped[str | None]
    opened_at: Mapped[datetime]
    session_expires_at: Mapped[datetime]
    request: Mapped[dict[str, Any]] = mapped_column(default=dict)
    look_at: Mapped[datetime]
    looked_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    last_fault: Mapped[str | None]
    # What Stripe kept of it, once Stripe has told; until then, when to ask again.
    stripe_fee_minor: Mapped[int | None]
    fee_look_at: Mapped[datetime | None]

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def fee(self) -> Money:
        return Money(self.fee_minor, self.currency)

    @property
    def is_open(self) -> bool:
        return self.status in OPEN_PAYMENTS

    @property
    def has_money(self) -> bool:
        return self.status in BOOKED_PAYMENTS

    def look_again(self, at: datetime, *, now: datetime, fault: str | None = None) -> None:
        self.looked_at, self.look_at, self.last_fault = now, at, fault

    def process(self) -> None:
        """The buyer has finished, the money is on its way (a delayed method)."""
        if self.status != PaymentStatus.PROCESSING:
            self._move_to(PaymentStatus.PROCESSING)

    def succeed(self, intent: str | None, *, now: datetime) -> None:
        self._settle(PaymentStatus.SUCCEEDED, now)
        self.stripe_intent = intent

    def fail(self, *, now: datetime) -> None:
        self._settle(PaymentStatus.FAILED, now)

    def cancel(self, *, now: datetime) -> None:
        self._settle(PaymentStatus.CANCELED, now)

    def dispute(self) -> None:
        self._move_to(PaymentStatus.DISPUTED)

    def win_dispute(self) -> None:
        self._move_to(PaymentStatus.SUCCEEDED)

    def _settle(self, status: PaymentStatus, now: datetime) -> None:
        self._move_to(status)
        self.settled_at = now


class RefundStatus(StrEnum):
    REQUESTED = "requested"
    SUBMITTED = "submitted"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    REJECTED = "rejected"


class Refund(Stateful, Model):
    """Money going back for one payment. A row first; the tickets stop admitting with it."""

    __tablename__ = "refunds"
    __table_args__ = (
        sa.CheckConstraint("amount_minor > 0", name="amount"),
        sa.Index(
            "ix_refunds_open",
            "look_at",
            postgresql_where=sa.text("status IN ('requested', 'submitted')"),
        ),
    )
    MOVES: ClassVar = {
        RefundStatus.REQUESTED: frozenset({RefundStatus.SUBMITTED, RefundStatus.REJECTED}),
        RefundStatus.SUBMITTED: frozenset({RefundStatus.SUCCEEDED, RefundStatus.FAILED}),
        RefundStatus.SUCCEEDED: frozenset({RefundStatus.FAILED}),
        RefundStatus.FAILED: frozenset({RefundStatus.REQUESTED}),
        RefundStatus.REJECTED: frozenset({RefundStatus.REQUESTED}),
    }

    id: Mapped[Id]
    public_id: Mapped[str] = mapped_column(unique=True, default=lambda: new_id("ref"))
    order_id: Mapped[int] = reference("orders.id")
    payment_id: Mapped[int] = reference("payments.id")
    status: Mapped[RefundStatus] = mapped_column(default=RefundStatus.REQUESTED)
    amount_minor: Mapped[int]
    currency: Mapped[str]
    returns_fee: Mapped[bool] = mapped_column(default=True)
    reason: Mapped[str]
    asked_by: Mapped[int | None] = mapped_column(sa.BigInteger, sa.ForeignKey("users.id"))
    tries: Mapped[int] = mapped_column(default=1)
    # Since when it goes out under its present key; None: since it was asked for.
    keyed_at: Mapped[datetime | None]
    stripe_refund: Mapped[str | None] = mapped_column(unique=True)
    requested_at: Mapped[datetime]
    look_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    last_fault: Mapped[str | None]

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def idempotency_key(self) -> str:
        return f"refund:{self.public_id}:{self.tries}"

    def renew_key(self, *, now: datetime) -> None:
        """For one that Stripe does not have: it goes on answering the old key as it did."""
        self.tries += 1
        self.keyed_at = now

    def submit(self, stripe_refund: str) -> None:
        self._move_to(RefundStatus.SUBMITTED)
        self.stripe_refund = stripe_refund

    def succeed(self, *, now: datetime) -> None:
        self._move_to(RefundStatus.SUCCEEDED)
        self.settled_at = now

    def fail(self, fault: str, *, now: datetime) -> None:
        self._move_to(RefundStatus.FAILED)
        self.settled_at, self.last_fault = now, fault

    def reject(self, fault: str, *, now: datetime) -> None:
        self._move_to(RefundStatus.REJECTED)
        self.settled_at, self.last_fault = now, fault

    def retry(self, *, now: datetime) -> None:
        """A new key: the old one would only repeat the old answer."""
        self._move_to(RefundStatus.REQUESTED)
        self.renew_key(now=now)
        self.stripe_refund, self.settled_at, self.look_at = None, None, now


class DisputeStatus(StrEnum):
    INQUIRY = "inquiry"
    OPEN = "open"
    WON = "won"
    LOST = "lost"


class Dispute(Stateful, Model):
    """A charge that a bank questions. An inquiry moves no money; an open dispute has taken it."""

    __tablename__ = "disputes"
    MOVES: ClassVar = {
        DisputeStatus.INQUIRY: frozenset(
            {DisputeStatus.OPEN, DisputeStatus.WON, DisputeStatus.LOST}
        ),
        DisputeStatus.OPEN: frozenset({DisputeStatus.WON, DisputeStatus.LOST}),
        DisputeStatus.LOST: frozenset({DisputeStatus.WON}),  # an appeal
        DisputeStatus.WON: frozenset(),
    }

    id: Mapped[Id]
    payment_id: Mapped[int] = reference("payments.id")
    stripe_dispute: Mapped[str] = mapped_column(unique=True)
    status: Mapped[DisputeStatus]
    amount_minor: Mapped[int]
    currency: Mapped[str]
    reason: Mapped[str]
    due_by: Mapped[datetime | None]
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]

    def become(self, status: DisputeStatus, *, now: datetime) -> bool:
        """False when that is known already."""
        if status == self.status:
            return False
        self._move_to(status)
        if status in {DisputeStatus.WON, DisputeStatus.LOST}:
            self.closed_at = now
        return True


class EntryKind(StrEnum):
    CAPTURED = "captured"
    FEE = "fee"
    REFUNDED = "refunded"
    FEE_RETURNED = "fee_returned"
    REFUND_BACK = "refund_back"
    DISPUTED = "disputed"
    REINSTATED = "reinstated"


class LedgerEntry(Model):
    """One movement of money and the row that is its reason. Append-only.

    `refund_back`: a refund that a bank sent back later.
    `amount_minor` is positive for money that came in for the seller (captured, reinstated) or for
    us (fee), negative for money that left again. `cause` names the Stripe object, once each kind.
    """

    __tablename__ = "ledger"
    __table_args__ = (sa.UniqueConstraint("kind", "cause"),)

    id: Mapped[Id]
    kind: Mapped[EntryKind]
    cause: Mapped[str]
    payment_id: Mapped[int] = reference("payments.id")
    refund_id: Mapped[int | None] = reference("refunds.id")
    stripe_account: Mapped[str]
    amount_minor: Mapped[int]
    currency: Mapped[str]
    entered_at: Mapped[datetime]
