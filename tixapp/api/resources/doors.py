"""Checking tickets in."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from tixapp.accounts.queries import LiveKey
from tixapp.api.answers import Answer
from tixapp.api.auth import Access
from tixapp.api.calls import Asked, Keyed, Wanted, call
from tixapp.api.once import once
from tixapp.api.schemas.doors import ScanShown, ScanTaken, ScanWord
from tixapp.core.errors import Invalid
from tixapp.door.queries import gate_named, gates_that_take
from tixapp.tickets.actions import Door, look_at
from tixapp.tickets.at_once import admit_at_once
from tixapp.tickets.codes import typed_ticket_id
from tixapp.tickets.keys import rotating_codes, ticket_codes
from tixapp.tickets.queries import scannable_door
from tixapp.tickets.rules import Result, ScanResult

# A scanner's clock may be ahead of ours by this much.
AHEAD = timedelta(minutes=1)
DOT = "."
ROTATING = "R"
# The words this address has had from the start; ways out are asked about elsewhere.
_WORDS: dict[Result, ScanWord] = {
    Result.ADMITTED: "admitted",
    Result.ALREADY_USED: "already_used",
    Result.REFUNDED: "refunded",
    Result.CANCELLED: "cancelled",
    Result.TRANSFERRED: "transferred",
    Result.WRONG_EVENT: "wrong_event",
    Result.WRONG_GATE: "wrong_event",
}


def admit(wanted: Wanted[ScanTaken]) -> tuple[LiveKey, Answer] | None:
    """A ticket that is let in, as nearly all are."""
    scan = wanted.takes
    ticket_id = None if wanted.name else _ticket_id(scan, wanted.now)
    if ticket_id is None or _is_ahead(scan, wanted.now):
        return None
    done = admit_at_once(
        ticket_id,
        event_id=scan.event_id,
        shown=wanted.shown,
        gate=scan.gate,
        scan_id=scan.scan_id,
        scanned_at=scan.scanned_at or wanted.now,
        now=wanted.now,
    )
    return (done[0], _answer(done[1])) if done else None


@call(
    "POST",
    "/tickets/validate",
    "Admits a ticket, once. For everyone who works for the event's organiser",
    access=Access.DOOR,
    takes=ScanTaken,
    answers=ScanShown,
    keyed=Keyed.HONOURED,
    refusals=(404,),
    at_once=admit,
)
def validate_ticket(asked: Asked[ScanTaken]) -> Answer:
    scan = asked.takes
    if _is_ahead(scan, asked.now):
        raise Invalid("A scan is not in the future.", {"scanned_at": "is in the future"})
    ticket_id = _ticket_id(scan, asked.now)
    at = scan.scanned_at or asked.now

    def look() -> Answer:
        door = _door(scan, asked.caller.id)
        found = look_at(ticket_id, door=door, scan_id=scan.scan_id, scanned_at=at, now=asked.now)
        if found.result == Result.WRONG_GATE and ticket_id:
            return _answer(found, go_to=gates_that_take(ticket_id, door.event_id))
        return _answer(found)

    return once(asked, look)


def _door(scan: ScanTaken, user_id: int) -> Door:
    """With the rules of its gate, where the organiser has one of this name. Raises NotFound."""
    event_id, entry = scannable_door(scan.event_id, user_id)
    gate = gate_named(scan.gate, event_id) if scan.gate else None
    if gate is None:
        return Door(event_id, user_id, scan.gate, entry=entry)
    tiers = None if gate.tier_ids is None else frozenset(gate.tier_ids)
    return Door(event_id, user_id, gate.name, gate_number=gate.number, tiers=tiers, entry=entry)


def _is_ahead(scan: ScanTaken, now: datetime) -> bool:
    return scan.scanned_at is not None and scan.scanned_at > now + AHEAD


def _ticket_id(scan: ScanTaken, now: datetime) -> str | None:
    """A code that changes is looked at as of when it was scanned."""
    if DOT not in scan.code:
        return typed_ticket_id(scan.code)
    if scan.code.startswith(ROTATING):
        return rotating_codes().ticket_id(scan.code, now=scan.scanned_at or now)
    return ticket_codes().ticket_id(scan.code)


def _answer(found: ScanResult, *, go_to: Sequence[str] = ()) -> Answer:
    shown = ScanShown(
        result=_WORDS.get(found.result, "unknown"),
        tier=found.tier,
        holder=found.holder,
        used_at=found.used_at,
        gate=found.gate,
        why="wrong_gate" if found.result == Result.WRONG_GATE else None,
        go_to=", ".join(go_to) or None,
    )
    return Answer(200, shown.model_dump(mode="json", exclude_none=True))
