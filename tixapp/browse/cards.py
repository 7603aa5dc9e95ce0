"""An event on a list: what its card and its poster show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

from tixapp.core.money import Money
from tixapp.events.models import Event
from tixapp.inventory.queries import availability
from tixapp.orders.actions import fee_terms
from tixapp.orders.rules import FeeTerms
from tixapp.web.filters import local_time, short_day
from tixapp.web.pages import is_page
from tixapp.web.running import settings

from .pictures import Image, image_of
from .sale import Sale, SaleState, sale_of

# What a card says of the sale; nothing for the others.
STATES = {
    SaleState.OVER: "past",
    SaleState.CANCELLED: "cancelled",
    SaleState.SOLD_OUT: "sold_out",
    SaleState.SOON: "soon",
    SaleState.PAUSED: "paused",
    SaleState.STOPPED: "paused",
}


@dataclass(frozen=True)
class EventCard:
    """What `macros/event_card.html` reads."""

    slug: str
    name: str
    hue: int
    category: str
    starts_at: datetime
    timezone: str
    venue_name: str
    city: str
    price_from: Money | None
    state: str
    state_note: str
    image: Image | None = None


def cards_of(events: Sequence[Event], *, now: datetime) -> list[EventCard]:
    """Their cards, with what is left of each. One statement for all of them."""
    if not events:
        return []
    stocks = availability([event.id for event in events], now=now)
    sales = (sale_of(event, stocks, terms_of(event), now=now) for event in events)
    return [card(event, sale, now=now) for event, sale in zip(events, sales, strict=True)]


def card(event: Event, sale: Sale, *, now: datetime) -> EventCard:
    return EventCard(
        slug=event.slug,
        name=event.name,
        hue=event.hue,
        category=event.category,
        starts_at=event.starts_at,
        timezone=event.timezone,
        venue_name=event.venue.name,
        city=event.venue.city,
        price_from=sale.price_from,
        state=_state(event, sale),
        state_note=_note(event, sale, now),
        image=image_of(event.picture),
    )


def terms_of(event: Event) -> FeeTerms:
    running = settings()
    bps, fixed_minor = running.platform_fee_bps, running.platform_fee_fixed
    return fee_terms(event, event.seller, bps=bps, fixed_minor=fixed_minor)


def _state(event: Event, sale: Sale) -> str:
    if sale.state == SaleState.SOON and event.has_room and is_page("waiting.room"):
        return "room"
    if sale.state == SaleState.SOLD_OUT and event.has_waiting_list and is_page("waiting.show"):
        return "waiting_list"
    if sale.state == SaleState.OPEN and sale.is_low:
        return "low"
    return STATES.get(sale.state, "on_sale")


def _note(event: Event, sale: Sale, now: datetime) -> str:
    if sale.opens_at is None:
        return ""
    place = ZoneInfo(event.timezone)
    if sale.opens_at.astimezone(place).date() == now.astimezone(place).date():
        return str(_("On sale at %(time)s", time=local_time(sale.opens_at, event.timezone)))
    return str(_("On sale %(day)s", day=short_day(sale.opens_at, event.timezone)))
