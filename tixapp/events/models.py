"""What is sold: events, venues, tiers, sale windows."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tixapp.core.db import Id, Model, reference
from tixapp.core.ids import new_id
from tixapp.core.money import Money
from tixapp.core.states import Stateful
from tixapp.sellers.models import Seller

from .rules import USUAL_LENGTH

# `simple` takes words as they are: event names are in many languages, often none. `fold_words` is
# a function of ours in the database: letters without accents and case, as `rules.fold`.
SEARCH_TEXT = (
    "setweight(to_tsvector('simple', fold_words(name)), 'A')"
    " || setweight(to_tsvector('simple', fold_words(place)), 'B')"
    " || setweight(to_tsvector('simple', fold_words(description)), 'C')"
)


class EventStatus(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    ENDED = "ended"
    CANCELLED = "cancelled"


class Entry(StrEnum):
    """How often a ticket admits: once; again after its holder was scanned out; as often as it
    comes."""

    SINGLE = "single"
    REENTRY = "reentry"
    MULTIPLE = "multiple"


class Venue(Model):
    """Where it is."""

    __tablename__ = "venues"
    __table_args__ = (sa.Index("ix_venues_city_folded", sa.text("fold_words(city)")),)

    id: Mapped[Id]
    seller_id: Mapped[int] = reference("sellers.id")
    name: Mapped[str]
    address: Mapped[str] = mapped_column(default="")
    city: Mapped[str]


class Event(Stateful, Model):
    """One happening at one time. `on_sale_at` None: on sale as soon as it is published.

    `place` repeats the venue's words for the search index, which covers one table.
    """

    __tablename__ = "events"
    __table_args__ = (
        sa.CheckConstraint("ends_at IS NULL OR ends_at > starts_at", name="ends_after_start"),
        sa.CheckConstraint("hue BETWEEN 0 AND 350 AND mod(hue, 10) = 0", name="hue"),
        sa.CheckConstraint("purchase_limit > 0", name="purchase_limit"),
        sa.CheckConstraint("return_share_bps BETWEEN 1 AND 10000", name="return_share"),
        sa.Index("ix_events_search", "search", postgresql_using="gin"),
        sa.Index(
            "ix_events_coming",
            "starts_at",
            "id",
            postgresql_where=sa.text("status = 'published'"),
        ),
    )
    MOVES: ClassVar = {
        EventStatus.DRAFT: frozenset({EventStatus.PUBLISHED}),
        EventStatus.PUBLISHED: frozenset({EventStatus.ENDED, EventStatus.CANCELLED}),
        EventStatus.ENDED: frozenset(),
        EventStatus.CANCELLED: frozenset(),
    }

    id: Mapped[Id]
    public_id: Mapped[str] = mapped_column(unique=True, default=lambda: new_id("evt"))
    slug: Mapped[str] = mapped_column(unique=True)
    seller_id: Mapped[int] = reference("sellers.id")
    venue_id: Mapped[int] = reference("venues.id")
    name: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    place: Mapped[str] = mapped_column(default="")
    category: Mapped[str] = mapped_column(default="other", index=True)
    timezone: Mapped[str]
    currency: Mapped[str]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    doors_at: Mapped[datetime | None]
    on_sale_at: Mapped[datetime | None]
    minimum_age: Mapped[int | None]
    refund_policy: Mapped[str] = mapped_column(default="", server_default="")
    accessibility: Mapped[str] = mapped_column(default="", server_default="")
    status: Mapped[EventStatus] = mapped_column(default=EventStatus.DRAFT)
    paused_at: Mapped[datetime | None]
    has_room: Mapped[bool] = mapped_column(default=False)
    has_waiting_list: Mapped[bool] = mapped_column(default=True)
    purchase_limit: Mapped[int]
    hue: Mapped[int] = mapped_column(default=20)
    fee_passed_on: Mapped[bool] = mapped_column(default=False)
    return_hours: Mapped[int | None]
    return_share_bps: Mapped[int] = mapped_column(default=10_000, server_default="10000")
    entry: Mapped[Entry] = mapped_column(default=Entry.SINGLE, server_default="single")
    has_rotating_codes: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    search: Mapped[str] = mapped_column(
        TSVECTOR, sa.Computed(SEARCH_TEXT, persisted=True), deferred=True
    )

    seller: Mapped[Seller] = relationship(lazy="raise")
    venue: Mapped[Venue] = relationship(lazy="raise")
    picture: Mapped[Picture | None] = relationship(
        primaryjoin=lambda: sa.and_(Picture.event_id == Event.id, Picture.is_shown()),
        lazy="raise",
        viewonly=True,
        uselist=False,
    )
    tiers: Mapped[list[Tier]] = relationship(
        back_populates="event", lazy="raise", order_by="Tier.position, Tier.id"
    )

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own name

    @property
    def sales_end_at(self) -> datetime:
        """The last moment at which a ticket makes sense."""
        return self.ends_at or self.starts_at

    @property
    def over_at(self) -> datetime:
        """When nobody is at the door any more."""
        return self.ends_at or self.starts_at + USUAL_LENGTH

    @property
    def local_day(self) -> date:
        """The day on which it starts, where it is."""
        return self.starts_at.astimezone(ZoneInfo(self.timezone)).date()

    def publish(self, *, now: datetime) -> None:
        self._move_to(EventStatus.PUBLISHED)
        self.published_at = now

    def end(self) -> None:
        self._move_to(EventStatus.ENDED)

    def cancel(self) -> None:
        self._move_to(EventStatus.CANCELLED)

    def pause(self, *, now: datetime) -> None:
        self.paused_at = self.paused_at or now

    def resume(self) -> None:
        self.paused_at = None


class Tier(Model):
    """A kind of ticket with one price. How many are left is inventory's business."""

    __tablename__ = "tiers"
    __table_args__ = (
        sa.CheckConstraint("price_minor >= 0", name="price"),
        sa.CheckConstraint("per_order_limit > 0", name="per_order_limit"),
    )

    id: Mapped[Id]
    public_id: Mapped[str] = mapped_column(unique=True, default=lambda: new_id("tier"))
    event_id: Mapped[int] = reference("events.id")
    name: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    price_minor: Mapped[int]
    per_order_limit: Mapped[int]
    position: Mapped[int] = mapped_column(default=0)
    # Only whoever has a code that opens it sees it and may buy it.
    hidden: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    sale_starts_at: Mapped[datetime | None]
    sale_ends_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    event: Mapped[Event] = relationship(back_populates="tiers", lazy="raise")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own name

    def price(self, currency: str) -> Money:
        return Money(self.price_minor, currency)


class Picture(Model):
    """What somebody uploaded for an event: shown from `ready_at`, when its files are kept, until
    `removed_at`; `cleared_at` is when they were thrown away."""

    __tablename__ = "pictures"
    __table_args__ = (
        sa.CheckConstraint("width > 0 AND height > 0", name="size"),
        sa.Index(
            "uq_pictures_shown",
            "event_id",
            unique=True,
            postgresql_where=sa.text("ready_at IS NOT NULL AND removed_at IS NULL"),
        ),
        sa.Index(
            "ix_pictures_uncleared",
            "id",
            postgresql_where=sa.text(
                "cleared_at IS NULL AND (ready_at IS NULL OR removed_at IS NOT NULL)"
            ),
        ),
    )

    id: Mapped[Id]
    public_id: Mapped[str] = mapped_column(unique=True, default=lambda: new_id("pic"))
    event_id: Mapped[int] = reference("events.id")
    seller_id: Mapped[int] = reference("sellers.id")
    width: Mapped[int]
    height: Mapped[int]
    colour: Mapped[str]
    names: Mapped[list[Any]]
    uploaded_by: Mapped[int | None] = mapped_column(sa.BigInteger)
    uploaded_at: Mapped[datetime]
    ready_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]
    cleared_at: Mapped[datetime | None]

    event: Mapped[Event] = relationship(lazy="raise")

    @classmethod
    def is_shown(cls) -> sa.ColumnElement[bool]:
        return sa.and_(cls.ready_at.is_not(None), cls.removed_at.is_(None))

    @property
    def keys(self) -> dict[str, str]:
        """Where each file is kept, by its name."""
        return {name: f"{self.public_id}/{name}" for name in self.names}
