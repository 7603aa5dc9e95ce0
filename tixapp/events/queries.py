"""Which events there are, and what is known of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any, TypeVarTuple

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from tixapp.core.db import db, locked
from tixapp.core.errors import NotFound
from tixapp.core.money import THREE_DECIMAL, ZERO_DECIMAL

from .models import Event, EventStatus, Tier, Venue
from .rules import USUAL_LENGTH, fold, search_words, slug_words

PAGE = 24
NUL = "\x00"

Columns = TypeVarTuple("Columns")


@dataclass(frozen=True)
class Filters:
    """What somebody looks for. `price_to` is in whole units of each event's own currency."""

    q: str = ""
    city: str = ""
    category: str = ""
    starts_from: datetime | None = None
    starts_to: datetime | None = None
    price_to: int | None = None
    free: bool = False

    def active(self) -> list[str]:
        return [field.name for field in fields(self) if getattr(self, field.name)]

    def without(self, *names: str) -> Filters:
        blank: dict[str, Any] = {f.name: f.default for f in fields(self) if f.name in names}
        return replace(self, **blank)


@dataclass(frozen=True)
class Facets:
    """Where and what there is, with counts, the most first."""

    cities: Mapping[str, int]
    categories: Mapping[str, int]


def published_event(slug: str) -> Event:
    """With venue, seller and tiers; also one that has ended or was cancelled, never a draft.

    Raises NotFound.
    """
    return _shown(Event.slug == slug, slug)


def published_event_by_id(public_id: str) -> Event:
    """As `published_event`, by the id that the API uses."""
    return _shown(Event.public_id == public_id, public_id)


def event_by_slug(slug: str) -> Event:
    """Drafts too: the caller checks who asks. Raises NotFound."""
    return _whole(Event.slug == slug, slug)


def event_by_id(public_id: str) -> Event:
    """Drafts too: the caller checks who asks. Raises NotFound."""
    return _whole(Event.public_id == public_id, public_id)


def tier_by_id(public_id: str) -> Tier:
    """With its event, of any status. Raises NotFound."""
    query = sa.select(Tier).where(Tier.public_id == _text(public_id))
    tier = db.session.scalar(query.options(joinedload(Tier.event)))
    if tier is None:
        raise NotFound("There is no such tier.")
    return tier


def coming(
    filters: Filters, *, now: datetime, after: str | None = None, limit: int = PAGE
) -> Sequence[Event]:
    """Published events that are not over, soonest first, with venue and tiers.

    `after` is the public id of the last event of the page before. Two statements.
    """
    query = _coming(filters, now=now).options(
        contains_eager(Event.venue), selectinload(Event.tiers)
    )
    if after is not None:
        last = sa.select(Event.starts_at, Event.id).where(Event.public_id == _text(after))
        query = query.where(sa.tuple_(Event.starts_at, Event.id) > last.scalar_subquery())
    return db.session.scalars(_soonest(query).limit(limit)).all()


def soonest_of_each(
    spans: Sequence[Filters], *, now: datetime, limit: int = PAGE
) -> Sequence[Event]:
    """The first `limit` events of every span, soonest first, in one go: for the home page."""
    ids = [
        _soonest(_coming(span, now=now).with_only_columns(Event.id)).limit(limit) for span in spans
    ]
    query = (
        sa.select(Event)
        .join(Event.venue)
        .where(sa.or_(*(Event.id.in_(chosen) for chosen in ids)))
        .options(contains_eager(Event.venue), selectinload(Event.tiers))
    )
    return db.session.scalars(_soonest(query)).all()


def facets(*, now: datetime) -> Facets:
    """Cities and categories of all coming events, in one statement."""
    query = (
        _coming(Filters(), now=now)
        .with_only_columns(Venue.city, Event.category, sa.func.count())
        .group_by(sa.func.grouping_sets(sa.tuple_(Venue.city), sa.tuple_(Event.category)))
        .order_by(sa.func.count().desc(), Venue.city, Event.category)
    )
    rows = db.session.execute(query).all()
    return Facets(
        cities={city: n for city, _, n in rows if city is not None},
        categories={category: n for _, category, n in rows if category is not None},
    )


def counts_without_each(filters: Filters, *, now: datetime) -> dict[str, int]:
    """How many events there were, were one filter taken away: which one excludes? One statement."""
    names = filters.active()
    if not names:
        return {}
    columns = [
        _coming(filters.without(name), now=now)
        .with_only_columns(sa.func.count(Event.id))
        .scalar_subquery()
        .label(name)
        for name in names
    ]
    return dict(db.session.execute(sa.select(*columns)).one()._mapping)


def events_over(*, now: datetime, limit: int = 100) -> Sequence[int]:
    """Ids of published events at whose door nobody is any more."""
    over_at = sa.func.coalesce(Event.ends_at, Event.starts_at + USUAL_LENGTH)
    query = sa.select(Event.id).where(_published(), Event.starts_at <= now, over_at <= now)
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


def _coming(filters: Filters, *, now: datetime) -> sa.Select[Event]:
    """The index over (starts_at, id) of published events carries the order and the dates."""
    not_over = sa.func.coalesce(Event.ends_at, Event.starts_at) > now
    query = sa.select(Event).join(Event.venue).where(_published(), not_over)
    if filters.q:
        query = query.where(_matches(filters.q))
    if filters.city:
        query = query.where(sa.func.fold_words(Venue.city) == fold(_text(filters.city)))
    if filters.category:
        query = query.where(Event.category == slug_words(filters.category))
    if filters.starts_from:
        query = query.where(Event.starts_at >= filters.starts_from)
    if filters.starts_to:
        query = query.where(Event.starts_at < filters.starts_to)
    if filters.free:
        query = query.where(_has_tier(Tier.price_minor == 0))
    if filters.price_to is not None:
        query = query.where(_has_tier(Tier.price_minor <= _minor_of(filters.price_to)))
    return query


def _published() -> sa.ColumnElement[bool]:
    # A literal, not a parameter: the partial index is found for prepared statements too.
    return Event.status == sa.literal_column(f"'{EventStatus.PUBLISHED}'")


def _soonest(query: sa.Select[*Columns]) -> sa.Select[*Columns]:
    return query.order_by(Event.starts_at, Event.id)


def _matches(text: str) -> sa.ColumnElement[bool]:
    """Every word typed begins a word of the name, the place or the description."""
    words = search_words(text)
    if not words:
        return sa.false()
    # Letters and digits only, so that nothing in it is an operator.
    typed = " & ".join(f"'{word}':*" for word in words)
    return Event.search.bool_op("@@")(sa.func.to_tsquery("simple", typed))


def _has_tier(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return sa.exists().where(Tier.event_id == Event.id, condition)


def _minor_of(units: int) -> sa.ColumnElement[int]:
    return units * sa.case(
        (Event.currency.in_(sorted(ZERO_DECIMAL)), 1),
        (Event.currency.in_(sorted(THREE_DECIMAL)), 1000),
        else_=100,
    )


def _shown(condition: sa.ColumnElement[bool], name: str) -> Event:
    event = _whole(condition, name)
    if event.status == EventStatus.DRAFT:
        raise NotFound("There is no such event.")
    return event


def _whole(condition: sa.ColumnElement[bool], name: str) -> Event:
    """Two statements."""
    query = sa.select(Event).where(condition)
    options = (joinedload(Event.venue), joinedload(Event.seller), selectinload(Event.tiers))
    event = db.session.scalar(query.options(*options)) if NUL not in name else None
    if event is None:
        raise NotFound("There is no such event.")
    return event


def _text(value: str) -> str:
    """PostgreSQL's text holds no NUL."""
    return value.replace(NUL, "")
