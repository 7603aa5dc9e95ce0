"""The rows of the home page, by what there is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flask import url_for
from flask_babel import gettext as _

from tixapp.events.models import Event

from .cards import EventCard

FRIDAY = 4
EVENING = 17  # from this hour on, "today" is "tonight"


@dataclass(frozen=True)
class Row:
    title: str
    cards: list[EventCard]
    url: str
    label: str


def rows_of(
    events: Sequence[Event], cards: Sequence[EventCard], *, now: datetime, most: int
) -> list[Row]:
    """Tonight, this weekend, and the rest; a row with nothing in it is left out. No event is in two
    rows. `events` and `cards` go in pairs, soonest first."""
    left = list(zip(events, cards, strict=True))
    rows = []
    today = _take(left, lambda event: is_today(event, now), most)
    if today:
        rows.append(_row(_today_title([event for event, _card in today]), today, when="today"))
    weekend = _take(left, lambda event: is_weekend(event, now), most)
    if weekend:
        rows.append(_row(str(_("This weekend")), weekend, when="weekend"))
    rest = _take(left, lambda event: True, 3 * most)
    if rest:
        rows.append(_row(str(_("Coming up")), rest))
    return rows


def is_today(event: Event, now: datetime) -> bool:
    return _days_until(event, now) == 0


def is_weekend(event: Event, now: datetime) -> bool:
    """From Friday to Sunday of the week it is where the event is; what is over does not count."""
    today = now.astimezone(ZoneInfo(event.timezone)).date()
    friday = today + timedelta(days=FRIDAY - today.weekday())
    return max(today, friday) <= event.local_day <= friday + timedelta(days=2)


def _days_until(event: Event, now: datetime) -> int:
    return (event.local_day - now.astimezone(ZoneInfo(event.timezone)).date()).days


def _today_title(events: Sequence[Event]) -> str:
    hours = [event.starts_at.astimezone(ZoneInfo(event.timezone)).hour for event in events]
    return str(_("Tonight") if min(hours) >= EVENING else _("Today"))


def _take(
    left: list[tuple[Event, EventCard]], wanted: Callable[[Event], bool], most: int
) -> list[tuple[Event, EventCard]]:
    """Takes the first `most` that fit out of what is left."""
    taken = [pair for pair in left if wanted(pair[0])][:most]
    left[:] = [pair for pair in left if pair not in taken]
    return taken


def _row(title: str, pairs: Sequence[tuple[Event, EventCard]], when: str = "") -> Row:
    url = url_for("browse.search", when=when) if when else url_for("browse.search")
    label = _("All of them") if when else _("All events")
    return Row(title, [card for _event, card in pairs], url, str(label))
