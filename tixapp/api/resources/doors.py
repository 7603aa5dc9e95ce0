"""Checking tickets in."""

from datetime import timedelta

from tixapp.api.answers import Answer
from tixapp.api.auth import Access
from tixapp.api.calls import Asked, Keyed, call
from tixapp.api.once import once
from tixapp.api.schemas.doors import ScanShown, ScanTaken, ScanWord
from tixapp.core.errors import Invalid
from tixapp.tickets.actions import Door, check_in, check_in_by_id
from tixapp.tickets.keys import ticket_codes
from tixapp.tickets.queries import scannable_event_id
from tixapp.tickets.rules import Result, ScanResult

# A scanner's clock may be ahead of ours by this much.
AHEAD = timedelta(minutes=1)
DOT = "."
# The words this address has had from the start. Gates and ways out are asked about elsewhere.
_WORDS: dict[Result, ScanWord] = {
    Result.ADMITTED: "admitted",
    Result.ALREADY_USED: "already_used",
    Result.REFUNDED: "refunded",
    Result.CANCELLED: "cancelled",
    Result.TRANSFERRED: "transferred",
    Result.WRONG_EVENT: "wrong_event",
    Result.WRONG_GATE: "wrong_event",
}


@call(
    "POST",
    "/tickets/validate",
    "Admits a ticket, once. For everyone who works for the event's organiser",
    access=Access.DOOR,
    takes=ScanTaken,
    answers=ScanShown,
    keyed=Keyed.HONOURED,
    refusals=(404,),
)
def validate_ticket(asked: Asked[ScanTaken]) -> Answer:
    scan = asked.takes
    if scan.scanned_at is not None and scan.scanned_at > asked.now + AHEAD:
        raise Invalid("A scan is not in the future.", {"scanned_at": "is in the future"})

    def look() -> Answer:
        event_id = scannable_event_id(scan.event_id, asked.caller.id)
        found = _scan(scan, Door(event_id, asked.caller.id, scan.gate), asked)
        return Answer(200, _shown(found).model_dump(mode="json", exclude_none=True))

    return once(asked, look)


def _scan(scan: ScanTaken, door: Door, asked: Asked[ScanTaken]) -> ScanResult:
    at = scan.scanned_at or asked.now
    if DOT in scan.code:
        return check_in(
            scan.code,
            codes=ticket_codes(),
            door=door,
            scan_id=scan.scan_id,
            scanned_at=at,
            now=asked.now,
        )
    return check_in_by_id(scan.code, door=door, scan_id=scan.scan_id, scanned_at=at, now=asked.now)


def _shown(found: ScanResult) -> ScanShown:
    return ScanShown(
        result=_WORDS.get(found.result, "unknown"),
        tier=found.tier,
        holder=found.holder,
        used_at=found.used_at,
        gate=found.gate,
    )
