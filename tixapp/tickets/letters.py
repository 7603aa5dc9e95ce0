"""The letter that brings the tickets."""

import base64
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from tixapp.accounts.models import User
from tixapp.core.db import db
from tixapp.events.models import Event
from tixapp.mails.actions import Enclosure
from tixapp.mails.letters import write_letter
from tixapp.web.calendar import Occasion, calendar_text
from tixapp.web.links import link_to

from .codes import qr_png
from .keys import ticket_codes
from .models import Ticket
from .queries import tickets_of_order


def write_tickets_letter(order_id: int, key: str, *, now: datetime) -> bool:
    """In the caller's transaction, once for each `key`. False when it was written before, or none
    of the order's tickets admits any more."""
    tickets = [ticket for ticket in tickets_of_order(order_id) if ticket.is_standing]
    if not tickets:
        return False
    event = _event(tickets[0].event_id)
    holder = db.session.get_one(User, tickets[0].holder_id)
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
    )


def _picture(ticket: Ticket) -> Enclosure:
    """The code itself: the letter is a ticket, also where there is no network."""
    png = qr_png(ticket_codes().code_for(ticket.public_id))
    name = f"{ticket.public_id}.png"
    return Enclosure(name, "image/png", picture=base64.b64encode(png).decode())


def _event(event_id: int) -> Event:
    return db.session.scalars(
        sa.select(Event).where(Event.id == event_id).options(joinedload(Event.venue))
    ).one()
