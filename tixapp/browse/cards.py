"""An event on a list: what its card and its poster show."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

from tixapp.core.money import Money
from tixapp.events.models import Event
from tixapp.inventory.queries import availability
from tixapp.orders.actions import fee_terms
from tixapp.orders.rules import FeeTerms
from tixapp.waiting.queries.list import closed_lists
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
    """Their cards, with what is left of each. One statement for all of them, and one more where
    some are sold out."""
    if not events:
        return []
    stocks = availability([event.id for event in events], now=now)
    sales = [sale_of(event, stocks, terms_of(event), now=now) for event in events]
    both = list(zip(events, sales, strict=True))
    joinable = with_open_lists(pair for pair in both if pair[1].state == SaleState.SOLD_OUT)
    return [card(event, sale, event.id in joinable, now=now) for event, sale in both]


def with_open_lists(events: Iterable[tuple[Event, Sale]]) -> set[int]:
    """Of these, the events of which something is sold out and whose list takes names."""
    if not is_page("waiting.show"):
        return set()
    found = {event.id for event, sale in events if event.has_waiting_list and sale.has_gone}
    return found - closed_lists(found)


def card(event: Event, sale: Sale, takes_names: bool, *, now: datetime) -> EventCard:
    """`takes_names`: whether one may join its waiting list."""
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
        state=_state(event, sale, takes_names),
        state_note=_note(event, sale, now),
        image=image_of(event.picture),
    )


def terms_of(event: Event) -> FeeTerms:
    running = settings()
    bps, fixed_minor = running.platform_fee_bps, running.platform_fee_fixed
    return fee_terms(event, event.seller, bps=bps, fixed_minor=fixed_minor)


def _state(event: Event, sale: Sale, takes_names: bool) -> str:
    if sale.state == SaleState.SOON and event.has_room and is_page("waiting.room"):
        return "room"
    if sale.state == SaleState.SOLD_OUT and takes_names:
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
