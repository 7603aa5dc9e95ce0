"""What may honestly be said of the end: who will probably be called, and when."""

from __future__ import annotations

from itertools import pairwise
from math import sqrt

from .learning import Beliefs
from .values import Average, Counts, Memory

# One of ten lies below, one above.
TENTH = 1.2816
# Sales change while they run: beliefs are never better than this.
DRIFT = 0.05
FEWEST = 20.0
SURE, LIKELY, EVEN, UNLIKELY, HARDLY = 99, 90, 50, 10, 1
SOONEST, LATEST = 0.7, 1.6
# Fewer people a minute than this is nobody.
STANDSTILL = 0.05


def last_rank(
    memory: Memory, counts: Counts, beliefs: Beliefs, *, called: int, pending: int
) -> tuple[int, int, int]:
    """(low, middle, high): the last place in the order that is called before all is sold."""
    loose = counts.loose + counts.gated + pending * beliefs.shows
    spoken_for = loose * beliefs.mean + counts.owed / 2 + counts.held
    left = counts.free + counts.held - spoken_for * beliefs.kept
    each = beliefs.shows * beliefs.mean * beliefs.kept
    more = max(0.0, left / each)
    width = 1 + TENTH * _doubt(memory, beliefs, more)
    return called + int(more / width), called + int(more), called + int(more * width)


def _doubt(memory: Memory, beliefs: Beliefs, more: float) -> float:
    """The standard deviation of `more`, as a share of it."""
    each = beliefs.shows * beliefs.mean * beliefs.kept
    second = beliefs.shows * beliefs.kept * (beliefs.spread + beliefs.mean**2)
    chance = max(0.0, second / each**2 - 1) / max(more, 1.0)
    return sqrt(
        DRIFT**2
        + chance
        + _unsure(memory.shows, beliefs.shows)
        + _unsure(memory.kept, beliefs.kept)
        + beliefs.spread / beliefs.mean**2 / max(memory.conversion.samples, FEWEST)
    )


def _unsure(average: Average, share: float) -> float:
    return (1 - share) / share / max(average.samples, FEWEST)


def odds(rank: int, last: tuple[int, int, int]) -> int:
    """Percent: how likely it is that `rank` is called. Straight lines between what `last` says."""
    low, middle, high = last
    points = [
        (0, SURE),
        (low, LIKELY),
        (middle, EVEN),
        (high, UNLIKELY),
        (2 * high - middle, HARDLY),
    ]
    for (left, above), (right, below) in pairwise(points):
        if rank <= right:
            share = (rank - left) / (right - left) if right > left else 1.0
            return round(above + (below - above) * share)
    return HARDLY


def wait(ahead: int, pace: float) -> tuple[int, int, int] | None:
    """Seconds until `ahead` people have been called: (low, middle, high). None when nobody is."""
    if ahead <= 0:
        return 0, 0, 0
    if pace < STANDSTILL:
        return None
    seconds = ahead * 60 / pace
    return int(seconds * SOONEST), round(seconds), round(seconds * LATEST)
