"""One event, by whatever it is known by."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, load_only, selectinload

from tixapp.core.db import db, locked
from tixapp.core.errors import NotFound
from tixapp.events.models import Event, EventStatus, Tier, Venue
from tixapp.events.rules import USUAL_LENGTH
from tixapp.sellers.models import Seller

from .listing import is_published, named


def published_event(slug: str) -> Event:
    """With venue, seller and tiers; also one that has ended or was cancelled, never a draft.

    Raises NotFound.
    """
    return _shown(named(Event.slug, slug))


def published_event_by_id(public_id: str) -> Event:
    """As `published_event`, by the id that the API uses."""
    return _shown(named(Event.public_id, public_id))


# Built once: each hold asks this.
_FOR_HOLDING = (
    sa.select(Event)
    .where(Event.public_id == sa.bindparam("public_id"))
    .options(
        load_only(
            Event.public_id,
            Event.seller_id,
            Event.status,
            Event.currency,
            Event.paused_at,
            Event.on_sale_at,
            Event.starts_at,
            Event.ends_at,
            Event.purchase_limit,
            Event.fee_passed_on,
            Event.has_room,
            Event.version,
        ),
        joinedload(Event.tiers).defer(Tier.description),
        joinedload(Event.seller, innerjoin=True).load_only(Seller.fee_bps, Seller.charges_enabled),
    )
)


def event_for_holding(public_id: str) -> Event:
    """What a hold needs and no more, in one statement: the event, its tiers, its seller's fee.

    Raises NotFound, for a draft too.
    """
    return read_for_holding(public_id, session=db.session())


def read_for_holding(public_id: str, *, session: Session) -> Event:
    """The same in another session."""
    if "\x00" in public_id:
        raise NotFound("There is no such event.")
    found = session.scalars(_FOR_HOLDING, {"public_id": public_id})
    event = found.unique().one_or_none()
    if event is None or event.status == EventStatus.DRAFT:
        raise NotFound("There is no such event.")
    return event


def event_by_slug(slug: str) -> Event:
    """Drafts too: the caller checks who asks. Raises NotFound."""
    return _whole(named(Event.slug, slug))


def event_by_id(public_id: str) -> Event:
    """Drafts too: the caller checks who asks. Raises NotFound."""
    return _whole(named(Event.public_id, public_id))


def event_by_row(event_id: int) -> Event:
    """With venue, seller and tiers; the caller knows that it is there."""
    return _whole(Event.id == event_id)


def tier_by_id(public_id: str) -> Tier:
    """With its event, of any status. Raises NotFound."""
    query = sa.select(Tier).where(named(Tier.public_id, public_id))
    tier = db.session.scalar(query.options(joinedload(Tier.event)))
    if tier is None:
        raise NotFound("There is no such tier.")
    return tier


def events_over(*, now: datetime, limit: int = 100) -> Sequence[int]:
    """Ids of published events at whose door nobody is any more."""
    over_at = sa.func.coalesce(Event.ends_at, Event.starts_at + USUAL_LENGTH)
    query = sa.select(Event.id).where(is_published(), Event.starts_at <= now, over_at <= now)
    return db.session.scalars(query.order_by(Event.starts_at).limit(limit)).all()


def locked_event(event_id: int) -> Event:
    """Fresh and locked, with venue, seller and tiers."""
    query = locked(sa.select(Event).where(Event.id == event_id))
    event: Event = db.session.scalars(
        query.options(
            selectinload(Event.venue), selectinload(Event.seller), selectinload(Event.tiers)
        )
    ).one()
    return event


def venue_like(seller_id: int, *, name: str, address: str, city: str) -> Venue | None:
    return db.session.scalar(
        sa.select(Venue).filter_by(seller_id=seller_id, name=name, address=address, city=city)
    )


def is_slug_taken(slug: str) -> bool:
    return bool(db.session.scalar(sa.select(sa.exists().where(Event.slug == slug))))


def _shown(condition: sa.ColumnElement[bool]) -> Event:
    event = _whole(condition)
    if event.status == EventStatus.DRAFT:
        raise NotFound("There is no such event.")
    return event


# Built once: each look at an event asks this.
_WHOLE = sa.select(Event).options(
    joinedload(Event.venue),
    joinedload(Event.seller),
    joinedload(Event.picture),
    selectinload(Event.tiers),
)


def _whole(condition: sa.ColumnElement[bool]) -> Event:
    """Two statements."""
    event = db.session.scalar(_WHOLE.where(condition))
    if event is None:
        raise NotFound("There is no such event.")
    return event
