"""Taking in what phones did by themselves: each line becomes a scan, or an answer why not.

Nothing here depends on the order in which lines arrive, nor on how often. The statements are as
many for five hundred lines as for one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from tixapp.core.db import db, locked
from tixapp.door.models import Conflict, ConflictKind, Device, Gate, RefusedLine
from tixapp.door.rules.lines import LONGEST, Line, Malformed, Moment, corrected, read_line
from tixapp.door.seals import DoorKeys
from tixapp.events.models import Event
from tixapp.tickets.models import Scan, Ticket

from .standing import DEEDS, settle

_SCANS = cast("sa.Table", Scan.__table__)
_REFUSED = cast("sa.Table", RefusedLine.__table__)
KINDS = {"IN": "in", "OUT": "out", "UNDO": "undo"}
# An offset beyond what any clock shows is kept out of the arithmetic.
FARTHEST_MS = 10**13


@dataclass(frozen=True, slots=True)
class Sending:
    """One request: what a phone sends, who brings it (None: a member), and when by both clocks."""

    lines: Sequence[object]
    sender: Device | None
    sent_ms: int
    received: datetime

    @property
    def offset_ms(self) -> int:
        """Our time less the sender's."""
        return int(self.received.timestamp() * 1000) - self.sent_ms


@dataclass(slots=True)
class Taken:
    """What becomes of one line: `state` new, known or refused, and then `why`."""

    scan_id: str
    state: str = "known"
    why: str = ""

    def refuse(self, why: str) -> None:
        self.state, self.why = "refused", why

    def answer(self) -> list[str]:
        return [part for part in (self.scan_id, self.state, self.why) if part]


@dataclass(slots=True)
class Batch:
    """The lines of one request that are whole and proven, by their place in it."""

    event: Event
    sending: Sending
    answers: list[Taken]
    devices: dict[str, Device]
    tickets: dict[str, Ticket]
    lines: dict[int, Line]

    def key(self, line: Line) -> tuple[int, str]:
        return self.devices[line.device].id, line.scan_id

    def ticket_here(self, line: Line) -> Ticket | None:
        ticket = self.tickets.get(line.ticket)
        return ticket if ticket is not None and ticket.event_id == self.event.id else None


def take_lines(event: Event, sending: Sending, keys: DoorKeys) -> list[Taken]:
    """One answer for each line, in order. Locks the tickets they speak of, ids ascending."""
    answers, read = _read(sending.lines)
    devices = _devices(event.id, [line.device for line in read.values()])
    proven = _proven(read, answers, devices, keys)
    tickets = _locked_tickets([line.ticket for line in proven.values() if line.ticket])
    batch = Batch(event, sending, answers, devices, tickets, proven)
    if proven:
        _store(batch)
    _note_refused(event.id, sending, answers)
    settle(_touched(batch), event, now=sending.received)
    return answers


def highest_known(device_ids: Sequence[int]) -> dict[int, int]:
    """For each device the number up to which all its lines are here, by its id."""
    ranked = (
        sa.select(
            Scan.device_id,
            Scan.number,
            sa.func.row_number()
            .over(partition_by=Scan.device_id, order_by=Scan.number)
            .label("place"),
        )
        .where(Scan.device_id.in_(device_ids), Scan.number.is_not(None))
        .subquery()
    )
    rows = db.session.execute(
        sa.select(ranked.c.device_id, sa.func.max(ranked.c.number))
        .where(ranked.c.number == ranked.c.place)
        .group_by(ranked.c.device_id)
    )
    return {int(device): int(number) for device, number in rows}


def _read(lines: Sequence[object]) -> tuple[list[Taken], dict[int, Line]]:
    answers, read = [], {}
    for place, text in enumerate(lines):
        try:
            line = read_line(text)
        except Malformed:
            answers.append(Taken(str(text)[:40], "refused", "malformed"))
        else:
            answers.append(Taken(line.scan_id))
            read[place] = line
    return answers, read


def _devices(event_id: int, handles: Sequence[str]) -> dict[str, Device]:
    """By handle; those of this event alone, ended ones too."""
    names = {f"dev_{handle.lower()}" for handle in handles}
    rows = db.session.scalars(
        sa.select(Device).where(Device.public_id.in_(names), Device.event_id == event_id)
    )
    return {device.handle: device for device in rows}


def _locked_tickets(names: Sequence[str]) -> dict[str, Ticket]:
    wanted = sa.select(Ticket).where(Ticket.public_id.in_(set(names))).order_by(Ticket.id)
    return {ticket.public_id: ticket for ticket in db.session.scalars(locked(wanted))}


def _proven(
    read: dict[int, Line], answers: list[Taken], devices: dict[str, Device], keys: DoorKeys
) -> dict[int, Line]:
    """Those that a device of this event wrote, in one order everywhere, so that two phones that
    bring the same lines do not lock each other."""
    proven = {}
    for place, line in sorted(read.items(), key=lambda item: (item[1].device, item[1].number)):
        device = devices.get(line.device)
        if device is None:
            answers[place].refuse("unknown_device")
        elif not keys.proves(line.signed, line.mac, device.public_id):
            answers[place].refuse("bad_mac")
        else:
            proven[place] = line
    return proven


def _touched(batch: Batch) -> list[Ticket]:
    found = (
        batch.ticket_here(line)
        for place, line in batch.lines.items()
        if batch.answers[place].state == "new"
    )
    return sorted({ticket for ticket in found if ticket is not None}, key=lambda one: one.id)


def _store(batch: Batch) -> None:
    gates = _gate_names(batch.event.id)
    rows = {batch.key(line): _scan_row(batch, line, gates) for line in batch.lines.values()}
    adding = insert(_SCANS).on_conflict_do_nothing()
    answered = adding.returning(_SCANS.c.id, _SCANS.c.device_id, _SCANS.c.scan_id)
    added = {
        (row.device_id, row.scan_id): row.id
        for row in db.session.execute(answered, list(rows.values()))
    }
    met = {}
    for place, line in batch.lines.items():
        if (row := added.pop(batch.key(line), None)) is not None:
            batch.answers[place].state = "new"
            _note_stranger(batch, line, row)
        else:
            met[place] = line
    if met:
        _meet_earlier(batch, met, rows)


def _gate_names(event_id: int) -> dict[int, str]:
    rows = db.session.execute(sa.select(Gate.number, Gate.name).where(Gate.event_id == event_id))
    return {row.number: row.name for row in rows}


def _moment(batch: Batch, line: Line) -> Moment:
    device, sending = batch.devices[line.device], batch.sending
    own = sending.sender is not None and sending.sender.id == device.id
    measured = sending.offset_ms if own else device.offset_ms
    if measured is not None and abs(measured) > FARTHEST_MS:
        measured = None
    return corrected(line, measured_ms=measured, known=device.paired_at, received=sending.received)


def _scan_row(batch: Batch, line: Line, gates: dict[int, str]) -> dict[str, Any]:
    device, ticket, moment = (
        batch.devices[line.device],
        batch.ticket_here(line),
        _moment(batch, line),
    )
    result = line.result.lower()
    return {
        "event_id": batch.event.id,
        "ticket_id": ticket.id if ticket is not None else None,
        "by_user_id": device.user_id,
        "device_id": device.id,
        "scan_id": line.scan_id,
        "number": line.number,
        "kind": KINDS[line.kind],
        "result": result,
        "answer": {"result": result},
        "gate": gates.get(line.gate, ""),
        "gate_number": line.gate if line.gate in gates else 0,
        "scanned_at": moment.at,
        "received_at": batch.sending.received,
        "is_doubtful": moment.is_doubtful,
        "undoes": line.undoes or None,
        "line": line.text,
    }


def _meet_earlier(
    batch: Batch, met: dict[int, Line], rows: dict[tuple[int, str], dict[str, Any]]
) -> None:
    """Lines whose scan id or number is here already: the same line again, what the server was asked
    before, or a second line under one number."""
    keys = {batch.key(line): line for line in met.values()}
    named = sa.tuple_(Scan.device_id, Scan.scan_id).in_(list(keys))
    found = db.session.scalars(locked(sa.select(Scan).where(named).order_by(Scan.id)))
    earlier = {(scan.device_id, scan.scan_id): scan for scan in found}
    taken = _taken_numbers([(key[0], line.number) for key, line in keys.items()])
    for place, line in met.items():
        key, answer = batch.key(line), batch.answers[place]
        scan = earlier.get(key)
        if (
            scan is None
            or scan.line not in {None, line.text}
            or (scan.line is None and (key[0], line.number) in taken)
        ):
            answer.refuse("number_taken")
        elif scan.line is None and _add_line(scan, line, rows[key]):
            answer.state = "new"


def _taken_numbers(wanted: list[tuple[int, int]]) -> set[tuple[int, int]]:
    rows = db.session.execute(
        sa.select(Scan.device_id, Scan.number).where(
            sa.tuple_(Scan.device_id, Scan.number).in_(wanted)
        )
    )
    return {(row.device_id or 0, row.number or 0) for row in rows}


def _add_line(scan: Scan, line: Line, row: dict[str, Any]) -> bool:
    """The server was asked first. Where its answer did not arrive the phone judged by itself, and
    what it showed is what happened: it let somebody in, or turned somebody away whom we had thought
    to be in. Whether the line says something new."""
    scan.line, scan.number = line.text, line.number
    let_in = line.is_deed and scan.result not in DEEDS
    turned_away = not line.is_deed and scan.result in DEEDS and line.is_own_judgement
    if not (let_in or turned_away):
        return False
    for name in ("kind", "result", "scanned_at", "is_doubtful", "ticket_id", "gate", "gate_number"):
        setattr(scan, name, row[name])
    db.session.flush()
    return True


def _note_stranger(batch: Batch, line: Line, row: int) -> None:
    """Somebody came in with a ticket of another event, or with none we know."""
    if (line.kind, line.result) != ("IN", "ADMITTED") or batch.ticket_here(line) is not None:
        return
    known = line.ticket in batch.tickets
    kind = ConflictKind.WRONG_EVENT if known else ConflictKind.UNKNOWN
    db.session.add(
        Conflict(event_id=batch.event.id, kind=kind, scan_row=row, found_at=batch.sending.received)
    )


def _note_refused(event_id: int, sending: Sending, answers: list[Taken]) -> None:
    rows = [
        {
            "event_id": event_id,
            "line_hash": sha256(text.encode("utf-8", "replace")).digest(),
            "line": text[:LONGEST].replace("\0", ""),
            "why": answer.why,
            "by_device_id": sending.sender.id if sending.sender else None,
            "received_at": sending.received,
        }
        for text, answer in zip(map(str, sending.lines), answers, strict=True)
        if answer.state == "refused"
    ]
    if rows:
        db.session.execute(insert(_REFUSED).on_conflict_do_nothing(), rows)
