"""What a demo event is made of, and days that are always still to come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from tixapp.events.rules import EventDetails

FRIDAY, SATURDAY, SUNDAY = 5, 6, 7
AN_HOUR = timedelta(hours=1)
WORDS = Path(__file__).parent / "words"


@dataclass(frozen=True)
class DemoTier:
    """`guests` places were given away before the sale: free orders, with real tickets."""

    name: str
    price_minor: int
    capacity: int
    description: str = ""
    per_order_limit: int = 4
    guests: int = 0


@dataclass(frozen=True)
class DemoEvent:
    details: EventDetails
    tiers: tuple[DemoTier, ...]
    is_published: bool = True


@dataclass(frozen=True)
class Days:
    """Moments as a place reads them, later than `now` by an hour at least."""

    now: datetime
    zone: str

    def tonight(self, hour: int, minute: int = 0) -> datetime:
        """Today; tomorrow, when it is too late for today."""
        today = self._at(0, hour, minute)
        return today if today > self.now + AN_HOUR else self._at(1, hour, minute)

    def has_tonight(self, hour: int, minute: int = 0) -> bool:
        return self.tonight(hour, minute) == self._at(0, hour, minute)

    def next(self, weekday: int, hour: int, minute: int = 0) -> datetime:
        """The coming Friday, say; a week later when that is nearly over."""
        ahead = (weekday - self.now.astimezone(ZoneInfo(self.zone)).isoweekday()) % 7
        day = self._at(ahead, hour, minute)
        return day if day > self.now + AN_HOUR else self._at(ahead + 7, hour, minute)

    def after(self, days: int, hour: int, minute: int = 0) -> datetime:
        return self._at(days, hour, minute)

    def _at(self, days: int, hour: int, minute: int) -> datetime:
        local = self.now.astimezone(ZoneInfo(self.zone)) + timedelta(days=days)
        return local.replace(hour=hour, minute=minute, second=0, microsecond=0)


def words(name: str) -> str:
    """A description in Markdown, a line for each paragraph."""
    return (WORDS / f"{name}.md").read_text(encoding="utf-8").strip()
