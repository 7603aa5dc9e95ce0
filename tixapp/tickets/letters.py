"""The letter that brings the tickets."""

import base64
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from tixapp.accounts.models import User
from tixapp.core.db import db
from tixapp.events.models import Event
from tixapp.inventory.bills import bill_of_order
from tixapp.mails.actions import Enclosure
from tixapp.mails.letters import write_letter
from tixapp.web.calendar import Occasion, calendar_text
from tixapp.web.links import link_to

from .codes import qr_png
from .keys import ticket_codes
from .models import Ticket

# Built once: each order asks this. All that the letter says, in one statement.
_TICKETS = (
    sa.select(Ticket, User)
    .join(User, User.id == Ticket.holder_id)
    .where(Ticket.order_id == sa.bindparam("order_id"))
    .options(
        joinedload(Ticket.tier, innerjoin=True),
        joinedload(Ticket.event, innerjoin=True).joinedload(Event.venue, innerjoin=True),
    )
    .order_by(Ticket.id)
)


def write_tickets_letter(order_id: int, key: str, *, now: datetime) -> bool:
    """In the caller's transaction, once for each `key`. False when it was written before, or none
    of the order's tickets admits any more."""
    rows = db.session.execute(_TICKETS, {"order_id": order_id}).all()
    tickets = [ticket for ticket, _holder in rows if ticket.is_standing]
    if not tickets:
        return False
    event, holder = tickets[0].event, rows[0][1]
    occasion = Occasion(
        uid=f"order-{order_id}-{event.public_id}@tixapp",
        title=event.name,
        starts_at=event.starts_at,
        ends_at=event.ends_at,
        place=", ".join(filter(None, (event.venue.name, event.venue.city))),
        url=link_to("tickets.mine"),
    )
    pictures = [_picture(ticket) for ticket in tickets]
    calendar = Enclosure("event.ics", "text/calendar", calendar_text(occasion, now=now))
    return write_letter(
        key,
        holder.email,
        "tickets",
        now=now,
        enclosures=[*pictures, calendar],
        event=event,
        holder=holder,
        tickets=tickets,
        bill=bill_of_order(order_id),
    )


def _picture(ticket: Ticket) -> Enclosure:
    """The code itself: the letter is a ticket, also where there is no network."""
    png = qr_png(ticket_codes().code_for(ticket.public_id))
    name = f"{ticket.public_id}.png"
    return Enclosure(name, "image/png", picture=base64.b64encode(png).decode())
