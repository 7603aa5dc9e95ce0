"""At the door: a ticket is looked at, and admits once."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import joinedload

from tixapp.core.db import db, locked
from tixapp.events.models import Entry, Tier
from tixapp.tickets.codes import TicketCodes, typed_ticket_id
from tixapp.tickets.models import CheckIn, Scan, Ticket, TicketStatus
from tixapp.tickets.queries import earlier_answer, last_check_in, standing_check_in
from tixapp.tickets.rules import Direction, Result, ScanResult

# Built once: each scan at each door asks these.
_SCANS = cast("sa.Table", Scan.__table__)
_REMEMBER = insert(_SCANS).on_conflict_do_nothing().returning(_SCANS.c.id)
_TICKET = (
    sa.select(Ticket)
    .where(Ticket.public_id == sa.bindparam("public_id"))
    .options(joinedload(Ticket.tier, innerjoin=True).load_only(Tier.name))
)
_LOCKED_TICKET = locked(_TICKET, of=Ticket)


@dataclass(frozen=True)
class Door:
    """Who scans, with which device, for which event, at which gate, by which rules.

    `tiers`: those that may enter here; None: all of them.
    """

    event_id: int
    user_id: int | None
    gate: str
    device_id: int | None = None
    gate_number: int = 0
    tiers: frozenset[int] | None = None
    entry: Entry = Entry.SINGLE
    direction: Direction = Direction.IN

    def takes(self, tier_id: int) -> bool:
        return self.tiers is None or tier_id in self.tiers


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
    ticket_id = codes.ticket_id(code)
    return look_at(ticket_id, door=door, scan_id=scan_id, scanned_at=scanned_at, now=now)


def check_in_by_id(
    typed: str, *, door: Door, scan_id: str | None, scanned_at: datetime, now: datetime
) -> ScanResult:
    """The same for the thirteen characters under the QR, typed by door staff."""
    ticket_id = typed_ticket_id(typed)
    return look_at(ticket_id, door=door, scan_id=scan_id, scanned_at=scanned_at, now=now)


def look_at(
    ticket_id: str | None, *, door: Door, scan_id: str | None, scanned_at: datetime, now: datetime
) -> ScanResult:
    """Both, once the ticket's id is read. None: it was no code of ours."""
    ticket = _locked_ticket(ticket_id) if ticket_id else None
    # Asked under the lock: a second request with this scan_id waits there for the first's answer.
    if scan_id and (answer := _answered(door, scan_id)):
        return ScanResult.from_answer(answer)
    result, came_in = _judge(ticket, door, scanned_at)
    row = _remember(ticket, result, door=door, scan_id=scan_id, scanned_at=scanned_at, now=now)
    if came_in is not None:
        came_in.scan_row = row
    return result


def undo_check_in(ticket_id: int, *, by: int | None, now: datetime) -> bool:
    """Takes a check-in back; False when none stands."""
    ticket: Ticket = db.session.scalars(locked(sa.select(Ticket).filter_by(id=ticket_id))).one()
    standing = standing_check_in(ticket_id)
    if standing is None:
        return False
    standing.undone_at, standing.undone_by = now, by
    if standing.scan_row is not None:
        db.session.execute(
            sa.update(Scan).where(Scan.id == standing.scan_row).values(undone_at=now)
        )
    ticket.undo_use()
    return True


def _answered(door: Door, scan_id: str) -> dict[str, Any] | None:
    return earlier_answer(door.event_id, door.user_id, scan_id, door.device_id)


def _judge(ticket: Ticket | None, door: Door, at: datetime) -> tuple[ScanResult, CheckIn | None]:
    """What to answer, and the check-in if there is a new one."""
    if ticket is None:
        return ScanResult(Result.UNKNOWN), None
    if ticket.event_id != door.event_id:
        return ScanResult(Result.WRONG_EVENT), None
    if door.direction == Direction.OUT:
        return _leave(ticket, at), None
    refused = _refusal(ticket, door)
    if refused is not None:
        return refused, None
    return _enter(ticket, door, at)


def _refusal(ticket: Ticket, door: Door) -> ScanResult | None:
    """Why this ticket does not admit here, whether or not its holder is inside."""
    if not ticket.is_standing:
        return _said(Result(ticket.status.value), ticket)
    if ticket.frozen_at is not None and ticket.status == TicketStatus.VALID:
        return _said(Result.CANCELLED, ticket)
    return None if door.takes(ticket.tier_id) else _said(Result.WRONG_GATE, ticket)


def _enter(ticket: Ticket, door: Door, at: datetime) -> tuple[ScanResult, CheckIn | None]:
    if ticket.status == TicketStatus.USED:
        before = last_check_in(ticket.id)
        if not _may_enter_again(before, door.entry):
            used_at, gate = (before.at, before.gate) if before else (None, None)
            return _said(Result.ALREADY_USED, ticket, used_at=used_at, gate=gate), None
        if before is not None and before.left_at is None:
            before.left_at = at
            db.session.flush()  # its place in the index goes before the next one takes it
    ticket.use()
    came_in = CheckIn(
        ticket_id=ticket.id,
        event_id=ticket.event_id,
        gate=door.gate,
        gate_number=door.gate_number,
        by_user_id=door.user_id,
        device_id=door.device_id,
        at=at,
    )
    db.session.add(came_in)
    times = ticket.entries if ticket.entries > 1 else None
    gate = door.gate or None
    return _said(Result.ADMITTED, ticket, used_at=at, gate=gate, entries=times), came_in


def _may_enter_again(before: CheckIn | None, entry: Entry) -> bool:
    if entry == Entry.REENTRY:
        return before is not None and before.left_at is not None
    return entry == Entry.MULTIPLE


def _leave(ticket: Ticket, at: datetime) -> ScanResult:
    standing = standing_check_in(ticket.id) if ticket.is_standing else None
    if standing is None:
        return _said(Result.NOT_INSIDE, ticket)
    standing.left_at = at
    ticket.leave()
    return _said(Result.LEFT, ticket)


def _said(result: Result, ticket: Ticket, **more: Any) -> ScanResult:
    return ScanResult(result, ticket.tier.name, ticket.holder_name or None, **more)


def _remember(
    ticket: Ticket | None,
    result: ScanResult,
    *,
    door: Door,
    scan_id: str | None,
    scanned_at: datetime,
    now: datetime,
) -> int | None:
    """Its row; None where another scan has this id."""
    row: int | None = db.session.connection().scalar(
        _REMEMBER,
        {
            "event_id": door.event_id,
            "ticket_id": ticket.id if ticket and ticket.event_id == door.event_id else None,
            "by_user_id": door.user_id,
            "device_id": door.device_id,
            "scan_id": scan_id,
            "kind": door.direction.value,
            "result": result.result.value,
            "answer": result.answer(),
            "gate": door.gate,
            "gate_number": door.gate_number,
            "scanned_at": scanned_at,
            "received_at": now,
        },
    )
    return row


def _locked_ticket(public_id: str) -> Ticket | None:
    found: Ticket | None = db.session.scalar(_LOCKED_TICKET, {"public_id": public_id})
    return found
