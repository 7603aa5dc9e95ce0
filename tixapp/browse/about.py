"""What search engines and messengers read of an event: structured data and a summary."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from tixapp.core.money import decimals
from tixapp.events.models import Event, EventStatus

from .sale import Sale, SaleState, TierOffer, TierState

SUMMARY = 200
AVAILABLE = {
    TierState.OPEN: "InStock",
    TierState.SOON: "PreOrder",
    TierState.GONE: "SoldOut",
    TierState.CLOSED: "OutOfStock",
    TierState.STOPPED: "OutOfStock",
}


def structured_data(
    event: Event, sale: Sale, *, url: str, image: str | None = None
) -> dict[str, Any]:
    """schema.org/Event, as JSON-LD. A data block: browsers do not run it, and the policy on
    scripts has nothing to say about it."""
    cancelled = event.status == EventStatus.CANCELLED
    facts = {
        "@context": "https://schema.org",
        "@type": "SportsEvent" if event.category in {"basketball", "sport"} else "Event",
        "name": event.name,
        "description": summary_of(event.description) or None,
        "url": url,
        "image": image or None,
        "startDate": event.starts_at.isoformat(),
        "endDate": event.ends_at.isoformat() if event.ends_at else None,
        "doorTime": event.doors_at.isoformat() if event.doors_at else None,
        "eventStatus": f"https://schema.org/Event{'Cancelled' if cancelled else 'Scheduled'}",
        "eventAttendanceMode": "https://schema.org/OfflineEventAttendanceMode",
        "location": {
            "@type": "Place",
            "name": event.venue.name,
            "address": ", ".join(filter(None, (event.venue.address, event.venue.city))),
        },
        "organizer": {"@type": "Organization", "name": event.seller.name},
        "offers": [_offer(event, sale, tier, url) for tier in sale.tiers],
    }
    return {name: value for name, value in facts.items() if value is not None}


def summary_of(description: str) -> str:
    """The first words of a description, without Markdown's marks."""
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", description)
    plain = re.sub(r"^\s*(#+|[-+>])\s", "", plain, flags=re.M)
    words = " ".join(re.sub(r"[*`]+", "", plain).split())
    if len(words) <= SUMMARY:
        return words
    return words[: SUMMARY - 1].rpartition(" ")[0] + "…"


def map_url(event: Event) -> str:
    """Where the venue is, on OpenStreetMap."""
    return f"https://www.openstreetmap.org/search?query={quote(place_of(event))}"


def place_of(event: Event) -> str:
    """`Kesselhaus, Knaackstraße 97, Berlin`."""
    parts = (event.venue.name, event.venue.address, event.venue.city)
    return ", ".join(part for part in parts if part)


def _offer(event: Event, sale: Sale, tier: TierOffer, url: str) -> dict[str, Any]:
    places = decimals(event.currency)
    on_sale = sale.state in {SaleState.OPEN, SaleState.SOON}
    availability = AVAILABLE[tier.state] if on_sale else "OutOfStock"
    if sale.state == SaleState.SOLD_OUT:
        availability = "SoldOut"
    return {
        "@type": "Offer",
        "name": tier.name,
        "price": f"{tier.price.minor / 10**places:.{places}f}",
        "priceCurrency": event.currency,
        "availability": f"https://schema.org/{availability}",
        "url": url,
    }
