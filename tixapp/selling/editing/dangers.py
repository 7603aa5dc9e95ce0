"""Changes that people with tickets have to know of."""

from __future__ import annotations

from flask_babel import gettext as _

from tixapp.core.money import Money
from tixapp.events.models import Event, Tier
from tixapp.events.rules import EventDetails, TierDetails
from tixapp.web.filters import local_datetime, money


def event_dangers(before: EventDetails, after: EventDetails) -> list[list[str]]:
    """What, as it was, as it will be; empty for a harmless change. Both hold all that is known."""
    found = []
    if before.starts_at != after.starts_at or before.timezone != after.timezone:
        old = local_datetime(before.starts_at, before.timezone)
        found.append([_("Start"), old, local_datetime(after.starts_at, after.timezone)])
    if before.doors_at and after.doors_at and before.doors_at != after.doors_at:
        old = local_datetime(before.doors_at, before.timezone)
        found.append([_("Doors"), old, local_datetime(after.doors_at, after.timezone)])
    if _place(before) != _place(after):
        found.append([_("Place"), _place(before), _place(after)])
    return found


def tier_dangers(event: Event, tier: Tier, after: TierDetails) -> list[list[str]]:
    if tier.price_minor == after.price_minor:
        return []
    old, new = tier.price(event.currency), Money(after.price_minor, event.currency)
    return [[_("Price of %(tier)s", tier=after.name), money(old), money(new)]]


def _place(details: EventDetails) -> str:
    return ", ".join(part for part in (details.venue, details.address, details.city) if part)
