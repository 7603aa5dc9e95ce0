"""The page of an event beside its editor, as it would be with what is typed there now."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from tixapp.accounts.guards import sign_in_required
from tixapp.browse.cards import terms_of
from tixapp.browse.event_page import event_page
from tixapp.browse.sale import preview_of, sale_of
from tixapp.core.clock import clock
from tixapp.core.db import db
from tixapp.events.actions import details_of
from tixapp.events.models import Event, EventStatus, Venue
from tixapp.events.queries import event_by_slug
from tixapp.events.rules import EventDetails, hue_of
from tixapp.inventory.queries import availability
from tixapp.selling.editing.event_form import EventForm, shown_of
from tixapp.selling.guards import event_to_edit
from tixapp.web.limits import by_person, limiter

bp = Blueprint("previews", __name__, url_prefix="/sell")

PLACE = frozenset({"venue", "address", "city"})


@bp.post("/events/<event_id>/preview")
@sign_in_required
@limiter.limit("3600 per hour", key_func=by_person)
def preview(event_id: str) -> ResponseReturnValue:
    """Of what needs another look the saved one is shown. Nothing is written down."""
    now = clock.now()
    event = event_by_slug(event_to_edit(event_id).slug)
    before = details_of(event)
    form = EventForm(shown_of(event))
    known = _as_if(event, form.details(before) or form.what_fits(before))
    terms = terms_of(known)
    look = preview_of if known.status == EventStatus.DRAFT else sale_of
    sale = look(known, availability([known.id], now=now), terms, now=now)
    return event_page(known, sale, terms, is_preview=True, is_pane=True, now=now)


def _as_if(event: Event, details: EventDetails) -> Event:
    """The row with these details, out of the session's sight: they are not saved with anything."""
    _loaded = (event.seller, event.picture, event.tiers)
    db.session.expunge(event)
    for name, value in vars(details).items():
        if name not in PLACE:
            setattr(event, name, value)
    event.hue = hue_of(details.name) if details.hue is None else details.hue
    place = {"name": details.venue, "address": details.address, "city": details.city}
    event.venue = Venue(seller_id=event.seller_id, **place)
    return event
