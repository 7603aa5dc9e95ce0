"""What is sold."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from tests.factories import saved
from tests.fixtures.time import NOON
from tixapp.core.db import db
from tixapp.events.models import Event, EventStatus, Tier, Venue
from tixapp.events.rules import EventDetails, hue_of, slug_words
from tixapp.inventory.models import Stock
from tixapp.sellers.models import Seller

IN_A_MONTH = NOON + timedelta(days=30, hours=7)


def make_details(name: str = "Night Trains", **others: Any) -> EventDetails:
    """What a seller says of an event in Berlin, in a month, in euros."""
    said = {
        "venue": "Kesselhaus",
        "city": "Berlin",
        "timezone": "Europe/Berlin",
        "currency": "EUR",
        "starts_at": IN_A_MONTH,
    }
    return EventDetails(name, **(said | others))


def make_event(
    seller: Seller,
    name: str = "Night Trains",
    *,
    starts_at: datetime = IN_A_MONTH,
    venue: str = "Kesselhaus",
    address: str = "",
    city: str = "Berlin",
    **others: Any,
) -> Event:
    """Published and on sale, without tiers. No two of one name."""
    status = others.pop("status", EventStatus.PUBLISHED)
    return saved(
        Event(
            **{
                "slug": slug_words(name),
                "seller": seller,
                "venue": Venue(seller_id=seller.id, name=venue, address=address, city=city),
                "name": name,
                "place": f"{venue}, {city}",
                "timezone": "Europe/Berlin",
                "currency": "EUR",
                "starts_at": starts_at,
                "status": status,
                "purchase_limit": 6,
                "hue": hue_of(name),
                "created_at": NOON,
                "published_at": NOON,
                "tiers": [],
            }
            | others
        )
    )


def make_tier(
    event: Event,
    name: str = "Floor",
    *,
    price_minor: int = 2500,
    capacity: int = 100,
    sold: int = 0,
    **others: Any,
) -> Tier:
    """With its stock. `sold` is the counter alone: no tickets stand behind it."""
    values = {"price_minor": price_minor, "per_order_limit": 4} | others
    tier = saved(Tier(event_id=event.id, name=name, **values))
    db.session.expire(event, ["tiers"])
    saved(Stock(tier_id=tier.id, capacity=capacity, held=0, sold=sold))
    return tier
