"""Who stands at the door with what: gates, devices, what phones reported and what did not fit.

Pairing   open ─use→ used          a code for one phone, for ten minutes
Device    paired ─end→ ended       at once, by the manager or the phone itself
Conflict  found ─see→ seen         gone again when a later line explains it
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tixapp.core.db import Id, Model, reference
from tixapp.core.ids import new_id
from tixapp.events.models import Event


class Gate(Model):
    """One way in. `tier_ids`: which tiers may enter here; None: all."""

    __tablename__ = "gates"
    __table_args__ = (sa.UniqueConstraint("event_id", "number"),)

    id: Mapped[Id]
    public_id: Mapped[str] = mapped_column(unique=True, default=lambda: new_id("gat"))
    event_id: Mapped[int] = reference("events.id", index=False)
    number: Mapped[int]
    name: Mapped[str]
    tier_ids: Mapped[list[Any] | None]
    closed_at: Mapped[datetime | None]

    def takes(self, tier_id: int) -> bool:
        return self.tier_ids is None or tier_id in self.tier_ids


class Pairing(Model):
    """A code that turns one phone into a device. Only its hash is kept."""

    __tablename__ = "pairings"

    id: Mapped[Id]
    gate_id: Mapped[int] = reference("gates.id")
    code_hash: Mapped[bytes] = mapped_column(unique=True)
    made_by: Mapped[int] = reference("users.id", index=False)
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    gate: Mapped[Gate] = relationship(lazy="raise")


class Device(Model):
    """A phone at the door of one event. `user_id`: whose it is, when it was not paired by a code.

    What it last said of itself: `offset_ms` (our time less its own), battery, how much is unsent.
    """

    __tablename__ = "devices"

    id: Mapped[Id]
    public_id: Mapped[str] = mapped_column(unique=True, default=lambda: new_id("dev"))
    event_id: Mapped[int] = reference("events.id")
    gate_id: Mapped[int | None] = reference("gates.id", index=False)
    user_id: Mapped[int | None] = reference("users.id", index=False)
    name: Mapped[str]
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    paired_at: Mapped[datetime]
    paired_by: Mapped[int] = reference("users.id", index=False)
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[int | None] = reference("users.id", index=False)
    offset_ms: Mapped[int | None] = mapped_column(sa.BigInteger)
    battery: Mapped[float | None]
    is_charging: Mapped[bool | None]
    unsent: Mapped[int | None]
    list_seq: Mapped[str | None]

    event: Mapped[Event] = relationship(lazy="raise")
    gate: Mapped[Gate | None] = relationship(lazy="raise")

    @property
    def handle(self) -> str:
        """As lines of the log name it: in the letters a small QR code has room for."""
        return self.public_id.removeprefix("dev_").upper()

    def end(self, *, by: int | None, now: datetime) -> None:
        if self.ended_at is None:
            self.ended_at, self.ended_by = now, by


class ConflictKind(StrEnum):
    """Why an admission at a door does not stand."""

    TWICE = "twice"
    REFUNDED = "refunded"
    CANCELLED = "cancelled"
    TRANSFERRED = "transferred"
    WRONG_EVENT = "wrong_event"
    UNKNOWN = "unknown"
    ENDED_DEVICE = "ended_device"


class Conflict(Model):
    """Somebody came in who should not have, as was found out later. `against`: the scan that
    stands."""

    __tablename__ = "conflicts"
    __table_args__ = (sa.Index("ix_conflicts_event_id", "event_id", "id"),)

    id: Mapped[Id]
    event_id: Mapped[int] = reference("events.id", index=False)
    ticket_id: Mapped[int | None] = reference("tickets.id")
    kind: Mapped[ConflictKind]
    scan_row: Mapped[int] = mapped_column(sa.BigInteger, sa.ForeignKey("scans.id"), unique=True)
    against: Mapped[int | None] = mapped_column(sa.BigInteger, sa.ForeignKey("scans.id"))
    found_at: Mapped[datetime]
    gone_at: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]
    seen_by: Mapped[int | None] = reference("users.id", index=False)


class RefusedLine(Model):
    """A line that could not be taken, as it came: nothing a phone sends is lost without a word."""

    __tablename__ = "refused_lines"
    __table_args__ = (sa.UniqueConstraint("event_id", "line_hash"),)

    id: Mapped[Id]
    event_id: Mapped[int] = reference("events.id", index=False)
    line_hash: Mapped[bytes]
    line: Mapped[str]
    why: Mapped[str]
    by_device_id: Mapped[int | None] = reference("devices.id", index=False)
    received_at: Mapped[datetime]


class Seal(Model):
    """A ticket's name as the list carries it: made once, and again when name or keys change."""

    __tablename__ = "ticket_seals"

    ticket_id: Mapped[int] = mapped_column(
        sa.BigInteger, sa.ForeignKey("tickets.id"), primary_key=True, autoincrement=False
    )
    made_from: Mapped[bytes]
    name: Mapped[str]
    rotating: Mapped[str] = mapped_column(default="")


class DoorPin(Model):
    """What a phone asks for before its settings are changed."""

    __tablename__ = "door_pins"

    event_id: Mapped[int] = mapped_column(
        sa.BigInteger, sa.ForeignKey("events.id"), primary_key=True, autoincrement=False
    )
    salt: Mapped[bytes]
    hash: Mapped[bytes]
    set_by: Mapped[int] = reference("users.id", index=False)
    set_at: Mapped[datetime]
