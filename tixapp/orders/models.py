"""The purchase: orders, their lines, and the keys under which they were asked for.

Order    pending ─pay→ paid ─refund all→ refunded
            ├─fail→ failed                 the payment is final and did not succeed
            ├─cancel→ cancelled            the buyer, or the event, ended it
            └─expire→ expired ─pay late, places re-taken→ paid      else refund, stay expired
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tixapp.core.db import Id, Model, reference
from tixapp.core.ids import new_id
from tixapp.core.money import Money
from tixapp.core.states import Stateful
from tixapp.events.models import Event, Tier


class OrderStatus(StrEnum):
    PENDING = "pending"
    PAID = "paid"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    REFUNDED = "refunded"


class Order(Stateful, Model):
    """One purchase by one buyer. Prices and the fee are fixed when it is made.

    `total` is what the buyer pays; `fee` is our part of it. When the seller passes the fee on,
    total = subtotal + fee; when the seller absorbs it, total = subtotal.
    """

    __tablename__ = "orders"
    __table_args__ = (
        sa.CheckConstraint("fee_minor >= 0 AND total_minor >= 0", name="amounts"),
        sa.Index("ix_orders_buyer_id_id", "buyer_id", "id"),
        sa.Index("ix_orders_pending", "id", postgresql_where=sa.text("status = 'pending'")),
    )
    MOVES: ClassVar = {
        OrderStatus.PENDING: frozenset(
            {OrderStatus.PAID, OrderStatus.FAILED, OrderStatus.CANCELLED, OrderStatus.EXPIRED}
        ),
        OrderStatus.EXPIRED: frozenset({OrderStatus.PAID}),
        OrderStatus.PAID: frozenset({OrderStatus.REFUNDED, OrderStatus.CANCELLED}),
        OrderStatus.FAILED: frozenset({OrderStatus.PAID}),
        OrderStatus.CANCELLED: frozenset(),
        OrderStatus.REFUNDED: frozenset(),
    }

    id: Mapped[Id]
    public_id: Mapped[str] = mapped_column(unique=True, default=lambda: new_id("ord"))
    event_id: Mapped[int] = reference("events.id")
    buyer_id: Mapped[int] = reference("users.id", index=False)
    hold_id: Mapped[int] = reference("holds.id", index=False, unique=True)
    status: Mapped[OrderStatus] = mapped_column(default=OrderStatus.PENDING)
    currency: Mapped[str]
    subtotal_minor: Mapped[int]
    fee_minor: Mapped[int]
    total_minor: Mapped[int]
    stripe_account: Mapped[str | None]
    placed_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]

    event: Mapped[Event] = relationship(lazy="raise")
    lines: Mapped[list[OrderLine]] = relationship(
        lazy="raise", order_by="OrderLine.id", back_populates="order", cascade="all"
    )

    @property
    def subtotal(self) -> Money:
        return Money(self.subtotal_minor, self.currency)

    @property
    def fee(self) -> Money:
        return Money(self.fee_minor, self.currency)

    @property
    def total(self) -> Money:
        return Money(self.total_minor, self.currency)

    @property
    def is_free(self) -> bool:
        return self.total_minor == 0

    def pay(self, *, now: datetime) -> None:
        self._settle(OrderStatus.PAID, now)

    def fail(self, *, now: datetime) -> None:
        self._settle(OrderStatus.FAILED, now)

    def cancel(self, *, now: datetime) -> None:
        self._settle(OrderStatus.CANCELLED, now)

    def expire(self, *, now: datetime) -> None:
        self._settle(OrderStatus.EXPIRED, now)

    def refund(self, *, now: datetime) -> None:
        self._settle(OrderStatus.REFUNDED, now)

    def _settle(self, status: OrderStatus, now: datetime) -> None:
        self._move_to(status)
        self.settled_at = now


class OrderLine(Model):
    """One tier, a count, the price of one at that moment."""

    __tablename__ = "order_lines"
    __table_args__ = (sa.CheckConstraint("quantity > 0", name="quantity"),)

    id: Mapped[Id]
    order_id: Mapped[int] = reference("orders.id")
    tier_id: Mapped[int] = reference("tiers.id")
    quantity: Mapped[int]
    unit_price_minor: Mapped[int]
    # What a code took off the price of each; the price above is what was left.
    discount_minor: Mapped[int] = mapped_column(default=0, server_default="0")

    order: Mapped[Order] = relationship(back_populates="lines", lazy="raise")
    tier: Mapped[Tier] = relationship(lazy="raise")


class Gift(Model):
    """Why an order cost nothing: `by` gave it for `reason`."""

    __tablename__ = "gifts"

    order_id: Mapped[int] = mapped_column(
        sa.BigInteger, sa.ForeignKey("orders.id"), primary_key=True, autoincrement=False
    )
    given_by: Mapped[int] = reference("users.id", index=False)
    reason: Mapped[str]
    given_at: Mapped[datetime]


class IdempotencyKey(Model):
    """A client's name for one intended change, kept with its effect in one transaction.

    `answer` is None while the change is under way (a payment session still to be opened); whoever
    comes with the same key then carries on where it stopped.
    """

    __tablename__ = "idempotency_keys"
    __table_args__ = (
        sa.PrimaryKeyConstraint("user_id", "key"),
        sa.Index("ix_idempotency_keys_made_at", "made_at"),
    )

    user_id: Mapped[int] = reference("users.id", index=False)
    key: Mapped[str]
    fingerprint: Mapped[bytes]
    made_at: Mapped[datetime]
    subject: Mapped[str | None]
    status: Mapped[int | None]
    answer: Mapped[dict[str, Any] | None]
