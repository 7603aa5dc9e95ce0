"""Refunds: money going back for named order lines."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from tixapp.core.db import Id, Model, reference
from tixapp.core.ids import new_id
from tixapp.core.money import Money
from tixapp.core.states import Stateful


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
