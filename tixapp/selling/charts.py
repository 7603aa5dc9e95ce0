"""Bars, measured here and drawn by a template. A chart is a picture of its table, which is with it.

A bar's measures are parts of a hundred, so that a picture fits whatever width it is given.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

MOST_BARS = 60
# A single day alone would be one wide block: a picture begins at least so long before its end.
LEAST_DAYS = 14
GAP = 0.2


@dataclass(frozen=True)
class Bar:
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Columns:
    """Upright bars over days. `step` is how many days one bar stands for."""

    bars: tuple[Bar, ...]
    first: date | None
    last: date | None
    step: int
    highest: int
    total: int


@dataclass(frozen=True)
class Row:
    """A lying bar with its words. `share`: how much of the width it fills, up to 100."""

    label: str
    value: int
    of: int
    share: float


def columns(days: Mapping[date, int], *, until: date | None = None) -> Columns:
    """One bar a day, or for several days where there would be too many bars."""
    if not days:
        return Columns((), None, None, 1, 0, 0)
    last = max(*days, until or date.min)
    first = min(*days, last - timedelta(days=LEAST_DAYS - 1))
    count = (last - first).days + 1
    step = -(-count // MOST_BARS)
    sums = [0] * -(-count // step)
    for day, amount in days.items():
        sums[(day - first).days // step] += amount
    highest = max(*sums, 1)
    width = 100 / len(sums)
    bars = tuple(
        Bar(round(i * width, 3), round(100 - h, 3), round(width * (1 - GAP), 3), round(h, 3))
        for i, n in enumerate(sums)
        if (h := max(n, 0) * 100 / highest) > 0
    )
    return Columns(bars, first, last, step, highest, sum(sums))


def rows(values: Sequence[tuple[str, int, int]]) -> list[Row]:
    """(label, value, of which that is a part)."""
    return [Row(label, n, of, _share(n, of)) for label, n, of in values]


def steps(values: Sequence[tuple[str, int]]) -> list[tuple[Row, float | None]]:
    """Each as a part of the first, with the percentage of the step before that went on."""
    of = values[0][1] if values else 0
    made = rows([(label, n, of) for label, n in values])
    went_on = [None, *(_percent(after, before) for before, after in pairwise(n for _, n in values))]
    return list(zip(made, went_on, strict=True))


def every_day(days: Mapping[date, int]) -> list[tuple[date, int]]:
    """The table of `columns`: days without a sale too."""
    if not days:
        return []
    first, count = min(days), (max(days) - min(days)).days + 1
    return [(day, days.get(day, 0)) for day in (first + timedelta(n) for n in range(count))]


def _share(value: int, of: int) -> float:
    return round(min(100.0, max(0, value) * 100 / of), 2) if of else 0.0


def _percent(after: int, before: int) -> float | None:
    """None where it says nothing: looks are counted roughly, and began later than sales."""
    return round(after * 100 / before, 1) if before >= after and before else None
