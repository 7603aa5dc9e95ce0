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
THIS_TRANSACTION = "(pg_current_xact_id()::text)::bigint"


class Ticket(Stateful, Model):
    """The right of one holder to enter, as the event's rules say. `frozen_at`: a bank questions its
    payment. `inside` and `entries` repeat what its check-ins say."""

    __tablename__ = "tickets"
    __table_args__ = (
        sa.UniqueConstraint("order_line_id", "number"),
        sa.Index("ix_tickets_event_id_status", "event_id", "status"),
        sa.Index("ix_tickets_event_id_id", "event_id", "id"),
        # Most tickets are in their buyer's name, and are found by it.
        sa.Index(
            "ix_tickets_renamed",
            sa.text("to_tsvector('simple', fold_words(holder_name))"),
            postgresql_using="gin",
            postgresql_where=sa.text("renamed_at IS NOT NULL"),
        ),
        sa.Index("ix_tickets_event_id_door_mark", "event_id", "door_mark"),
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
    renamed_at: Mapped[datetime | None]
    status: Mapped[TicketStatus] = mapped_column(default=TicketStatus.VALID)
    issued_at: Mapped[datetime]
    frozen_at: Mapped[datetime | None]
    refund_id: Mapped[int | None] = reference("refunds.id")
    inside: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    entries: Mapped[int] = mapped_column(default=0, server_default="0")
    # The transaction that last changed the row, kept by a trigger: what phones at the door ask for.
    door_mark: Mapped[int] = mapped_column(
        sa.BigInteger, server_default=sa.text(THIS_TRANSACTION), deferred=True
    )

    event: Mapped[Event] = relationship(lazy="raise")
    tier: Mapped[Tier] = relationship(lazy="raise")

    @property
    def is_standing(self) -> bool:
        return self.status in STANDING_TICKETS

    def rename(self, name: str, *, now: datetime) -> None:
        """Another name on the same ticket: its code and its holder's account stay."""
        self.holder_name, self.renamed_at = name, now

    def use(self) -> None:
        """Its holder comes in, the first time or again."""
        self.stand(self.entries + 1, inside=True)

    def leave(self) -> None:
        self.stand(self.entries, inside=False)

    def undo_use(self) -> None:
        """The last time its holder came in did not happen."""
        self.stand(max(self.entries - 1, 0), inside=False)

    def stand(self, entries: int, *, inside: bool) -> None:
        """`entries` admissions count. Raises IllegalMove for a ticket that no longer admits."""
        status = TicketStatus.USED if entries else TicketStatus.VALID
        if status != self.status:
            self._move_to(status)
        self.entries, self.inside = entries, inside

    def refund(self) -> None:
        self._move_to(TicketStatus.REFUNDED)

    def cancel(self) -> None:
        self._move_to(TicketStatus.CANCELLED)


class CheckIn(Model):
    """This ticket, at this gate, then; perhaps left again, perhaps undone, by whom. At most one
    stands for a ticket. `scan_row`: the scan it follows from."""

    __tablename__ = "check_ins"
    __table_args__ = (
        sa.Index(
            "uq_check_ins_standing",
            "ticket_id",
            unique=True,
            postgresql_where=sa.text("undone_at IS NULL AND left_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    ticket_id: Mapped[int] = reference("tickets.id")
    event_id: Mapped[int] = reference("events.id")
    scan_row: Mapped[int | None] = mapped_column(
        sa.BigInteger, sa.ForeignKey("scans.id"), unique=True
    )
    gate: Mapped[str]
    gate_number: Mapped[int] = mapped_column(default=0, server_default="0")
    by_user_id: Mapped[int | None] = reference("users.id", index=False)
    device_id: Mapped[int | None] = reference("devices.id", index=False)
    at: Mapped[datetime]
    left_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[int | None] = mapped_column(sa.BigInteger, sa.ForeignKey("users.id"))


class Scan(Model):
    """One look at one code and what was answered. The same `scan_id` gets the same answer.

    What a phone decided by itself has its `line` as it was sent, and in `scanned_at` the time as
    corrected; `is_doubtful` when that is a guess. `undone_at`: a person took it back here.
    """

    __tablename__ = "scans"
    __table_args__ = (
        sa.Index(
            "uq_scans_scan_id",
            "event_id",
            "by_user_id",
            "scan_id",
            unique=True,
            postgresql_where=sa.text("scan_id IS NOT NULL AND device_id IS NULL"),
        ),
        sa.Index(
            "uq_scans_device_scan_id",
            "device_id",
            "scan_id",
            unique=True,
            postgresql_where=sa.text("device_id IS NOT NULL"),
        ),
        sa.Index(
            "uq_scans_device_number",
            "device_id",
            "number",
            unique=True,
            postgresql_where=sa.text("number IS NOT NULL"),
        ),
        sa.Index("ix_scans_event_id_scanned_at", "event_id", "scanned_at"),
    )

    id: Mapped[Id]
    event_id: Mapped[int] = reference("events.id", index=False)
    ticket_id: Mapped[int | None] = reference("tickets.id")
    by_user_id: Mapped[int | None] = reference("users.id", index=False)
    device_id: Mapped[int | None] = reference("devices.id", index=False)
    scan_id: Mapped[str | None]
    number: Mapped[int | None]
    kind: Mapped[str] = mapped_column(default="in", server_default="in")
    result: Mapped[str]
    answer: Mapped[dict[str, Any]]
    gate: Mapped[str]
    gate_number: Mapped[int] = mapped_column(default=0, server_default="0")
    scanned_at: Mapped[datetime]
    received_at: Mapped[datetime]
    is_doubtful: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    undoes: Mapped[str | None]
    line: Mapped[str | None]
    undone_at: Mapped[datetime | None]
