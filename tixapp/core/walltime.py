"""What clocks on a wall say, and the moment that is.

Twice a year a clock jumps: some times of that night do not exist, others come twice.
"""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

FIRST, SECOND = "first", "second"


class WrongTime(ValueError):
    """A time that no clock there shows, or shows twice."""


class NoSuchTime(WrongTime):
    """It is skipped when clocks go forward. `instead` is what they show in its place."""

    def __init__(self, instead: datetime) -> None:
        super().__init__("skipped")
        self.instead = instead


class TwiceThatNight(WrongTime):
    """It comes before and after clocks go back: somebody has to say which is meant."""

    def __init__(self) -> None:
        super().__init__("twice")


def moment_of(wall: datetime, zone: str, *, which: str = "") -> datetime:
    """The moment in UTC at which clocks in `zone` show `wall` (without a zone of its own).

    `which` is FIRST or SECOND for a time that comes twice. Raises NoSuchTime, TwiceThatNight.
    """
    place = ZoneInfo(zone)
    early, late = (wall.replace(tzinfo=place, fold=fold).astimezone(UTC) for fold in (0, 1))
    if early == late:
        return early
    if early.astimezone(place).replace(tzinfo=None) != wall:
        raise NoSuchTime(early.astimezone(place).replace(tzinfo=None))
    if which not in {FIRST, SECOND}:
        raise TwiceThatNight
    return early if which == FIRST else late


def wall_of(at: datetime, zone: str) -> datetime:
    """What clocks in `zone` show at that moment."""
    return at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def which_of(at: datetime, zone: str) -> str:
    """FIRST or SECOND if clocks show this time twice, else empty."""
    local = at.astimezone(ZoneInfo(zone))
    try:
        moment_of(local.replace(tzinfo=None, fold=0), zone)
    except TwiceThatNight:
        return SECOND if local.fold else FIRST
    return ""
