"""The waiting list of an event: who asked for places, in which order, and how far each has come.

    Entry    waiting ─offer→ offered ─purchase→ purchased
                │  ↑            ├─lapse→ expired                  nobody took it in time
                │  └─decline────┤                                 of fewer than asked for
              pause/return      └─leave→ left
                │
             paused ─leave→ left

A waiting entry changes under the lock of its list, an offered one under that of its hold. The
numbers of an event's entries are given out under the list's lock, so their order is the order in
which they were committed.
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
from tixapp.inventory.models import Hold

ANY_TIER = 0


class WaitingList(Model):
    """One for an event, made when the first person joins or the seller closes it.

    `waiting` counts the entries that wait now. `over_at`: the event will not take place, or has,
    and everyone was told.
    """

    __tablename__ = "waiting_lists"
    __table_args__ = (sa.CheckConstraint("waiting >= 0", name="waiting"),)

    event_id: Mapped[int] = mapped_column(
        sa.BigInteger, sa.ForeignKey("events.id"), primary_key=True, autoincrement=False
    )
    next_number: Mapped[int] = mapped_column(sa.BigInteger, default=1)
    waiting: Mapped[int] = mapped_column(default=0)
    closed_at: Mapped[datetime | None]
    over_at: Mapped[datetime | None]

    def take_numbers(self, count: int) -> int:
        """The first of so many numbers in a row."""
        first = self.next_number
        self.next_number += count
        return first


class WaitingCount(Model):
    """How many wait in one stretch of numbers: 100, 10,000 or 1,000,000 long (levels 1, 2, 3).

    With these a place is the sum of at most a hundred rows a level, however long the list.
    """

    __tablename__ = "waiting_counts"
    __table_args__ = (
        sa.PrimaryKeyConstraint("event_id", "tier_key", "level", "stretch"),
        sa.CheckConstraint("waiting >= 0", name="waiting"),
    )

    event_id: Mapped[int] = reference("events.id", index=False)
    tier_key: Mapped[int] = mapped_column(sa.BigInteger)
    level: Mapped[int] = mapped_column(sa.SmallInteger)
    stretch: Mapped[int] = mapped_column(sa.BigInteger)
    waiting: Mapped[int]


class EntryStatus(StrEnum):
    WAITING = "waiting"
    PAUSED = "paused"
    OFFERED = "offered"
    PURCHASED = "purchased"
    EXPIRED = "expired"
    LEFT = "left"


LIVE = (EntryStatus.WAITING, EntryStatus.PAUSED, EntryStatus.OFFERED)


class Because(StrEnum):
    """Why an entry rests or has ended, where it was not its owner's wish."""

    LIMIT = "limit"  # they have as many tickets as one person may
    CANCELLED = "cancelled"  # the event was
    OVER = "over"  # the event is
    UNTOLD = "untold"  # an offer ended, and its letter had not left by then


class WaitingEntry(Stateful, Model):
    """One person's wish for places. `tier_key` repeats `tier_id`, 0 for any tier.

    `need` is the least they take: all for those who stay together, else one, and more once they
    have declined so many. `passed_over`: how often others behind got places that were too few here.
    """

    __tablename__ = "waiting_entries"
    __table_args__ = (
        sa.CheckConstraint("quantity > 0 AND need BETWEEN 1 AND quantity", name="quantity"),
        sa.CheckConstraint("tier_key = coalesce(tier_id, 0)", name="tier_key"),
        sa.CheckConstraint("status <> 'offered' OR hold_id IS NOT NULL", name="offer_has_hold"),
        sa.UniqueConstraint("event_id", "number"),
        sa.Index(
            "uq_waiting_entries_live",
            "event_id",
            "user_id",
            "tier_key",
            unique=True,
            postgresql_where=sa.text("status IN ('waiting', 'paused', 'offered')"),
        ),
        sa.Index(
            "ix_waiting_entries_line",
            "event_id",
            "tier_key",
            "need",
            "number",
            postgresql_where=sa.text("status = 'waiting'"),
        ),
        sa.Index(
            "ix_waiting_entries_place",
            "event_id",
            "number",
            "tier_key",
            postgresql_where=sa.text("status = 'waiting'"),
        ),
        sa.Index(
            "ix_waiting_entries_unmailed",
            "offered_at",
            postgresql_where=sa.text("status = 'offered' AND mailed_at IS NULL"),
        ),
        sa.Index("ix_waiting_entries_event_id_status", "event_id", "status"),
        sa.Index("ix_waiting_entries_user_id_joined_at", "user_id", "joined_at"),
    )
    MOVES: ClassVar = {
        EntryStatus.WAITING: frozenset({EntryStatus.OFFERED, EntryStatus.PAUSED, EntryStatus.LEFT}),
        EntryStatus.PAUSED: frozenset({EntryStatus.WAITING, EntryStatus.LEFT}),
        EntryStatus.OFFERED: frozenset(
            {
                EntryStatus.PURCHASED,
                EntryStatus.EXPIRED,
                EntryStatus.LEFT,
                EntryStatus.WAITING,
                EntryStatus.PAUSED,
            }
        ),
        EntryStatus.PURCHASED: frozenset(),
        EntryStatus.EXPIRED: frozenset(),
        EntryStatus.LEFT: frozenset(),
    }

    id: Mapped[Id]
    public_id: Mapped[str] = mapped_column(unique=True, default=lambda: new_id("wait"))
    event_id: Mapped[int] = reference("events.id", index=False)
    user_id: Mapped[int] = reference("users.id", index=False)
    tier_id: Mapped[int | None] = reference("tiers.id")
    tier_key: Mapped[int] = mapped_column(sa.BigInteger)
    quantity: Mapped[int]
    need: Mapped[int]
    number: Mapped[int] = mapped_column(sa.BigInteger)
    status: Mapped[EntryStatus] = mapped_column(default=EntryStatus.WAITING)
    joined_at: Mapped[datetime]
    passed_over: Mapped[int] = mapped_column(sa.SmallInteger, default=0)
    hold_id: Mapped[int | None] = reference("holds.id", index=False, unique=True)
    granted: Mapped[int | None]
    offered_at: Mapped[datetime | None]
    mailed_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    because: Mapped[Because | None]

    event: Mapped[Event] = relationship(lazy="raise")
    tier: Mapped[Tier | None] = relationship(lazy="raise")
    hold: Mapped[Hold | None] = relationship(lazy="raise")

    @property
    def is_together(self) -> bool:
        """All or nothing."""
        return self.need == self.quantity

    @property
    def is_live(self) -> bool:
        return self.status in LIVE

    def offer(self, hold: Hold, quantity: int, *, now: datetime) -> None:
        self._move_to(EntryStatus.OFFERED)
        self.hold_id, self.granted, self.offered_at = hold.id, quantity, now
        self.mailed_at = self.accepted_at = None
        self.passed_over = 0

    def accept(self, *, now: datetime) -> None:
        self.accepted_at = self.accepted_at or now

    def decline(self, *, now: datetime) -> None:
        """Of fewer than asked for: the place is kept, and so few are not offered again."""
        if self.granted is None or self.granted >= self.quantity:
            self.leave(now=now)
            return
        self._move_to(EntryStatus.WAITING)
        self.need = max(self.need, self.granted + 1)
        self.hold_id = self.granted = self.offered_at = None

    def rest_untold(self) -> None:
        """An offer has ended that its owner was never told of: the place is kept."""
        self.pause(because=Because.UNTOLD)
        self.hold_id = self.granted = self.offered_at = None

    def pause(self, *, because: Because | None = None) -> None:
        self._move_to(EntryStatus.PAUSED)
        self.because = because

    def come_back(self) -> None:
        self._move_to(EntryStatus.WAITING)
        self.because = None

    def purchase(self, *, now: datetime) -> None:
        self._end(EntryStatus.PURCHASED, now)

    def expire(self, *, now: datetime) -> None:
        self._end(EntryStatus.EXPIRED, now)

    def leave(self, *, now: datetime, because: Because | None = None) -> None:
        self._end(EntryStatus.LEFT, now)
        self.because = because

    def _end(self, status: EntryStatus, now: datetime) -> None:
        self._move_to(status)
        self.ended_at = now
