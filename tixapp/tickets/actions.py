"""Issuing tickets, voiding them, and checking them in."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import joinedload

from tixapp.core.db import db, locked
from tixapp.core.ids import new_ticket_id
from tixapp.events.models import Tier

from .codes import TICKET_ID, TicketCodes, UnknownCode
from .models import CheckIn, Scan, Ticket, TicketStatus
from .queries import earlier_answer, standing_check_in
from .rules import Result, ScanResult

# Built once: each scan at each door asks these.
_REMEMBER = insert(cast("sa.Table", Scan.__table__)).on_conflict_do_nothing()
_TICKET = (
    sa.select(Ticket)
    .where(Ticket.public_id == sa.bindparam("public_id"))
    .options(joinedload(Ticket.tier, innerjoin=True).load_only(Tier.name))
)
_LOCKED_TICKET = locked(_TICKET, of=Ticket)


@dataclass(frozen=True)
class Grant:
    """`quantity` tickets of a tier, because of one order line."""

    order_line_id: int
    tier_id: int
    quantity: int


@dataclass(frozen=True)
class Door:
    """Who scans, for which event, at which gate."""

    event_id: int
    user_id: int
    gate: str


def issue_tickets(
    order_id: int,
    event_id: int,
    grants: Iterable[Grant],
    *,
    holder_id: int,
    holder_name: str,
    now: datetime,
) -> None:
    """One ticket a place. (order line, number) is unique: issuing twice is impossible."""
    rows = [
        {
            "public_id": new_ticket_id(),
            "order_id": order_id,
            "order_line_id": grant.order_line_id,
            "number": number,
            "event_id": event_id,
            "tier_id": grant.tier_id,
            "holder_id": holder_id,
            "holder_name": holder_name,
            "status": TicketStatus.VALID,
            "issued_at": now,
        }
        for grant in grants
        for number in range(1, grant.quantity + 1)
    ]
    db.session.execute(sa.insert(Ticket), rows)


def void_refunded(tickets: Sequence[Ticket], *, refund_id: int | None) -> dict[int, int]:
    """They stop admitting. How many places of each tier that frees."""
    for ticket in tickets:
        ticket.refund()
        ticket.refund_id = refund_id
    return _places(tickets)


def void_cancelled(tickets: Sequence[Ticket]) -> dict[int, int]:
    """The same where no money was paid, or none goes back."""
    for ticket in tickets:
        ticket.cancel()
    return _places(tickets)


def freeze(tickets: Sequence[Ticket], *, now: datetime) -> None:
    """A bank questions the payment: they do not admit while it does."""
    for ticket in tickets:
        ticket.frozen_at = ticket.frozen_at or now


def unfreeze(tickets: Sequence[Ticket]) -> None:
    for ticket in tickets:
        ticket.frozen_at = None


def check_in(
    code: str,
    *,
    codes: TicketCodes,
    door: Door,
    scan_id: str | None,
    scanned_at: datetime,
    now: datetime,
) -> ScanResult:
    """Admits the ticket behind a scanned code, once. The same `scan_id` gets the same answer."""
    try:
        ticket_id = codes.read(code.strip())
    except UnknownCode:
        ticket_id = None
    return _scan(ticket_id, door=door, scan_id=scan_id, scanned_at=scanned_at, now=now)


def check_in_by_id(
    typed: str, *, door: Door, scan_id: str | None, scanned_at: datetime, now: datetime
) -> ScanResult:
    """The same for the thirteen characters under the QR, typed by door staff."""
    text = "".join(typed.split()).replace("-", "").upper()
    ticket_id = text if TICKET_ID.fullmatch(text) else None
    return _scan(ticket_id, door=door, scan_id=scan_id, scanned_at=scanned_at, now=now)


def undo_check_in(ticket_id: int, *, by: int, now: datetime) -> bool:
    """Takes a check-in back; False when none stands."""
    ticket: Ticket = db.session.scalars(locked(sa.select(Ticket).filter_by(id=ticket_id))).one()
    standing = standing_check_in(ticket_id)
    if standing is None:
        return False
    standing.undone_at, standing.undone_by = now, by
    ticket.undo_use()
    return True


def _places(tickets: Sequence[Ticket]) -> dict[int, int]:
    return dict(Counter(ticket.tier_id for ticket in tickets))


def _scan(
    ticket_id: str | None, *, door: Door, scan_id: str | None, scanned_at: datetime, now: datetime
) -> ScanResult:
    ticket = _locked_ticket(ticket_id) if ticket_id else None
    # Asked under the lock: a second request with this scan_id waits there for the first's answer.
    if scan_id and (answer := earlier_answer(door.event_id, door.user_id, scan_id)):
        return ScanResult.from_answer(answer)
    result = _judge(ticket, door, scanned_at)
    _remember(ticket, result, door=door, scan_id=scan_id, scanned_at=scanned_at, now=now)
    return result


def _judge(ticket: Ticket | None, door: Door, at: datetime) -> ScanResult:
    if ticket is None:
        return ScanResult(Result.UNKNOWN)
    if ticket.event_id != door.event_id:
        return ScanResult(Result.WRONG_EVENT)
    tier, holder = ticket.tier.name, ticket.holder_name or None
    if ticket.status == TicketStatus.USED:
        before = standing_check_in(ticket.id)
        used_at, gate = (before.at, before.gate) if before else (None, None)
        return ScanResult(Result.ALREADY_USED, tier, holder, used_at=used_at, gate=gate)
    if ticket.status != TicketStatus.VALID:
        return ScanResult(Result(ticket.status.value), tier, holder)
    if ticket.frozen_at is not None:
        return ScanResult(Result.CANCELLED, tier, holder)
    ticket.use()
    db.session.add(
        CheckIn(
            ticket_id=ticket.id,
            event_id=ticket.event_id,
            gate=door.gate,
            by_user_id=door.user_id,
            at=at,
        )
    )
    return ScanResult(Result.ADMITTED, tier, holder, used_at=at, gate=door.gate or None)


def _remember(
    ticket: Ticket | None,
    result: ScanResult,
    *,
    door: Door,
    scan_id: str | None,
    scanned_at: datetime,
    now: datetime,
) -> None:
    db.session.connection().execute(
        _REMEMBER,
        {
            "event_id": door.event_id,
            "ticket_id": ticket.id if ticket and ticket.event_id == door.event_id else None,
            "by_user_id": door.user_id,
            "scan_id": scan_id,
            "result": result.result.value,
            "answer": result.answer(),
            "gate": door.gate,
            "scanned_at": scanned_at,
            "received_at": now,
        },
    )


def _locked_ticket(public_id: str) -> Ticket | None:
    found: Ticket | None = db.session.scalar(_LOCKED_TICKET, {"public_id": public_id})
    return found
