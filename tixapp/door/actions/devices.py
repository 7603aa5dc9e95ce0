"""How a phone becomes a device, and how it stops being one."""

import secrets
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from tixapp.core.db import db, locked
from tixapp.core.ids import new_secret
from tixapp.core.trail import note
from tixapp.door.errors import PairingUnknown
from tixapp.door.models import Device, Gate, Pairing
from tixapp.door.queries import code_hash, token_hash
from tixapp.events.models import Event

PAIRING_LIFE = timedelta(minutes=10)
# Without letters and digits that look alike: it is read from a screen and typed in the dark.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LETTERS = 8
NAME_LONGEST = 40


def open_pairing(gate: Gate, *, by: int, now: datetime) -> str:
    """A code for one phone. An earlier one for this gate that nobody used is dead."""
    stale = sa.delete(Pairing).where(Pairing.gate_id == gate.id, Pairing.used_at.is_(None))
    db.session.execute(stale)
    code = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LETTERS))
    db.session.add(
        Pairing(
            gate_id=gate.id,
            code_hash=code_hash(code),
            made_by=by,
            made_at=now,
            expires_at=now + PAIRING_LIFE,
        )
    )
    return f"{code[:4]}-{code[4:]}"


def pair(code: str, name: str, *, now: datetime) -> str:
    """The token for the cookie of the new device. Raises PairingUnknown.

    The code's row is locked: of two phones with one code the second finds it used.
    """
    wanted = sa.select(Pairing).where(Pairing.code_hash == code_hash(code))
    pairing = db.session.scalar(
        locked(wanted.options(joinedload(Pairing.gate, innerjoin=True)), of=Pairing)
    )
    if pairing is None or pairing.used_at is not None or pairing.expires_at <= now:
        raise PairingUnknown("This code is wrong, was used already, or is older than ten minutes.")
    pairing.used_at = now
    gate = pairing.gate
    _device, token = add_device(gate.event_id, gate.id, name, by=pairing.made_by, now=now)
    return token


def enrol(
    event_id: int, gate_id: int | None, name: str, *, user_id: int, now: datetime
) -> tuple[Device, str]:
    """The phone of somebody who is signed in."""
    device, token = add_device(event_id, gate_id, name, by=user_id, now=now)
    device.user_id = user_id
    return device, token


def end_device(device: Device, *, by: int | None, now: datetime) -> None:
    """Its cookie is dead with the commit."""
    device.end(by=by, now=now)
    event = db.session.get_one(Event, device.event_id)
    note("device.ended", event.public_id, by=by, now=now, before={"device": device.name})


def leave_doors(user_id: int, seller_id: int, *, by: int, now: datetime) -> None:
    """Somebody works for a seller no longer: their own phones end, and so do the codes that they
    made and nobody has typed yet."""
    events = sa.select(Event.id).where(Event.seller_id == seller_id)
    own = sa.select(Device).where(
        Device.user_id == user_id, Device.event_id.in_(events), Device.ended_at.is_(None)
    )
    for device in db.session.scalars(locked(own.order_by(Device.id))):
        end_device(device, by=by, now=now)
    db.session.execute(
        sa.delete(Pairing).where(
            Pairing.made_by == user_id,
            Pairing.used_at.is_(None),
            Pairing.gate_id.in_(sa.select(Gate.id).where(Gate.event_id.in_(events))),
        )
    )


def move_device(device: Device, gate: Gate | None, name: str | None) -> None:
    device.gate_id = gate.id if gate else None
    if name:
        device.name = name[:NAME_LONGEST]


def note_contact(
    device_id: int,
    *,
    offset_ms: int,
    battery: float | None,
    is_charging: bool | None,
    unsent: int | None,
    list_seq: str | None,
    now: datetime,
) -> None:
    """What a phone says of itself. What it leaves out stays as it was."""
    said = {
        "battery": battery,
        "is_charging": is_charging,
        "unsent": unsent,
        "list_seq": list_seq,
    }
    known = {name: value for name, value in said.items() if value is not None}
    db.session.execute(
        sa.update(Device)
        .where(Device.id == device_id)
        .values(seen_at=now, offset_ms=offset_ms, **known)
    )


def add_device(
    event_id: int, gate_id: int | None, name: str, *, by: int, now: datetime
) -> tuple[Device, str]:
    """A phone at this door from now on, and the token for its cookie: only its hash is kept."""
    token = new_secret()
    device = Device(
        event_id=event_id,
        gate_id=gate_id,
        name=name[:NAME_LONGEST],
        token_hash=token_hash(token),
        paired_at=now,
        paired_by=by,
        seen_at=now,
    )
    db.session.add(device)
    db.session.flush()
    event = db.session.get_one(Event, event_id)
    note("device.paired", event.public_id, by=by, now=now, after={"device": device.name})
    return device, token
