"""A verdict as a page shows it, for browsers without scripts."""

from dataclasses import dataclass
from datetime import datetime

from tixapp.tickets.rules import Result, ScanResult
from tixapp.web.filters import local_time, short_day


@dataclass(frozen=True, slots=True)
class Verdict:
    """`line` names the sentence of templates/scanner/_words.html; the rest fills it."""

    result: str
    line: str
    tier: str = ""
    holder: str = ""
    time: str = ""
    gate: str = ""


def verdict(result: ScanResult, *, timezone: str, now: datetime) -> Verdict:
    return Verdict(
        result=result.result.value,
        line=_line(result),
        tier=result.tier or "",
        holder=result.holder or "",
        time=_clock_time(result.used_at, timezone, now) if result.used_at else "",
        gate=result.gate or "",
    )


def _line(result: ScanResult) -> str:
    if result.result != Result.ALREADY_USED or result.used_at is None:
        return result.result.value
    return "used-at-gate" if result.gate else "used-at"


def _clock_time(at: datetime, timezone: str, now: datetime) -> str:
    time, day = local_time(at, timezone), short_day(at, timezone)
    return time if day == short_day(now, timezone) else f"{day}, {time}"
