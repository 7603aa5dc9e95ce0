"""A scan that the server decides: with its order, and taken back within a minute."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from tixapp.core.db import db
from tixapp.core.errors import NotFound
from tixapp.core.trail import note
from tixapp.door.errors import TooLate
from tixapp.door.models import Conflict
from tixapp.events.models import Event
from tixapp.tickets.actions import Door, check_in_by_id, undo_check_in
from tixapp.tickets.models import CheckIn, Scan, Ticket, TicketStatus
from tixapp.tickets.rules import Result

UNDO_WITHIN = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Order:
    """The other tickets of a scanned one's order that could come in here as well."""

    ticket_ids: tuple[str, ...]


def rest_of_order(ticket_id: str, door: Door) -> Order:
    """By the ticket's public id; those not yet in, whose tier this gate takes."""
    scanned = sa.select(Ticket.order_id).where(Ticket.public_id == ticket_id).scalar_subquery()
    query = sa.select(Ticket.public_id).where(
        Ticket.order_id == scanned,
        Ticket.event_id == door.event_id,
        Ticket.public_id != ticket_id,
        Ticket.status == TicketStatus.VALID,
        Ticket.frozen_at.is_(None),
    )
    if door.tiers is not None:
        query = query.where(Ticket.tier_id.in_(door.tiers))
    return Order(tuple(db.session.scalars(query.order_by(Ticket.id))))


def admit_rest(order: Order, *, door: Door, scan_id: str | None, now: datetime) -> int:
    """How many came in. Each is a scan of its own, named after the first one's."""
    results = [
        check_in_by_id(
            ticket_id,
            door=door,
            scan_id=f"{scan_id}-{ticket_id}" if scan_id else None,
            scanned_at=now,
            now=now,
        ).result
        for ticket_id in order.ticket_ids
    ]
    return results.count(Result.ADMITTED)


def undo_scan(scan_id: str, door: Door, *, now: datetime) -> None:
    """By whoever admitted. Raises NotFound; TooLate after a minute or where it does not stand."""
    mine = (
        Scan.device_id == door.device_id
        if door.device_id is not None
        else (Scan.by_user_id == door.user_id) & Scan.device_id.is_(None)
    )
    scan = db.session.scalar(
        sa.select(Scan).where(Scan.event_id == door.event_id, Scan.scan_id == scan_id, mine)
    )
    if scan is None or scan.ticket_id is None or scan.result != Result.ADMITTED:
        raise NotFound("There is no such scan of this phone.")
    if scan.undone_at is not None:
        return
    if now - scan.scanned_at > UNDO_WITHIN or not _stands(scan.id):
        raise TooLate("It can be taken back for a minute. After that the organiser can.")
    undo_check_in(scan.ticket_id, by=door.user_id, now=now)


def _stands(scan_row: int) -> bool:
    return bool(
        db.session.scalar(
            sa.select(
                sa.exists().where(
                    CheckIn.scan_row == scan_row,
                    CheckIn.undone_at.is_(None),
                    CheckIn.left_at.is_(None),
                )
            )
        )
    )


def undo_by_manager(ticket_id: str, event: Event, *, by: int, now: datetime) -> bool:
    """At any time. False when its holder is not inside. Raises NotFound."""
    found = db.session.scalar(
        sa.select(Ticket.id).where(Ticket.public_id == ticket_id, Ticket.event_id == event.id)
    )
    if found is None:
        raise NotFound("There is no such ticket.")
    if not undo_check_in(found, by=by, now=now):
        return False
    note("ticket.check_in_undone", event.public_id, by=by, now=now, before={"ticket": ticket_id})
    return True


def see_conflicts(event_id: int, *, by: int, now: datetime) -> None:
    """Those found so far: somebody has looked at them."""
    db.session.execute(
        sa.update(Conflict)
        .where(
            Conflict.event_id == event_id,
            Conflict.seen_at.is_(None),
            Conflict.found_at <= now,
        )
        .values(seen_at=now, seen_by=by)
    )
