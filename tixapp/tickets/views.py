"""My tickets, and one ticket with its code."""

import base64
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, Response, current_app, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from markupsafe import Markup

from tixapp.accounts.guards import sign_in_required
from tixapp.core.clock import clock
from tixapp.web.calendar import Occasion, calendar_file
from tixapp.web.filters import grouped, local_datetime, local_time
from tixapp.web.limits import by_person, limiter
from tixapp.web.running import settings

from .codes import qr_svg
from .keys import rotating_codes, ticket_codes
from .models import CheckIn, Ticket
from .paper import Paper, pdf_of
from .queries import last_check_in, neighbours, ticket_of, tickets_of_holder

bp = Blueprint("tickets", __name__)

# Of one purchase this many pages are kept on a phone, until a day after the end.
KEPT_MOST = 10
KEPT_AFTER = timedelta(days=1)


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
        keep=_to_keep(ticket, siblings),
        rotating=_rotating(ticket),
    )


def _to_keep(ticket: Ticket, siblings: list[str]) -> list[str]:
    """Pages that the browser is to have without a network: this one and its neighbours. None once
    it admits nobody any more, or all is over."""
    event, admits = ticket.event, ticket.is_standing and not ticket.frozen_at
    if not admits or (event.ends_at or event.starts_at) + KEPT_AFTER < clock.now():
        return []
    place = siblings.index(ticket.public_id)
    near = siblings[max(0, place - KEPT_MOST // 2) :][:KEPT_MOST]
    return [url_for("tickets.show", ticket_id=public_id) for public_id in near]


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


@bp.get("/tickets/<ticket_id>.pdf")
@sign_in_required
@limiter.limit("60 per minute", key_func=by_person)
def paper(ticket_id: str) -> ResponseReturnValue:
    """For a printer. Drawn anew each time: a ticket that was refunded says so."""
    ticket = ticket_of(ticket_id, current_user.id)
    response = Response(pdf_of(_paper(ticket)), mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{ticket.public_id}.pdf"'
    return response


def _paper(ticket: Ticket) -> Paper:
    event, venue = ticket.event, ticket.event.venue
    admits = ticket.is_standing and ticket.frozen_at is None
    where = ", ".join(filter(None, (venue.name, venue.address, venue.city)))
    when = local_datetime(event.starts_at, event.timezone)
    if event.doors_at:
        doors = local_time(event.doors_at, event.timezone)
        when = f"{when}\n{_('Doors open at %(time)s', time=doors)}"
    return Paper(
        event=event.name,
        when=when,
        where=where,
        tier=ticket.tier.name,
        holder=ticket.holder_name,
        number=grouped(ticket.public_id),
        code=ticket_codes().code_for(ticket.public_id) if admits else None,
        state=_("Not valid any more"),
        accent=_accent(event.hue),
        labels={"tier": _("Ticket"), "holder": _("Holder")},
        note=_(
            "Show this code at the door, on paper or on a screen. It admits one person once."
            " Whoever has a copy could use it before you: give it to nobody."
        ),
        left_out=_(
            "Letters that cannot be printed here are marked […]: on the site they stand in full."
        ),
        made_at=clock.now(),
    )


def _accent(hue: int) -> tuple[int, int, int]:
    """The event's colour, as letters have it."""
    fills: Any = current_app.jinja_env.get_template("macros/hues.html").module
    text = str(fills.fills[hue]).lstrip("#")
    return int(text[:2], 16), int(text[2:4], 16), int(text[4:], 16)


@dataclass(frozen=True)
class Rotating:
    """What the page needs to make the code of each moment by itself."""

    opener: str
    mac_key: str


def _rotating(ticket: Ticket) -> Rotating | None:
    """None where the event has no such codes, or the ticket does not admit any more."""
    if not ticket.event.has_rotating_codes or not ticket.is_standing or ticket.frozen_at:
        return None
    secret = rotating_codes().secrets(ticket.public_id)[0]
    key = base64.urlsafe_b64encode(secret.mac_key).rstrip(b"=").decode()
    return Rotating(secret.opener, key)


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
