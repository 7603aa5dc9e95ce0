"""Events and tiers, as everyone may see them and as a seller writes them."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field, field_validator

from .base import Count, Id, Moment, Money, PageAsk, Shown, Taken, Text

State = Literal["ok", "low", "gone"]
Small = Annotated[int, Field(ge=0, le=100_000)]


class EventsAsk(PageAsk):
    """`from` and `to` are days where the event is (2026-12-24) or moments (with a time)."""

    q: Text = ""
    city: Text = ""
    category: Text = ""
    from_: Annotated[str, Field(alias="from")] = ""
    to: str = ""

    @field_validator("from_", "to")
    @classmethod
    def _day_or_moment(cls, text: str) -> str:
        if text:
            span(text)
        return text


def span(text: str) -> date | datetime:
    """A day, or an aware moment. Raises ValueError."""
    try:
        # In an address a "+" is a space.
        at = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        raise ValueError("is neither a day nor a time like 2026-12-24T20:00:00Z") from None
    if len(text) == len("2026-12-24"):
        return at.date()
    if at.tzinfo is None:
        raise ValueError("needs a time zone")
    return at


class TierShown(Shown):
    id: str
    name: str
    description: str
    price: Money
    fee: Money = Field(description="what the buyer pays on top, for one")
    capacity: int
    remaining: int
    state: State
    per_order_limit: int
    sale_starts_at: datetime | None
    sale_ends_at: datetime | None
    version: int


class SellerShown(Shown):
    id: str
    name: str


class EventShown(Shown):
    id: str
    slug: str
    url: str
    name: str
    description: str
    status: Literal["draft", "published", "ended", "cancelled"]
    paused: bool
    venue: str
    address: str
    city: str
    timezone: str
    currency: str
    category: str
    starts_at: datetime
    ends_at: datetime | None
    doors_at: datetime | None
    on_sale_at: datetime | None
    room: bool
    waiting_list: bool
    purchase_limit: int
    minimum_age: int | None
    refund_policy: str
    accessibility: str
    return_hours: int | None
    return_share_bps: int
    fee_passed_on: bool
    hue: int
    seller: SellerShown
    tiers: list[TierShown]
    version: int


class EventList(Shown):
    items: list[EventShown]
    next_cursor: str | None


class TierLeftShown(Shown):
    id: str
    name: str
    price: Money
    remaining: int
    state: State


class AvailabilityShown(Shown):
    """`seq` grows: of two of these documents the one with the larger is the newer."""

    seq: int
    tiers: list[TierLeftShown]


class EventTaken(Taken):
    name: Text
    description: Text = ""
    venue: Text
    address: Text = ""
    city: Text
    timezone: Text
    currency: Text
    category: Text = "other"
    starts_at: Moment
    ends_at: Moment | None = None
    doors_at: Moment | None = None
    on_sale_at: Moment | None = None
    room: bool = False
    waiting_list: bool = True
    purchase_limit: Count | None = None
    minimum_age: Small | None = None
    refund_policy: Text = ""
    accessibility: Text = ""
    return_hours: Small | None = None
    return_share_bps: Small = 10_000
    fee_passed_on: bool = False
    hue: Small | None = None
    seller_id: Annotated[Id | None, Field(description="for accounts that sell for several")] = None


class EventPatch(Taken):
    """What is left out stays as it is."""

    name: Text = ""
    description: Text = ""
    venue: Text = ""
    address: Text = ""
    city: Text = ""
    timezone: Text = ""
    currency: Text = ""
    category: Text = ""
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    doors_at: Moment | None = None
    on_sale_at: Moment | None = None
    room: bool = False
    waiting_list: bool = True
    purchase_limit: Count = 1
    minimum_age: Small | None = None
    refund_policy: Text = ""
    accessibility: Text = ""
    return_hours: Small | None = None
    return_share_bps: Small = 10_000
    fee_passed_on: bool = False
    hue: Small | None = None

    @field_validator("starts_at")
    @classmethod
    def _stays_known(cls, at: datetime | None) -> datetime | None:
        if at is None:
            raise ValueError("is required")
        return at


class TierTaken(Taken):
    name: Text
    description: Text = ""
    price: Money
    capacity: Annotated[int, Field(ge=0, le=10_000_000)]
    per_order_limit: Count = 4
    sale_starts_at: Moment | None = None
    sale_ends_at: Moment | None = None


class TierPatch(Taken):
    """What is left out stays as it is. The capacity is never less than what is held and sold."""

    name: Text = ""
    description: Text = ""
    price: Annotated[Money | None, Field()] = None
    capacity: Annotated[int, Field(ge=0, le=10_000_000)] = 0
    per_order_limit: Count = 1
    sale_starts_at: Moment | None = None
    sale_ends_at: Moment | None = None

    @field_validator("price")
    @classmethod
    def _stays_known(cls, price: Money | None) -> Money | None:
        if price is None:
            raise ValueError("is required")
        return price
