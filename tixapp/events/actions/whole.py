"""Making events, changing them, and their way from draft to cancelled."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from tixapp.core.db import db
from tixapp.core.errors import Invalid
from tixapp.core.facts import announce, record
from tixapp.core.ids import new_id
from tixapp.core.trail import note
from tixapp.events.errors import NotReady
from tixapp.events.facts import EventCancelled, EventMoved, EventPublished
from tixapp.events.models import Event, EventStatus, Venue
from tixapp.events.queries import is_slug_taken, locked_event, venue_like
from tixapp.events.rules import (
    EventDetails,
    changes,
    cleaned,
    event_faults,
    hue_of,
    missing_for_sale,
    slug_words,
)
from tixapp.sellers.models import Seller

from .checks import check_alive, check_version

PLACE = frozenset({"venue", "address", "city"})


def create_event(seller: Seller, details: EventDetails, *, by: int | None, now: datetime) -> Event:
    """A draft. Raises Invalid, naming every field that is wrong."""
    details = _checked(details)
    event = Event(
        public_id=new_id("evt"),
        slug=_free_slug(details.name),
        seller=seller,
        status=EventStatus.DRAFT,
        created_at=now,
        tiers=[],
    )
    _write(event, details)
    db.session.add(event)
    db.session.flush()
    note("event.made", event.public_id, by=by, now=now, after={"name": event.name})
    return event


def edit_event(
    event_id: int, details: EventDetails, *, version: int, by: int | None, now: datetime
) -> Event:
    """Raises StaleVersion when `version` is not the present one, AlreadyOver, Invalid."""
    event = locked_event(event_id)
    check_version(event, version)
    check_alive(event)
    details = _checked(details)
    if details.currency != event.currency and event.tiers:
        # Prices are numbers of that currency, and perhaps sold already.
        raise Invalid(faults={"currency": "stays as it is once there are tiers"})
    before = (event.starts_at, event.venue_id)
    old, new = changes(details_of(event), details)
    _write(event, details)
    db.session.flush()
    if event.status == EventStatus.PUBLISHED and before != (event.starts_at, event.venue_id):
        record(EventMoved(event.id))
    if new:
        note("event.edited", event.public_id, by=by, now=now, before=old, after=new)
    return event


def publish(event_id: int, *, by: int | None, now: datetime) -> Event:
    """Puts it on the list. Raises NotReady with all that is missing; twice is no fault."""
    event = locked_event(event_id)
    if event.status == EventStatus.PUBLISHED:
        return event
    missing = missing_for_sale(
        starts_at=event.starts_at,
        prices=[tier.price_minor for tier in event.tiers],
        can_charge=event.seller.charges_enabled,
        now=now,
    )
    if missing and event.status == EventStatus.DRAFT:
        raise NotReady(missing)
    event.publish(now=now)
    db.session.flush()
    record(EventPublished(event.id))
    announce(EventPublished(event.id))
    note("event.published", event.public_id, by=by, now=now)
    # Whoever acts at once reads the row again, and without what belongs to it.
    return locked_event(event_id)


def pause(event_id: int, *, by: int | None, now: datetime) -> Event:
    """No new holds. Who is paying may finish."""
    event = locked_event(event_id)
    check_alive(event)
    event.pause(now=now)
    db.session.flush()
    note("event.paused", event.public_id, by=by, now=now)
    return event


def resume(event_id: int, *, by: int | None, now: datetime) -> Event:
    event = locked_event(event_id)
    check_alive(event)
    event.resume()
    db.session.flush()
    note("event.resumed", event.public_id, by=by, now=now)
    return event


def cancel(event_id: int, *, by: int | None, now: datetime) -> Event:
    """Ends the sale for good. Holds and refunds are the business of who hears EventCancelled."""
    event = locked_event(event_id)
    if event.status == EventStatus.CANCELLED:
        return event
    event.cancel()
    db.session.flush()
    record(EventCancelled(event.id))
    note("event.cancelled", event.public_id, by=by, now=now)
    return event


def end(event_id: int, *, now: datetime) -> None:
    """Takes it off the list, unless it was moved or cancelled meanwhile."""
    event = locked_event(event_id)
    if event.status == EventStatus.PUBLISHED and event.over_at <= now:
        event.end()
        db.session.flush()


def details_of(event: Event) -> EventDetails:
    """What was said of it so far: the start of an edit. `event` comes with its venue."""
    return EventDetails(
        name=event.name,
        description=event.description,
        venue=event.venue.name,
        address=event.venue.address,
        city=event.venue.city,
        timezone=event.timezone,
        currency=event.currency,
        category=event.category,
        starts_at=event.starts_at,
        ends_at=event.ends_at,
        doors_at=event.doors_at,
        on_sale_at=event.on_sale_at,
        minimum_age=event.minimum_age,
        refund_policy=event.refund_policy,
        accessibility=event.accessibility,
        has_room=event.has_room,
        has_waiting_list=event.has_waiting_list,
        purchase_limit=event.purchase_limit,
        fee_passed_on=event.fee_passed_on,
        return_hours=event.return_hours,
        return_share_bps=event.return_share_bps,
        hue=event.hue,
    )


def _checked(details: EventDetails) -> EventDetails:
    details = cleaned(details)
    if faults := event_faults(details):
        raise Invalid("Some of what was entered does not fit.", faults)
    return details


def _write(event: Event, details: EventDetails) -> None:
    values: dict[str, Any] = {k: v for k, v in vars(details).items() if k not in PLACE}
    values["hue"] = hue_of(details.name) if details.hue is None else details.hue
    for name, value in values.items():
        setattr(event, name, value)
    event.venue = _venue(event.seller, details)
    words = (details.venue, details.address, details.city)
    event.place = ", ".join(word for word in words if word)


def _venue(seller: Seller, details: EventDetails) -> Venue:
    """The seller's own of that name and place. Never changed: other events stand on it."""
    same = {"name": details.venue, "address": details.address, "city": details.city}
    with db.session.no_autoflush:
        found = venue_like(seller.id, **same)
    return found or Venue(seller_id=seller.id, **same)


def _free_slug(name: str) -> str:
    """The name's words; with a random end when another event has them."""
    slug = slug_words(name) or "event"
    # Two events of one name at one moment: the second waits here for the first's commit.
    db.session.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(f"slug:{slug}"))))
    return f"{slug}-{new_id('e')[-5:]}" if is_slug_taken(slug) else slug
