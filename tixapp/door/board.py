"""How the doors of an event do at this moment: what the manager sees across the room."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from tixapp.core.db import db
from tixapp.events.models import Event, Tier
from tixapp.tickets.models import Scan, Ticket
from tixapp.tickets.queries import door_counts
from tixapp.tickets.rules import Result

from .models import Conflict, ConflictKind, Device
from .queries import devices_of

PACE_OVER = timedelta(minutes=5)
MINUTES_SHOWN = 30
CONFLICTS_SHOWN = 50
SCANS_SHOWN = 8
# A phone says something every half minute while it has a network.
SILENT_AFTER = timedelta(minutes=2)
NOT_REFUSED = (Result.ADMITTED, Result.LEFT, "undone")


@dataclass(frozen=True, slots=True)
class GateRow:
    name: str
    admitted: int
    refused: int
    per_minute: float


@dataclass(frozen=True, slots=True)
class Phone:
    """`silent_for` None: heard of within two minutes. `battery` in percent."""

    device: Device
    silent_for: timedelta | None
    battery: int | None


@dataclass(frozen=True, slots=True)
class Clash:
    """Somebody who came in and should not have: when and where, and what stands instead."""

    kind: ConflictKind
    ticket: str | None
    tier: str | None
    gate: str
    phone: str | None
    at: datetime
    is_doubtful: bool
    other_gate: str | None
    other_phone: str | None
    other_at: datetime | None
    is_seen: bool


@dataclass(frozen=True, slots=True)
class Board:
    inside: int
    admitted: int
    expected: int
    per_minute: float
    minutes: list[int]
    gates: list[GateRow]
    refusals: list[tuple[str, int]]
    phones: list[Phone]
    clashes: list[Clash]
    scans: Sequence[Any]
    now: datetime

    @property
    def unseen(self) -> int:
        return sum(not clash.is_seen for clash in self.clashes)

    @property
    def all_in_at(self) -> datetime | None:
        """When the rest is in, if it goes on like this."""
        left = self.expected - self.admitted
        if left <= 0 or self.per_minute <= 0:
            return None
        return self.now + timedelta(minutes=left / self.per_minute)


def board_of(event: Event, *, now: datetime) -> Board:
    counts = door_counts(event.id)
    scans = _scans_by_gate_and_result(event.id, now)
    gates, refusals = _gates(scans), _refusals(scans)
    return Board(
        inside=counts["inside"],
        admitted=counts["admitted"],
        expected=counts["expected"],
        per_minute=round(sum(gate.per_minute for gate in gates), 1),
        minutes=_minutes(event.id, now),
        gates=gates,
        refusals=refusals,
        phones=[_phone(device, now) for device in devices_of(event.id) if not device.ended_at],
        clashes=_clashes(event.id),
        scans=_last_scans(event.id),
        now=now,
    )


def _scans_by_gate_and_result(event_id: int, now: datetime) -> Sequence[Any]:
    return db.session.execute(
        sa.select(
            Scan.gate,
            Scan.result,
            sa.func.count().label("all"),
            sa.func.count().filter(Scan.scanned_at > now - PACE_OVER).label("lately"),
        )
        .where(Scan.event_id == event_id, Scan.undone_at.is_(None))
        .group_by(Scan.gate, Scan.result)
        .order_by(Scan.gate)
    ).all()


def _gates(scans: Sequence[Any]) -> list[GateRow]:
    names = list(dict.fromkeys(row.gate for row in scans))
    return [_gate(name, [row for row in scans if row.gate == name]) for name in names]


def _gate(name: str, scans: Sequence[Any]) -> GateRow:
    admitted = [row for row in scans if row.result == Result.ADMITTED]
    lately = sum(row.lately for row in admitted)
    return GateRow(
        name=name,
        admitted=sum(row.all for row in admitted),
        refused=sum(row.all for row in scans if row.result not in NOT_REFUSED),
        per_minute=lately / (PACE_OVER.total_seconds() / 60),
    )


def _refusals(scans: Sequence[Any]) -> list[tuple[str, int]]:
    """By reason, the most frequent first."""
    reasons: Counter[str] = Counter()
    for row in scans:
        if row.result not in NOT_REFUSED:
            reasons[row.result] += row.all
    return reasons.most_common()


def _minutes(event_id: int, now: datetime) -> list[int]:
    """Admissions in each of the last thirty minutes, the oldest first."""
    ago = sa.func.floor(sa.extract("epoch", now - Scan.scanned_at) / 60)
    rows = db.session.execute(
        sa.select(sa.cast(ago, sa.Integer).label("ago"), sa.func.count().label("came"))
        .where(
            Scan.event_id == event_id,
            Scan.scanned_at > now - timedelta(minutes=MINUTES_SHOWN),
            Scan.scanned_at <= now,
            Scan.result == Result.ADMITTED,
            Scan.undone_at.is_(None),
        )
        .group_by("ago")
    )
    came = {row.ago: row.came for row in rows}
    return [came.get(minute, 0) for minute in reversed(range(MINUTES_SHOWN))]


def _phone(device: Device, now: datetime) -> Phone:
    silent = now - device.seen_at
    battery = None if device.battery is None else round(device.battery * 100)
    return Phone(device, silent if silent > SILENT_AFTER else None, battery)


def _clashes(event_id: int) -> list[Clash]:
    """The latest first, those nobody has looked at before the others."""
    late, first = aliased(Scan), aliased(Scan)
    late_phone, first_phone = aliased(Device), aliased(Device)
    rows = db.session.execute(
        sa.select(
            Conflict.kind,
            Ticket.public_id,
            Tier.name,
            late.gate,
            late_phone.name,
            late.scanned_at,
            late.is_doubtful,
            first.gate,
            first_phone.name,
            first.scanned_at,
            Conflict.seen_at.is_not(None),
        )
        .join(late, late.id == Conflict.scan_row)
        .join(late_phone, late_phone.id == late.device_id, isouter=True)
        .join(first, first.id == Conflict.against, isouter=True)
        .join(first_phone, first_phone.id == first.device_id, isouter=True)
        .join(Ticket, Ticket.id == Conflict.ticket_id, isouter=True)
        .join(Tier, Tier.id == Ticket.tier_id, isouter=True)
        .where(Conflict.event_id == event_id, Conflict.gone_at.is_(None))
        .order_by(Conflict.seen_at.is_not(None), late.scanned_at.desc(), Conflict.id.desc())
        .limit(CONFLICTS_SHOWN)
    )
    return [Clash(*row) for row in rows]


def _last_scans(event_id: int) -> Sequence[Any]:
    return db.session.execute(
        sa.select(
            Scan.scanned_at,
            Scan.gate,
            Scan.result,
            Scan.undone_at,
            Ticket.public_id.label("ticket"),
            Ticket.holder_name.label("holder"),
            Ticket.inside,
        )
        .join(Ticket, Ticket.id == Scan.ticket_id, isouter=True)
        .where(Scan.event_id == event_id)
        .order_by(Scan.scanned_at.desc(), Scan.id.desc())
        .limit(SCANS_SHOWN)
    ).all()
