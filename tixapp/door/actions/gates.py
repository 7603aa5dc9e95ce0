"""Gates, the rules of entry, and the PIN."""

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import cast

import sqlalchemy as sa

from tixapp.core.db import db, locked
from tixapp.core.trail import note
from tixapp.door.errors import GateTaken, WrongPin
from tixapp.door.models import DoorPin, Gate
from tixapp.door.queries import pin_of
from tixapp.events.models import Entry, Event

# A PIN keeps hands off the settings of a phone; phones check it too, without a network.
PIN_ROUNDS = 100_000


def add_gate(
    event_id: int, name: str, tier_ids: Iterable[int] | None, *, by: int, now: datetime
) -> Gate:
    """Raises GateTaken. The event's row is locked: numbers are given one by one."""
    event = _locked_event(event_id)
    gates = db.session.scalars(sa.select(Gate).where(Gate.event_id == event_id)).all()
    if any(gate.name == name and gate.closed_at is None for gate in gates):
        raise GateTaken(name)
    number = max((gate.number for gate in gates), default=0) + 1
    tiers = None if tier_ids is None else sorted(tier_ids)
    gate = Gate(event_id=event_id, number=number, name=name, tier_ids=tiers)
    db.session.add(gate)
    db.session.flush()
    note("gate.added", event.public_id, by=by, now=now, after={"gate": name, "number": number})
    return gate


def change_gate(
    gate: Gate, name: str, tier_ids: Iterable[int] | None, *, by: int, now: datetime
) -> None:
    """Raises GateTaken."""
    event = _locked_event(gate.event_id)
    others = sa.select(Gate.id).where(
        Gate.event_id == gate.event_id,
        Gate.name == name,
        Gate.id != gate.id,
        Gate.closed_at.is_(None),
    )
    if db.session.scalar(others) is not None:
        raise GateTaken(name)
    before = {"gate": gate.name, "tiers": gate.tier_ids}
    gate.name, gate.tier_ids = name, None if tier_ids is None else sorted(tier_ids)
    after = {"gate": gate.name, "tiers": gate.tier_ids}
    note("gate.changed", event.public_id, by=by, now=now, before=before, after=after)


def close_gate(gate: Gate, *, by: int, now: datetime) -> None:
    """Nobody is sent there any more. Its number stays in what was scanned."""
    event = _locked_event(gate.event_id)
    gate.closed_at = gate.closed_at or now
    note("gate.closed", event.public_id, by=by, now=now, before={"gate": gate.name})


def set_entry(event_id: int, entry: Entry, *, rotating: bool, by: int, now: datetime) -> None:
    event = _locked_event(event_id)
    before = {"entry": event.entry.value, "rotating": event.has_rotating_codes}
    event.entry, event.has_rotating_codes = entry, rotating
    after = {"entry": entry.value, "rotating": rotating}
    if before != after:
        note("door.rules", event.public_id, by=by, now=now, before=before, after=after)


def set_pin(event_id: int, pin: str, *, by: int, now: datetime) -> None:
    """`pin` empty: none is asked for any more."""
    event = _locked_event(event_id)
    found = pin_of(event_id)
    if found is not None:
        db.session.delete(found)
        db.session.flush()
    if pin:
        salt = secrets.token_bytes(16)
        hashed = _hash(pin, salt)
        db.session.add(DoorPin(event_id=event_id, salt=salt, hash=hashed, set_by=by, set_at=now))
    note("door.pin", event.public_id, by=by, now=now, after={"set": bool(pin)})


def check_pin(event_id: int, pin: str) -> None:
    """Raises WrongPin where there is one and this is not it."""
    found = pin_of(event_id)
    if found is not None and not hmac.compare_digest(_hash(pin, found.salt), found.hash):
        raise WrongPin("That is not this event's PIN.")


def _hash(pin: str, salt: bytes) -> bytes:
    return hashlib.pbkdf2_hmac("sha256", pin.encode(), salt, PIN_ROUNDS)


def _locked_event(event_id: int) -> Event:
    found = db.session.scalars(locked(sa.select(Event).where(Event.id == event_id))).one()
    return cast("Event", found)
