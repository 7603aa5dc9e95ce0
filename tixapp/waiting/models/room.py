"""The waiting room: what one sale has published, who joined it, and who may buy now.

    Room    announced ─draw→ open ─sell out→ sold_out ─places come back→ open
                └──────────────┴───── close ─────┴─→ closed        the secret is published

PostgreSQL holds the promises: the cut never goes back and no pass is made during a pause (triggers
of the migration), a pass is below the cut and within the number who may shop at once (CHECKs), one
live pass for a person (a unique index).
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tixapp.core.db import Id, Model, reference
from tixapp.core.states import Stateful
from tixapp.events.models import Event


class RoomStatus(StrEnum):
    ANNOUNCED = "announced"
    OPEN = "open"
    SOLD_OUT = "sold_out"
    CLOSED = "closed"


class Room(Stateful, Model):
    """One sale's room. `opens_at` and `entrants_root` are written when it opens; `s0` is the draw:
    at once, or when the beacon that was promised has spoken.

    Whoever comes before the cut may go in. `closed_win` is the last window whose order is known; -1
    before the draw. `admitted` stand before the cut, `claimed` of them have had a pass. `rate` is
    people a minute, `a_max` how many may shop at once. `learned` is what this sale has taught.
    `list_first` and so many more are numbers of the waiting list, kept for the room in its order.
    """

    __tablename__ = "rooms"
    __table_args__ = (
        sa.CheckConstraint("rate > 0 AND a_max > 0", name="limits"),
        sa.CheckConstraint(
            "CASE status WHEN 'announced' THEN s0 IS NULL WHEN 'closed' THEN true"
            " ELSE s0 IS NOT NULL END",
            name="open_when_drawn",
        ),
        sa.CheckConstraint("master IS NULL OR status = 'closed'", name="secret_until_closed"),
        sa.Index("ix_rooms_running", "event_id", postgresql_where=sa.text("status <> 'closed'")),
    )
    MOVES: ClassVar = {
        RoomStatus.ANNOUNCED: frozenset({RoomStatus.OPEN, RoomStatus.CLOSED}),
        RoomStatus.OPEN: frozenset({RoomStatus.SOLD_OUT, RoomStatus.CLOSED}),
        RoomStatus.SOLD_OUT: frozenset({RoomStatus.OPEN, RoomStatus.CLOSED}),
        RoomStatus.CLOSED: frozenset(),
    }

    event_id: Mapped[int] = mapped_column(
        sa.BigInteger, sa.ForeignKey("events.id"), primary_key=True, autoincrement=False
    )
    status: Mapped[RoomStatus] = mapped_column(default=RoomStatus.ANNOUNCED)
    announced_at: Mapped[datetime]
    commitment: Mapped[str]
    sealed_master: Mapped[bytes]
    master: Mapped[bytes | None]
    beacon: Mapped[str] = mapped_column(default="none")
    opens_at: Mapped[datetime | None]
    entrants_root: Mapped[bytes | None]
    s0: Mapped[bytes | None]
    closed_win: Mapped[int] = mapped_column(default=-1)
    joined_before: Mapped[int] = mapped_column(default=0)
    joined_late: Mapped[int] = mapped_column(default=0)
    cut_win: Mapped[int] = mapped_column(default=0)
    cut_key: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    admitted: Mapped[int] = mapped_column(default=0)
    claimed: Mapped[int] = mapped_column(default=0)
    rate: Mapped[int]
    a_max: Mapped[int]
    is_strict: Mapped[bool]
    learned: Mapped[dict[str, Any]] = mapped_column(default=dict)
    list_first: Mapped[int | None] = mapped_column(sa.BigInteger)
    list_count: Mapped[int] = mapped_column(default=0, server_default="0")
    steered_at: Mapped[datetime | None]
    seq: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    document: Mapped[str] = mapped_column(default="")
    table_hash: Mapped[str] = mapped_column(default="")
    table: Mapped[bytes | None] = mapped_column("draw_table", deferred=True)

    event: Mapped[Event] = relationship(lazy="raise")

    @property
    def is_drawn(self) -> bool:
        return self.s0 is not None

    @property
    def joined(self) -> int:
        """Of those windows whose order is known."""
        return self.joined_before + self.joined_late

    @property
    def cut(self) -> tuple[int, int]:
        return self.cut_win, self.cut_key

    def is_below_cut(self, win: int, key: int | None) -> bool:
        return key is not None and (win, key) < self.cut

    def fix_entrants(self, *, opens_at: datetime, root: bytes, joined: int) -> None:
        self.opens_at, self.entrants_root = opens_at, root
        self.closed_win, self.joined_before = 0, joined

    def draw(self, s0: bytes) -> None:
        self._move_to(RoomStatus.OPEN)
        self.s0 = s0

    def sell_out(self) -> None:
        self._move_to(RoomStatus.SOLD_OUT)

    def list_number(self, rank: int | None) -> int | None:
        """The number of the waiting list that is kept for a place in the draw, if one is."""
        if self.list_first is None or rank is None or rank > self.list_count:
            return None
        return self.list_first + rank - 1

    def reopen(self) -> None:
        """Places came back that nobody on the list takes."""
        self._move_to(RoomStatus.OPEN)

    def close(self, master: bytes | None) -> None:
        """`master` None: the key that it was sealed under is lost."""
        self._move_to(RoomStatus.CLOSED)
        self.master = master


class RoomEntry(Model):
    """One account in one room. `key` is written when the order of its window is known; `asked_at`
    when somebody whose turn it is was told that the shop is full; `knocked_at` when the door asked
    them for a proof, until they have a pass."""

    __tablename__ = "room_entries"
    __table_args__ = (
        sa.CheckConstraint("win >= 0 AND length(eid) = 16", name="shape"),
        sa.CheckConstraint("key >= 0", name="key"),
        sa.Index("ix_room_entries_order", "event_id", "win", "key", "user_id"),
        sa.Index(
            "ix_room_entries_asked",
            "event_id",
            "asked_at",
            postgresql_where=sa.text("asked_at IS NOT NULL"),
        ),
    )

    # The person first: this index then finds all rooms of one, the other all people of a room.
    user_id: Mapped[int] = mapped_column(
        sa.BigInteger, sa.ForeignKey("users.id"), primary_key=True, autoincrement=False
    )
    event_id: Mapped[int] = mapped_column(
        sa.BigInteger, sa.ForeignKey("rooms.event_id"), primary_key=True, autoincrement=False
    )
    eid: Mapped[bytes]
    win: Mapped[int]
    key: Mapped[int | None] = mapped_column(sa.BigInteger)
    joined_at: Mapped[datetime]
    asked_at: Mapped[datetime | None]
    knocked_at: Mapped[datetime | None]


class PassEnd(StrEnum):
    BOUGHT = "bought"
    EXPIRED = "expired"
    LEFT = "left"


class RoomPass(Model):
    """One admitted person's time to choose. Live until `ended_at`; good until `expires_at`.

    `cut_win`, `cut_key`, `nth` and `a_max` are what was true when it was made: the proof stands in
    the row. `promised` places are kept for it; 0: none in particular.
    """

    __tablename__ = "room_passes"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["event_id", "user_id"], ["room_entries.event_id", "room_entries.user_id"]
        ),
        sa.CheckConstraint("(win, key) < (cut_win, cut_key)", name="below_the_cut"),
        sa.CheckConstraint("nth BETWEEN 1 AND a_max", name="within_the_room"),
        sa.CheckConstraint("(ended_at IS NULL) = (ended IS NULL)", name="end"),
        sa.Index(
            "uq_room_passes_one_live",
            "event_id",
            "user_id",
            unique=True,
            postgresql_where=sa.text("ended_at IS NULL"),
        ),
        sa.Index("ix_room_passes_event", "event_id", "id"),
        sa.Index("ix_room_passes_hold", "hold_id"),
    )

    id: Mapped[Id]
    event_id: Mapped[int] = mapped_column(sa.BigInteger)
    user_id: Mapped[int] = mapped_column(sa.BigInteger)
    win: Mapped[int]
    key: Mapped[int] = mapped_column(sa.BigInteger)
    cut_win: Mapped[int]
    cut_key: Mapped[int] = mapped_column(sa.BigInteger)
    nth: Mapped[int]
    a_max: Mapped[int]
    promised: Mapped[int]
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended: Mapped[PassEnd | None]
    hold_id: Mapped[int | None] = reference("holds.id", index=False)

    def is_good(self, *, now: datetime) -> bool:
        return self.ended_at is None and now < self.expires_at

    def end(self, why: PassEnd, *, now: datetime) -> None:
        self.ended_at, self.ended = now, why
