"""The right to enter: tickets, scans, check-ins.

Ticket   valid ─check in→ used ─undo→ valid
            ├─refund→ refunded      ├─cancel→ cancelled        the code stops admitting at once
            └─transfer→ transferred                            a new ticket, a new code
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tixapp.core.db import Id, Model, reference
from tixapp.core.ids import new_ticket_id
from tixapp.core.states import Stateful
from tixapp.events.models import Event, Tier


class TicketStatus(StrEnum):
    VALID = "valid"
    USED = "used"
    REFUNDED = "refunded"
    CANCELLED = "cancelled"
    TRANSFERRED = "transferred"


STANDING_TICKETS = (TicketStatus.VALID, TicketStatus.USED)


class Ticket(Stateful, Model):
    """The right of one holder to enter once. `frozen_at`: a bank questions its payment."""

    __tablename__ = "tickets"
    __table_args__ = (
        sa.UniqueConstraint("order_line_id", "number"),
        sa.Index("ix_tickets_event_id_status", "event_id", "status"),
    )
    MOVES: ClassVar = {
        TicketStatus.VALID: frozenset(
            {
                TicketStatus.USED,
                TicketStatus.REFUNDED,
                TicketStatus.CANCELLED,
                TicketStatus.TRANSFERRED,
            }
        ),
        TicketStatus.USED: frozenset(
            {TicketStatus.VALID, TicketStatus.REFUNDED, TicketStatus.CANCELLED}
        ),
        TicketStatus.REFUNDED: frozenset(),
        TicketStatus.CANCELLED: frozenset(),
        TicketStatus.TRANSFERRED: frozenset(),
    }

    id: Mapped[Id]
    public_id: Mapped[str] = mapped_column(unique=True, default=new_ticket_id)
    order_id: Mapped[int] = reference("orders.id")
    order_line_id: Mapped[int] = reference("order_lines.id", index=False)
    number: Mapped[int]
    event_id: Mapped[int] = reference("events.id", index=False)
    tier_id: Mapped[int] = reference("tiers.id")
    holder_id: Mapped[int] = reference("users.id")
    holder_name: Mapped[str] = mapped_column(default="")
    status: Mapped[TicketStatus] = mapped_column(default=TicketStatus.VALID)
    issued_at: Mapped[datetime]
    frozen_at: Mapped[datetime | None]
    refund_id: Mapped[int | None] = reference("refunds.id")

    event: Mapped[Event] = relationship(lazy="raise")
    tier: Mapped[Tier] = relationship(lazy="raise")

    @property
    def is_standing(self) -> bool:
        return self.status in STANDING_TICKETS

    def use(self) -> None:
        self._move_to(TicketStatus.USED)

    def undo_use(self) -> None:
        self._move_to(TicketStatus.VALID)

    def refund(self) -> None:
        self._move_to(TicketStatus.REFUNDED)

    def cancel(self) -> None:
        self._move_to(TicketStatus.CANCELLED)


class CheckIn(Model):
    """This ticket, at this gate, then; perhaps undone, by whom. At most one stands for a ticket."""

    __tablename__ = "check_ins"
    __table_args__ = (
        sa.Index(
            "uq_check_ins_standing",
            "ticket_id",
            unique=True,
            postgresql_where=sa.text("undone_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    ticket_id: Mapped[int] = reference("tickets.id")
    event_id: Mapped[int] = reference("events.id")
    gate: Mapped[str]
    by_user_id: Mapped[int] = reference("users.id", index=False)
    at: Mapped[datetime]
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[int | None] = mapped_column(sa.BigInteger, sa.ForeignKey("users.id"))


class Scan(Model):
    """One look at one code and what was answered. The same `scan_id` gets the same answer."""

    __tablename__ = "scans"
    __table_args__ = (
        sa.Index(
            "uq_scans_scan_id",
            "event_id",
            "by_user_id",
            "scan_id",
            unique=True,
            postgresql_where=sa.text("scan_id IS NOT NULL"),
        ),
    )

    id: Mapped[Id]
    event_id: Mapped[int] = reference("events.id")
    ticket_id: Mapped[int | None] = reference("tickets.id")
    by_user_id: Mapped[int] = reference("users.id", index=False)
    scan_id: Mapped[str | None]
    result: Mapped[str]
    answer: Mapped[dict[str, Any]]
    gate: Mapped[str]
    scanned_at: Mapped[datetime]
    received_at: Mapped[datetime]
