"""My tickets, and one ticket with its code."""

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user
from markupsafe import Markup

from tixapp.accounts.guards import sign_in_required
from tixapp.core.clock import clock
from tixapp.web.calendar import Occasion, calendar_file
from tixapp.web.running import settings

from .codes import qr_svg
from .keys import ticket_codes
from .models import CheckIn, Ticket
from .queries import last_check_in, neighbours, ticket_of, tickets_of_holder

bp = Blueprint("tickets", __name__)


@dataclass(frozen=True)
class Shown:
    """A ticket as its page shows it."""

    id: str
    event_name: str
    hue: int
    starts_at: datetime
    doors_at: datetime | None
    timezone: str
    venue_name: str
    city: str
    tier_name: str
    seat: str | None
    holder_name: str
    status: str
    used_at: datetime | None
    used_gate: str | None
    event_slug: str


@bp.get("/tickets")
@sign_in_required
def mine() -> ResponseReturnValue:
    tickets = tickets_of_holder(current_user.id)
    now = clock.now()
    coming = [t for t in tickets if (t.event.ends_at or t.event.starts_at) >= now]
    past = [t for t in reversed(tickets) if (t.event.ends_at or t.event.starts_at) < now]
    return render_template(
        "tickets/mine.html",
        coming=[_shown(ticket) for ticket in coming],
        past=[_shown(ticket) for ticket in past],
    )


@bp.get("/tickets/<ticket_id>")
@sign_in_required
def show(ticket_id: str) -> ResponseReturnValue:
    ticket = ticket_of(ticket_id, current_user.id)
    siblings = neighbours(ticket)
    place = siblings.index(ticket.public_id)
    return render_template(
        "tickets/show.html",
        ticket=_shown(ticket, last_check_in(ticket.id)),
        qr=Markup(qr_svg(ticket_codes().code_for(ticket.public_id))),  # noqa: S704 - made by us
        number=place + 1,
        count=len(siblings),
        previous_id=siblings[place - 1] if place else None,
        next_id=siblings[place + 1] if place + 1 < len(siblings) else None,
        event=ticket.event,
    )


@bp.get("/tickets/<ticket_id>/qr.svg")
@sign_in_required
def qr(ticket_id: str) -> ResponseReturnValue:
    ticket = ticket_of(ticket_id, current_user.id)
    svg = qr_svg(ticket_codes().code_for(ticket.public_id))
    return Response(svg, mimetype="image/svg+xml")


@bp.get("/tickets/<ticket_id>.ics")
@sign_in_required
def calendar(ticket_id: str) -> ResponseReturnValue:
    ticket = ticket_of(ticket_id, current_user.id)
    event = ticket.event
    occasion = Occasion(
        uid=f"{ticket.public_id}@tixapp",
        title=event.name,
        starts_at=event.starts_at,
        ends_at=event.ends_at,
        place=", ".join(filter(None, (event.venue.name, event.venue.address, event.venue.city))),
        url=f"{settings().base_url}/tickets/{ticket.public_id}",
    )
    return calendar_file(occasion, now=clock.now())


def _shown(ticket: Ticket, used: CheckIn | None = None) -> Shown:
    event = ticket.event
    return Shown(
        id=ticket.public_id,
        event_name=event.name,
        hue=event.hue,
        starts_at=event.starts_at,
        doors_at=event.doors_at,
        timezone=event.timezone,
        venue_name=event.venue.name,
        city=event.venue.city,
        tier_name=ticket.tier.name,
        seat=None,
        holder_name=ticket.holder_name,
        status="cancelled" if ticket.frozen_at else ticket.status.value,
        used_at=used.at if used else None,
        used_gate=used.gate if used else None,
        event_slug=event.slug,
    )
