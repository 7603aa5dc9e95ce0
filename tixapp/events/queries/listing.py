"""The events to come: search, filters, pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta
from typing import Any, TypeVarTuple

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from tixapp.core.db import db
from tixapp.core.money import THREE_DECIMAL, ZERO_DECIMAL
from tixapp.events.models import Event, EventStatus, Tier, Venue
from tixapp.events.rules import fold, search_words, slug_words
from tixapp.sellers.models import Seller

PAGE = 24
MOST_IN_A_SITEMAP = 10_000
# No zone is further than this from UTC: days are compared where the event is, and its moment by UTC
# as well, so that the index finds it.
FURTHEST_ZONE = timedelta(hours=15)
FRIDAY, SUNDAY = 5, 7

Columns = TypeVarTuple("Columns")


@dataclass(frozen=True)
class Filters:
    """What somebody looks for.

    `when` is today, weekend, week or month; it and the two days (both included) are taken where the
    event is. `price_to` is in whole units of each event's own currency, and what the buyer pays:
    `fee_bps` is added where the fee is passed on, unless the seller has terms of their own.
    """

    q: str = ""
    city: str = ""
    category: str = ""
    when: str = ""
    day_from: date | None = None
    day_to: date | None = None
    starts_from: datetime | None = None
    starts_to: datetime | None = None
    price_to: int | None = None
    free: bool = False
    fee_bps: int = 0

    def active(self) -> list[str]:
        """The names of what is set. Terms filter nothing by themselves."""
        names = (f.name for f in fields(self) if getattr(self, f.name) != f.default)
        return [name for name in names if name != "fee_bps"]

    def without(self, *names: str) -> Filters:
        blank: dict[str, Any] = {f.name: f.default for f in fields(self) if f.name in names}
        return replace(self, **blank)


@dataclass(frozen=True)
class Facets:
    """Where and what there is, with counts, the most first."""

    cities: Mapping[str, int]
    categories: Mapping[str, int]


def coming(
    filters: Filters, *, now: datetime, after: str | None = None, limit: int = PAGE
) -> Sequence[Event]:
    """Published events that are not over, soonest first, with venue, seller and tiers.

    `after` is the public id of the last event of the page before. Two statements.
    """
    query = _with_relations(_coming(filters, now=now))
    if after is not None:
        last = sa.select(Event.starts_at, Event.id).where(named(Event.public_id, after))
        query = query.where(sa.tuple_(Event.starts_at, Event.id) > last.scalar_subquery())
    return db.session.scalars(_soonest(query).limit(limit)).all()


def coming_slugs(*, now: datetime, limit: int = MOST_IN_A_SITEMAP) -> Sequence[str]:
    query = _soonest(_coming(Filters(), now=now).with_only_columns(Event.slug))
    return db.session.scalars(query.limit(limit)).all()


def soonest_of_each(
    spans: Sequence[Filters], *, now: datetime, limit: int = PAGE
) -> Sequence[Event]:
    """The first `limit` events of every span, soonest first, in one go: for the home page."""
    chosen = [
        _soonest(_coming(span, now=now).with_only_columns(Event.id)).limit(limit) for span in spans
    ]
    query = sa.select(Event).join(Event.venue).where(sa.or_(*(Event.id.in_(ids) for ids in chosen)))
    return db.session.scalars(_soonest(_with_relations(query))).all()


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


def _coming(filters: Filters, *, now: datetime) -> sa.Select[Event]:
    """The index over (starts_at, id) of published events carries the order and the moments."""
    not_over = sa.func.coalesce(Event.ends_at, Event.starts_at) > now
    query = sa.select(Event).join(Event.venue).where(is_published(), not_over)
    if filters.q:
        query = query.where(_matches(filters.q))
    if filters.city:
        query = query.where(named(sa.func.fold_words(Venue.city), fold(filters.city)))
    if filters.category:
        query = query.where(Event.category == slug_words(filters.category))
    if filters.starts_from:
        query = query.where(Event.starts_at >= filters.starts_from)
    if filters.starts_to:
        query = query.where(Event.starts_at < filters.starts_to)
    if filters.free:
        query = query.where(_has_tier(Tier.price_minor == 0))
    if filters.price_to is not None:
        all_in = Tier.price_minor + _passed_on_fee(filters.fee_bps)
        query = query.where(_has_tier(all_in <= _minor_of(filters.price_to)))
    return query.where(*_days(filters, now=now))


def is_published() -> sa.ColumnElement[bool]:
    # A literal, not a parameter: the partial index is found for prepared statements too.
    return Event.status == sa.literal_column(f"'{EventStatus.PUBLISHED}'")


def named(column: Any, text: str) -> sa.ColumnElement[bool]:
    """Whether the column says `text`. PostgreSQL's text holds no NUL: nothing is called that."""
    equal: sa.ColumnElement[bool] = column == text
    return sa.false() if "\x00" in text else equal


def _with_relations(query: sa.Select[Event]) -> sa.Select[Event]:
    return query.options(
        contains_eager(Event.venue),
        joinedload(Event.seller),
        joinedload(Event.picture),
        selectinload(Event.tiers),
    )


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


def _days(filters: Filters, *, now: datetime) -> list[sa.ColumnElement[bool]]:
    conditions = []
    day = _local_day(Event.starts_at)
    if filters.day_from:
        conditions.append(day >= filters.day_from)
    if filters.day_to:
        conditions.append(day <= filters.day_to)
    if filters.when:
        first, last, at_most = _span(filters.when, now)
        conditions.append((day - _local_day(now)).between(first, last))
        conditions.append(Event.starts_at < now + timedelta(days=at_most + 1) + FURTHEST_ZONE)
    return conditions


def _span(when: str, now: datetime) -> tuple[Any, Any, int]:
    """First and last day, counted from the day it is where the event is; at most so many days."""
    if when == "weekend":
        weekday = sa.cast(sa.extract("isodow", _local_day(now)), sa.Integer)
        return sa.func.greatest(FRIDAY - weekday, 0), SUNDAY - weekday, SUNDAY
    days = {"today": 0, "week": 6}.get(when, 29)
    return 0, days, days


def _local_day(at: Any) -> Any:
    """The date where the event is."""
    moment = sa.cast(at, sa.TIMESTAMP(timezone=True))
    return sa.cast(sa.func.timezone(Event.timezone, moment), sa.Date)


def _has_tier(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return sa.exists().where(Tier.event_id == Event.id, sa.not_(Tier.hidden), condition)


def _passed_on_fee(basis_points: int) -> sa.ColumnElement[int]:
    """As `orders.rules.buyer_price` adds it: rounded half up, by the ticket."""
    own = sa.select(Seller.fee_bps).where(Seller.id == Event.seller_id).correlate(Event)
    bps = sa.func.coalesce(own.scalar_subquery(), basis_points)
    fee = (sa.cast(Tier.price_minor, sa.BigInteger) * bps + 5_000) // 10_000
    return sa.case((Event.fee_passed_on, fee), else_=0)


def _minor_of(units: int) -> sa.ColumnElement[int]:
    return units * sa.case(
        (Event.currency.in_(sorted(ZERO_DECIMAL)), 1),
        (Event.currency.in_(sorted(THREE_DECIMAL)), 1000),
        else_=100,
    )
