"""Gates, devices and conflicts of an event; whom a cookie belongs to."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from tixapp.core.db import db
from tixapp.core.errors import NotFound
from tixapp.events.models import Event, Tier
from tixapp.events.rules import fold
from tixapp.tickets.models import Scan, Ticket, TicketStatus

from .models import Device, DoorPin, Gate

PEOPLE_MOST = 8
SHORTEST_NAME = 3


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody a door looks for by name."""

    ticket_id: str
    tier: str
    holder: str
    status: TicketStatus
    inside: bool
    frozen_at: datetime | None
    order_id: int

    @property
    def state(self) -> str:
        """As a row of the list says it."""
        return state_of(self.status, inside=self.inside, is_frozen=self.frozen_at is not None)


def state_of(status: TicketStatus, *, inside: bool, is_frozen: bool) -> str:
    """One letter: docs/door.md, section 4."""
    if status == TicketStatus.USED:
        return "u" if inside else "l"
    if status == TicketStatus.VALID:
        return "c" if is_frozen else "v"
    return status.value[0]


def token_hash(token: str) -> bytes:
    return hashlib.sha256(b"tixapp.door.device.1:" + token.encode()).digest()


def code_hash(typed: str) -> bytes:
    """Of a pairing code, with or without its hyphen, in any case."""
    code = "".join(letter for letter in typed.upper() if letter.isascii() and letter.isalnum())
    return hashlib.sha256(b"tixapp.door.pairing.1:" + code.encode()).digest()


def device_of(token: str) -> Device | None:
    """Whose cookie this is, ended or not; with its event and gate."""
    return db.session.scalar(
        sa.select(Device)
        .where(Device.token_hash == token_hash(token))
        .options(joinedload(Device.event, innerjoin=True), joinedload(Device.gate))
    )


def device_of_event(public_id: str, event_id: int) -> Device:
    """Raises NotFound."""
    found = db.session.scalar(
        sa.select(Device).where(Device.public_id == public_id, Device.event_id == event_id)
    )
    if found is None:
        raise NotFound("There is no such phone.")
    return found


def devices_of(event_id: int) -> Sequence[Device]:
    """The ones that stand, and those ended; the latest first. With their gates."""
    return db.session.scalars(
        sa.select(Device)
        .where(Device.event_id == event_id)
        .options(joinedload(Device.gate))
        .order_by(Device.ended_at.is_not(None), Device.id.desc())
        .limit(200)
    ).all()


def handles_of(event_id: int, handles: Iterable[str]) -> dict[int, str]:
    """Those of them that are of this event, by id."""
    names = {f"dev_{handle.lower()}" for handle in handles if handle.isascii()}
    rows = db.session.scalars(
        sa.select(Device).where(Device.public_id.in_(names), Device.event_id == event_id)
    )
    return {device.id: device.handle for device in rows}


def highest_number(device_id: int) -> int:
    """The highest number of its log that is here; 0 without any."""
    return (
        db.session.scalar(sa.select(sa.func.max(Scan.number)).filter_by(device_id=device_id)) or 0
    )


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


def gates_of(event_id: int) -> Sequence[Gate]:
    """Open ones, by number."""
    return db.session.scalars(
        sa.select(Gate)
        .where(Gate.event_id == event_id, Gate.closed_at.is_(None))
        .order_by(Gate.number)
    ).all()


def gate_of_event(public_id: str, event_id: int) -> Gate:
    """Raises NotFound."""
    found = db.session.scalar(
        sa.select(Gate).where(Gate.public_id == public_id, Gate.event_id == event_id)
    )
    if found is None:
        raise NotFound("There is no such gate.")
    return found


def gate_by_number(number: int, event_id: int) -> Gate:
    """An open one. Raises NotFound."""
    found = db.session.scalar(
        sa.select(Gate).where(
            Gate.number == number, Gate.event_id == event_id, Gate.closed_at.is_(None)
        )
    )
    if found is None:
        raise NotFound("There is no such gate.")
    return found


def gate_named(name: str, event_id: int) -> Gate | None:
    """An open one."""
    return db.session.scalar(
        sa.select(Gate).where(
            Gate.event_id == event_id, Gate.name == name, Gate.closed_at.is_(None)
        )
    )


def gates_that_take(ticket_id: str, event_id: int) -> list[str]:
    """Names of the open gates where this ticket, by its public id, may come in."""
    wanted = sa.select(Ticket.tier_id).where(
        Ticket.public_id == ticket_id, Ticket.event_id == event_id
    )
    tier_id = db.session.scalar(wanted)
    return [gate.name for gate in gates_of(event_id) if tier_id and gate.takes(tier_id)]


def people_named(event_id: int, wanted: str, *, limit: int = PEOPLE_MOST) -> list[Person]:
    """Whose name has a word that begins so; as little of each as a door needs to tell them apart.

    A place in a crowd, not a list of guests: a few at a time, and never what they paid.
    """
    pattern = "".join(c for c in fold(wanted) if c.isalnum() or c in " '-").strip()
    if len(pattern) < SHORTEST_NAME:
        return []
    name = sa.func.fold_words(Ticket.holder_name)
    rows = db.session.execute(
        sa.select(
            Ticket.public_id,
            Tier.name,
            Ticket.holder_name,
            Ticket.status,
            Ticket.inside,
            Ticket.frozen_at,
            Ticket.order_id,
        )
        .join(Tier, Tier.id == Ticket.tier_id)
        .where(
            Ticket.event_id == event_id,
            sa.or_(name.startswith(pattern), name.contains(f" {pattern}")),
        )
        .order_by(Ticket.holder_name, Ticket.id)
        .limit(limit)
    )
    return [Person(*row) for row in rows]


def pin_of(event_id: int) -> DoorPin | None:
    return db.session.get(DoorPin, event_id)


def phones_paired_by(user_id: int, seller_id: int) -> int:
    """How many that are nobody's own still scan at the doors of a seller."""
    query = (
        sa.select(sa.func.count())
        .select_from(Device)
        .join(Event, Event.id == Device.event_id)
        .where(
            Event.seller_id == seller_id,
            Device.paired_by == user_id,
            Device.user_id.is_(None),
            Device.ended_at.is_(None),
        )
    )
    return db.session.scalar(query) or 0
