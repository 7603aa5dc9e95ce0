"""Reading lines, telling whose they are, and answering for each."""

from collections.abc import Sequence
from hashlib import sha256
from typing import cast

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from tixapp.core.db import db, locked
from tixapp.door.actions.standing import settle
from tixapp.door.models import Device, RefusedLine
from tixapp.door.rules.lines import LONGEST, Line, Malformed, read_line
from tixapp.door.seals import DoorKeys
from tixapp.events.models import Event
from tixapp.tickets.models import Ticket

from .batch import Batch, Sending, Taken
from .store import store

_REFUSED = cast("sa.Table", RefusedLine.__table__)


def take_lines(event: Event, sending: Sending, keys: DoorKeys) -> list[Taken]:
    """One answer for each line, in order. Locks the tickets they speak of, ids ascending."""
    answers, read = _read(sending.lines)
    devices = _devices(event.id, [line.device for line in read.values()])
    proven = _proven(read, answers, devices, keys)
    tickets = _locked_tickets([line.ticket for line in proven.values() if line.ticket])
    batch = Batch(event, sending, answers, devices, tickets, proven)
    if proven:
        store(batch)
    _note_refused(event.id, sending, answers)
    settle(_touched(batch), event, now=sending.received)
    return answers


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
