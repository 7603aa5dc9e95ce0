"""Disputes: money that a bank takes back."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from sqlalchemy.orm import Mapped, mapped_column

from tixapp.core.db import Id, Model, reference
from tixapp.core.states import Stateful


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
