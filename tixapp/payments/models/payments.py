"""Payments: attempts to collect an order's amount."""

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
