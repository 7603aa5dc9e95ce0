"""Lines as rows: new ones, and those that meet something that is here already."""

from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from tixapp.core.db import db, locked
from tixapp.door.actions.standing import DEEDS
from tixapp.door.models import Conflict, ConflictKind, Gate
from tixapp.door.rules.lines import Line, Moment, corrected
from tixapp.tickets.models import Scan

from .batch import FARTHEST_MS, Batch

_SCANS = cast("sa.Table", Scan.__table__)
KINDS = {"IN": "in", "OUT": "out", "UNDO": "undo"}


def store(batch: Batch) -> None:
    """Each line once, and the answer to each."""
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
