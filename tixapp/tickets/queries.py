"""Tickets of a person, of an order; what the door may see."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from tixapp.core.db import db, locked
from tixapp.core.errors import NotFound
from tixapp.events.models import Entry, Event, EventStatus
from tixapp.sellers.models import Member
from tixapp.tallies.models import CANCELLED, ISSUED, LEFT, REFUNDED, TRANSFERRED, USED
from tixapp.tallies.queries import totals_of

from .models import CheckIn, Scan, Ticket

# A scanner's list keeps an event until a day after it began.
DOOR_WINDOW = timedelta(days=1)


# Built once: each scan at each door asks these.
_EARLIER = sa.select(Scan.answer).where(
    Scan.event_id == sa.bindparam("event_id"),
    Scan.by_user_id == sa.bindparam("user_id"),
    Scan.scan_id == sa.bindparam("scan_id"),
    Scan.device_id.is_(None),
)
_EARLIER_OF_DEVICE = sa.select(Scan.answer).where(
    Scan.device_id == sa.bindparam("device_id"), Scan.scan_id == sa.bindparam("scan_id")
)
_SCANNABLE = (
    sa.select(Event.id, Event.entry)
    .join(Member, Member.seller_id == Event.seller_id)
    .where(
        Event.public_id == sa.bindparam("public_id"),
        Member.user_id == sa.bindparam("user_id"),
        Member.removed_at.is_(None),
    )
)


def ticket_of(public_id: str, holder_id: int) -> Ticket:
    """The holder's own ticket with event, venue and tier. Raises NotFound, for others' too."""
    ticket = db.session.scalar(
        sa.select(Ticket)
        .where(Ticket.public_id == public_id, Ticket.holder_id == holder_id)
        .options(joinedload(Ticket.event).joinedload(Event.venue), joinedload(Ticket.tier))
    )
    if ticket is None:
        raise NotFound("There is no such ticket.")
    return ticket


def tickets_of_holder(holder_id: int, *, limit: int = 500) -> Sequence[Ticket]:
    """Newest events last, with event, venue and tier."""
    return db.session.scalars(
        sa.select(Ticket)
        .join(Event)
        .where(Ticket.holder_id == holder_id)
        .options(joinedload(Ticket.event).joinedload(Event.venue), joinedload(Ticket.tier))
        .order_by(Event.starts_at, Ticket.order_id, Ticket.id)
        .limit(limit)
    ).all()


def tickets_page(holder_id: int, *, after: str | None, limit: int) -> Sequence[Ticket]:
    """The holder's tickets, the newest first, with event and tier; a page at a time.

    `after` is the public id of the last ticket of the page before.
    """
    query = sa.select(Ticket).where(Ticket.holder_id == holder_id)
    if after is not None:
        last = sa.select(Ticket.id).where(Ticket.public_id == after, Ticket.holder_id == holder_id)
        query = query.where(Ticket.id < last.scalar_subquery())
    return db.session.scalars(
        query.options(
            joinedload(Ticket.event, innerjoin=True), joinedload(Ticket.tier, innerjoin=True)
        )
        .order_by(Ticket.id.desc())
        .limit(limit)
    ).all()


def tickets_of_order(order_id: int) -> Sequence[Ticket]:
    return db.session.scalars(
        sa.select(Ticket)
        .where(Ticket.order_id == order_id)
        .options(joinedload(Ticket.tier))
        .order_by(Ticket.id)
    ).all()


def locked_tickets_of_order(order_id: int) -> Sequence[Ticket]:
    found: Sequence[Ticket] = db.session.scalars(
        locked(sa.select(Ticket).where(Ticket.order_id == order_id).order_by(Ticket.id))
    ).all()
    return found


def standing_check_in(ticket_id: int) -> CheckIn | None:
    """The one by which its holder is inside."""
    return db.session.scalar(
        sa.select(CheckIn).where(
            CheckIn.ticket_id == ticket_id, CheckIn.undone_at.is_(None), CheckIn.left_at.is_(None)
        )
    )


def last_check_in(ticket_id: int) -> CheckIn | None:
    """The latest that was not undone, whether its holder is still inside or has left."""
    return db.session.scalar(
        sa.select(CheckIn)
        .where(CheckIn.ticket_id == ticket_id, CheckIn.undone_at.is_(None))
        .order_by(CheckIn.at.desc(), CheckIn.id.desc())
        .limit(1)
    )


def came_in_at() -> Any:
    """When the holder of a ticket first came in, as a column beside the ticket's."""
    return (
        sa.select(sa.func.min(CheckIn.at))
        .where(CheckIn.ticket_id == Ticket.id, CheckIn.undone_at.is_(None))
        .correlate(Ticket)
        .scalar_subquery()
    )


def earlier_answer(
    event_id: int, user_id: int | None, scan_id: str, device_id: int | None = None
) -> dict[str, Any] | None:
    """What a scan of this id was answered. Each device, and else each person, has its own ids."""
    asked = {"event_id": event_id, "user_id": user_id, "scan_id": scan_id, "device_id": device_id}
    query = _EARLIER_OF_DEVICE if device_id else _EARLIER
    found: dict[str, Any] | None = db.session.connection().scalar(query, asked)
    return found


def scannable_events(user_id: int, *, now: datetime) -> Sequence[Event]:
    """Published events of the sellers that the user works for, soonest first."""
    return db.session.scalars(
        sa.select(Event)
        .join(Member, Member.seller_id == Event.seller_id)
        .where(
            Member.user_id == user_id,
            Member.removed_at.is_(None),
            Event.status.in_((EventStatus.PUBLISHED, EventStatus.ENDED)),
            sa.func.coalesce(Event.ends_at, Event.starts_at) >= now - DOOR_WINDOW,
        )
        .options(joinedload(Event.venue))
        .order_by(Event.starts_at)
    ).all()


def scannable_event(public_id: str, user_id: int) -> Event:
    """Raises NotFound for an event whose door the user does not stand at."""
    event = db.session.scalar(
        sa.select(Event)
        .join(Member, Member.seller_id == Event.seller_id)
        .where(Event.public_id == public_id, Member.user_id == user_id, Member.removed_at.is_(None))
    )
    if event is None:
        raise NotFound("There is no such event for you to scan.")
    return event


def scannable_door(public_id: str, user_id: int) -> tuple[int, Entry]:
    """As `scannable_event`, where its id and its rule of entry are all that is needed."""
    asked = {"public_id": public_id, "user_id": user_id}
    found = db.session.connection().execute(_SCANNABLE, asked).one_or_none()
    if found is None:
        raise NotFound("There is no such event for you to scan.")
    return found.id, found.entry


def door_counts(event_id: int) -> dict[str, int]:
    """How many came in, how many are to come in all, how many are inside now. From what was counted
    as it happened: fifty thousand tickets are not looked at for it."""
    counted = totals_of(event_id, (ISSUED, USED, REFUNDED, CANCELLED, TRANSFERRED, LEFT))
    gone = counted[REFUNDED] + counted[CANCELLED] + counted[TRANSFERRED]
    return {
        "admitted": counted[USED],
        "expected": counted[ISSUED] - gone,
        "inside": counted[USED] - counted[LEFT],
    }


def neighbours(ticket: Ticket) -> list[str]:
    """Ids of the holder's tickets for the same event, this one among them: "2 of 4"."""
    return list(
        db.session.scalars(
            sa.select(Ticket.public_id)
            .where(Ticket.event_id == ticket.event_id, Ticket.holder_id == ticket.holder_id)
            .order_by(Ticket.order_id, Ticket.id)
        )
    )
