"""Stripe's events, each stored once.

StripeEvent  received ─→ done | ignored | failed ─retry→ received
"""

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from tixapp.core.db import Id, Model
from tixapp.core.states import Stateful


class StripeEventStatus(StrEnum):
    RECEIVED = "received"
    DONE = "done"
    IGNORED = "ignored"
    FAILED = "failed"


class StripeEvent(Stateful, Model):
    """One incoming webhook. `account` is None for our own account, else the connected one."""

    __tablename__ = "stripe_events"
    __table_args__ = (
        sa.Index("ix_stripe_events_due", "due_at", postgresql_where=sa.text("status = 'received'")),
    )
    MOVES: ClassVar = {
        StripeEventStatus.RECEIVED: frozenset(
            {StripeEventStatus.DONE, StripeEventStatus.IGNORED, StripeEventStatus.FAILED}
        ),
        StripeEventStatus.FAILED: frozenset({StripeEventStatus.RECEIVED}),
        StripeEventStatus.DONE: frozenset(),
        StripeEventStatus.IGNORED: frozenset(),
    }

    id: Mapped[Id]
    stripe_id: Mapped[str] = mapped_column(unique=True)
    account: Mapped[str | None]
    kind: Mapped[str]
    livemode: Mapped[bool]
    payload: Mapped[dict[str, Any]]
    status: Mapped[StripeEventStatus] = mapped_column(default=StripeEventStatus.RECEIVED)
    received_at: Mapped[datetime]
    due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    last_fault: Mapped[str | None]

    def ignore(self, why: str) -> None:
        self._move_to(StripeEventStatus.IGNORED)
        self.last_fault = why

    def give_up(self) -> None:
        self._move_to(StripeEventStatus.FAILED)
