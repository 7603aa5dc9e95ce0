"""How much is left: stock, holds, and what one person has.

    Hold     offered ─accept→ active ─convert→ converted        places are sold
                │                ├─release→ released           the buyer let go
                └────────────────┴─expire→ expired             expires_at has passed

Counters are kept beside the rows they count, in the same transaction: `stock.held` and
`stock.sold` for a tier, `allowance.held` and `allowance.sold` for a person at an event. An offered
hold counts in `stock.held` and in no allowance: its owner has not said yes yet.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tixapp.core.db import Id, Model, reference
from tixapp.core.ids import new_id
from tixapp.core.states import Stateful
from tixapp.events.models import Event, Tier

from .errors import BelowCommitted, SoldOut


class Stock(Model):
    """A tier's counts. The CHECK is the promise: no place is sold twice.

    `reserved` places are free, and kept back for the waiting list.
    """

    __tablename__ = "stocks"
    __table_args__ = (
        sa.CheckConstraint("held + sold + reserved <= capacity", name="not_oversold"),
        sa.CheckConstraint(
            "held >= 0 AND sold >= 0 AND reserved >= 0 AND capacity >= 0", name="not_negative"
        ),
        sa.Index("ix_stocks_reserved", "tier_id", postgresql_where=sa.text("reserved > 0")),
    )

    tier_id: Mapped[int] = mapped_column(
        sa.BigInteger, sa.ForeignKey("tiers.id"), primary_key=True, autoincrement=False
    )
    capacity: Mapped[int]
    held: Mapped[int] = mapped_column(default=0)
    sold: Mapped[int] = mapped_column(default=0)
    reserved: Mapped[int] = mapped_column(default=0, server_default="0")

    tier: Mapped[Tier] = relationship(lazy="raise")

    @property
    def free(self) -> int:
        """Neither held nor sold."""
        return self.capacity - self.held - self.sold

    @property
    def left(self) -> int:
        """What anybody may take."""
        return self.free - self.reserved

    def take(self, quantity: int, *, named: str) -> None:
        """Set `quantity` places aside. Raises SoldOut, changing nothing, if fewer are left."""
        if quantity > self.left:
            raise SoldOut(named, wanted=quantity, left=self.left)
        self.held += quantity

    def offer(self, quantity: int) -> None:
        """Free places, reserved ones too, become held ones of somebody who waits."""
        self.held += quantity
        self.reserved = min(self.reserved, self.free)

    def reserve(self, quantity: int) -> None:
        """So many of the free places are for those who wait; the others are for anybody."""
        self.reserved = quantity

    def let_go(self, quantity: int) -> None:
        self.held -= quantity

    def sell(self, quantity: int) -> None:
        """Held places become sold ones."""
        self.held -= quantity
        self.sold += quantity

    def give_back(self, quantity: int) -> None:
        """Sold places come back: a refund or a cancellation."""
        self.sold -= quantity

    def resize(self, capacity: int) -> None:
        """Raises BelowCommitted for fewer places than are held and sold."""
        if capacity < self.held + self.sold:
            raise BelowCommitted(committed=self.held + self.sold)
        self.capacity = capacity
        self.reserved = min(self.reserved, self.free)


class Allowance(Model):
    """What one person holds and has at one event; the row that their limit is counted on."""

    __tablename__ = "allowances"
    __table_args__ = (sa.CheckConstraint("held >= 0 AND sold >= 0", name="not_negative"),)

    event_id: Mapped[int] = mapped_column(
        sa.BigInteger, sa.ForeignKey("events.id"), primary_key=True, autoincrement=False
    )
    user_id: Mapped[int] = mapped_column(
        sa.BigInteger, sa.ForeignKey("users.id"), primary_key=True, autoincrement=False, index=True
    )
    held: Mapped[int] = mapped_column(default=0)
    sold: Mapped[int] = mapped_column(default=0)


class HoldStatus(StrEnum):
    OFFERED = "offered"
    ACTIVE = "active"
    CONVERTED = "converted"
    RELEASED = "released"
    EXPIRED = "expired"


class Hold(Stateful, Model):
    """Places set aside for one buyer until `expires_at`.

    `paying_since` is set while a payment may still succeed: such a hold ends only when Stripe has
    confirmed that it can no longer be paid, whatever the clock says. One that began as an offer of
    the waiting list (`is_offer`) has a deadline that never moves by paying.
    """

    __tablename__ = "holds"
    __table_args__ = (
        sa.Index(
            "uq_holds_one_active",
            "event_id",
            "user_id",
            unique=True,
            postgresql_where=sa.text("status = 'active'"),
        ),
        sa.Index("ix_holds_code_id", "code_id", postgresql_where=sa.text("code_id IS NOT NULL")),
        sa.Index("ix_holds_due", "expires_at", postgresql_where=sa.text("status = 'active'")),
        sa.Index("ix_holds_offered", "expires_at", postgresql_where=sa.text("status = 'offered'")),
    )
    MOVES: ClassVar = {
        HoldStatus.OFFERED: frozenset({HoldStatus.ACTIVE, HoldStatus.RELEASED, HoldStatus.EXPIRED}),
        HoldStatus.ACTIVE: frozenset(
            {HoldStatus.CONVERTED, HoldStatus.RELEASED, HoldStatus.EXPIRED}
        ),
        HoldStatus.CONVERTED: frozenset(),
        HoldStatus.RELEASED: frozenset(),
        HoldStatus.EXPIRED: frozenset(),
    }

    id: Mapped[Id]
    public_id: Mapped[str] = mapped_column(unique=True, default=lambda: new_id("hold"))
    event_id: Mapped[int] = reference("events.id")
    user_id: Mapped[int] = reference("users.id")
    status: Mapped[HoldStatus] = mapped_column(default=HoldStatus.ACTIVE)
    placed_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    paying_since: Mapped[datetime | None]
    extended_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    is_offer: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    code_id: Mapped[int | None] = mapped_column(sa.BigInteger, sa.ForeignKey("codes.id"))

    event: Mapped[Event] = relationship(lazy="raise")
    lines: Mapped[list[HoldLine]] = relationship(
        lazy="raise", order_by="HoldLine.tier_id", cascade="all"
    )

    @property
    def quantity(self) -> int:
        return sum(line.quantity for line in self.lines)

    def is_open(self, *, now: datetime) -> bool:
        """Whether the buyer may still use it."""
        return self.status == HoldStatus.ACTIVE and now < self.expires_at

    def start_paying(self, *, now: datetime, until: datetime) -> None:
        """The first time gives at least until `until`; later ones move nothing, and an offer's
        deadline stands."""
        if self.extended_at is None and not self.is_offer:
            self.extended_at = now
            self.expires_at = max(self.expires_at, until)
        self.paying_since = now

    def accept(self) -> None:
        self._move_to(HoldStatus.ACTIVE)

    def convert(self, *, now: datetime) -> None:
        self._end(HoldStatus.CONVERTED, now)

    def release(self, *, now: datetime) -> None:
        self._end(HoldStatus.RELEASED, now)

    def expire(self, *, now: datetime) -> None:
        self._end(HoldStatus.EXPIRED, now)

    def _end(self, status: HoldStatus, now: datetime) -> None:
        self._move_to(status)
        self.ended_at = now
        self.paying_since = None


class HoldLine(Model):
    """How many places of one tier."""

    __tablename__ = "hold_lines"
    __table_args__ = (sa.CheckConstraint("quantity > 0", name="quantity"),)

    hold_id: Mapped[int] = mapped_column(
        sa.BigInteger, sa.ForeignKey("holds.id"), primary_key=True, autoincrement=False
    )
    tier_id: Mapped[int] = mapped_column(
        sa.BigInteger,
        sa.ForeignKey("tiers.id"),
        primary_key=True,
        autoincrement=False,
        index=True,
    )
    quantity: Mapped[int]

    tier: Mapped[Tier] = relationship(lazy="raise")
