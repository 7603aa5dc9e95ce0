"""An event once more: a draft with the same words, tiers and places."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from tixapp.core.walltime import FIRST, NoSuchTime, moment_of, wall_of
from tixapp.events import actions as events
from tixapp.events.models import Event
from tixapp.events.rules import Details

from .actions import open_stock
from .queries import capacities

WEEK = timedelta(weeks=1)
TIMES = ("starts_at", "ends_at", "doors_at", "on_sale_at")
WINDOW = ("sale_starts_at", "sale_ends_at")


def copy_event(event: Event, *, by: int | None, now: datetime) -> Event:
    """A draft. What lies in the past is moved by whole weeks into the future, on the same day and
    hour there. `event` comes with venue, seller and tiers."""
    weeks = _weeks_ahead(event.starts_at, now)
    details = _moved(events.details_of(event), TIMES, weeks, event.timezone)
    made = events.create_event(event.seller, details, by=by, now=now)
    places = capacities(event.id)
    for tier in event.tiers:
        said = _moved(events.tier_details_of(tier), WINDOW, weeks, event.timezone)
        added = events.add_tier(made.id, said, by=by, now=now)
        added.hidden = tier.hidden
        open_stock(added.id, places[tier.id], now=now)
    return made


def _weeks_ahead(starts_at: datetime, now: datetime) -> int:
    """0 for an event that is still to come."""
    return max(0, ceil((now - starts_at) / WEEK + 1e-9)) if starts_at <= now else 0


def _moved(details: Details, names: tuple[str, ...], weeks: int, zone: str) -> Details:
    moments = {name: at for name in names if (at := getattr(details, name)) is not None}
    later: dict[str, Any] = {name: _later(at, weeks, zone) for name, at in moments.items()}
    return replace(details, **later)


def _later(at: datetime, weeks: int, zone: str) -> datetime:
    """The same time on the wall so many weeks later; the first one of two, or the one after a
    gap."""
    if not weeks:
        return at
    wall = wall_of(at, zone) + weeks * WEEK
    try:
        return moment_of(wall, zone, which=FIRST)
    except NoSuchTime as gap:
        return moment_of(gap.instead, zone, which=FIRST)
