"""Kinds of tickets: made, changed, put in order, closed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from tixapp.core.db import db
from tixapp.core.errors import Invalid
from tixapp.core.ids import new_id
from tixapp.core.trail import note
from tixapp.events.errors import TierInUse
from tixapp.events.models import EventStatus, Tier
from tixapp.events.queries import locked_event
from tixapp.events.rules import TierDetails, changes, cleaned, tier_faults

from .checks import check_alive, check_version


def add_tier(event_id: int, details: TierDetails, *, by: int | None, now: datetime) -> Tier:
    """A tier without places: `inventory.actions.open_stock` gives it some."""
    event = locked_event(event_id)
    check_alive(event)
    details = _checked_tier(details, event.currency)
    position = max((tier.position for tier in event.tiers), default=-1) + 1
    tier = Tier(public_id=new_id("tier"), position=position, event=event, **vars(details))
    db.session.add(tier)
    db.session.flush()
    after = {"name": tier.name, "price_minor": tier.price_minor, "event": event.public_id}
    note("tier.made", tier.public_id, by=by, now=now, after=after)
    return tier


def edit_tier(
    tier: Tier, details: TierDetails, *, version: int, by: int | None, now: datetime
) -> Tier:
    """What is sold keeps its price. Raises StaleVersion, AlreadyOver, Invalid."""
    event = locked_event(tier.event_id)
    db.session.refresh(tier)
    check_version(tier, version)
    check_alive(event)
    details = _checked_tier(details, event.currency)
    old, new = changes(tier_details_of(tier), details)
    for name, value in vars(details).items():
        setattr(tier, name, value)
    db.session.flush()
    note("tier.edited", tier.public_id, by=by, now=now, before=old, after=new)
    return tier


def move_tier(tier: Tier, *, by_places: int, by: int | None, now: datetime) -> None:
    """Up by a negative number of places, down by a positive one; not beyond the ends."""
    event = locked_event(tier.event_id)
    check_alive(event)
    order = [other for other in event.tiers if other.id != tier.id]
    at = next(place for place, other in enumerate(event.tiers) if other.id == tier.id)
    order.insert(max(0, min(at + by_places, len(order))), event.tiers[at])
    if [other.id for other in order] == [other.id for other in event.tiers]:
        return
    for position, other in enumerate(order):
        other.position = position
    db.session.flush()
    note("tier.moved", tier.public_id, by=by, now=now, after={"place": order.index(tier) + 1})


def close_tier(tier: Tier, *, by: int | None, now: datetime) -> None:
    """Sells no more of it. Who is paying may finish; tickets that were bought stay good."""
    event = locked_event(tier.event_id)
    db.session.refresh(tier)
    check_alive(event)
    if tier.sale_ends_at is not None and tier.sale_ends_at <= now:
        return
    details = replace(tier_details_of(tier), sale_ends_at=now)
    if details.sale_starts_at is not None and details.sale_starts_at >= now:
        details = replace(details, sale_starts_at=None)
    tier.sale_starts_at, tier.sale_ends_at = details.sale_starts_at, details.sale_ends_at
    db.session.flush()
    note("tier.closed", tier.public_id, by=by, now=now)


def remove_tier(tier: Tier, *, by: int | None, now: datetime) -> None:
    """Only from a draft, of which nobody can have bought. Its stock is gone already.

    Raises TierInUse, changing nothing: then it is closed instead.
    """
    event = locked_event(tier.event_id)
    if event.status != EventStatus.DRAFT:
        raise TierInUse("It has been on sale: close it instead.")
    note("tier.removed", tier.public_id, by=by, now=now, before={"name": tier.name})
    db.session.delete(tier)
    db.session.flush()


def tier_details_of(tier: Tier) -> TierDetails:
    return TierDetails(
        name=tier.name,
        description=tier.description,
        price_minor=tier.price_minor,
        per_order_limit=tier.per_order_limit,
        sale_starts_at=tier.sale_starts_at,
        sale_ends_at=tier.sale_ends_at,
    )


def _checked_tier(details: TierDetails, currency: str) -> TierDetails:
    details = cleaned(details)
    if faults := tier_faults(details, currency):
        raise Invalid("Some of what was entered does not fit.", faults)
    return details
