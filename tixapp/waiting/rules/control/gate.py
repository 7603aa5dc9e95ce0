"""The hard gate: whether one more may shop, and what is promised to them."""

from __future__ import annotations

from math import ceil, sqrt

from .learning import Beliefs
from .values import Counts, Limits

# Standard deviations: people whose demand is within them are let in without a promise.
Z = 4.0
# Below so many full orders' worth of places everyone is promised theirs, in a hybrid sale too.
LAST_ORDERS = 50


def places_for(people: int, beliefs: Beliefs) -> float:
    """What so many passes take in the worst of some thirty thousand cases."""
    return people * beliefs.mean + Z * sqrt(people * beliefs.spread)


def n_max(available: int, beliefs: Beliefs) -> int:
    """The largest number of passes that `available` places bear."""
    if available <= 0:
        return 0
    lean = Z * sqrt(beliefs.spread)
    root = (sqrt(lean**2 + 4 * beliefs.mean * available) - lean) / (2 * beliefs.mean)
    near = int(root**2)
    if places_for(near + 1, beliefs) <= available:
        return near + 1
    return near if places_for(near, beliefs) <= available else near - 1


def promises(limits: Limits, counts: Counts) -> bool:
    """Whether a pass carries a promise now: always in a strict sale, else for the last places."""
    return limits.strict or counts.free - counts.owed < LAST_ORDERS * limits.per_order


def spare(counts: Counts, beliefs: Beliefs) -> int:
    """Places that nobody holds, was promised, or is likely to take."""
    return max(0, counts.free - counts.owed - ceil(places_for(counts.loose, beliefs)))


def admit(limits: Limits, counts: Counts, beliefs: Beliefs, *, paused: bool = False) -> int | None:
    """What a new pass is promised: 0 is no promise, None no pass for now."""
    if paused or counts.active >= limits.a_max:
        return None
    if promises(limits, counts):
        return min(limits.per_order, spare(counts, beliefs)) or None
    return 0 if counts.loose + 1 <= n_max(counts.free - counts.owed, beliefs) else None


def most_places(promised: int, limits: Limits, *, free: int, owed: int) -> int:
    """How many places a pass may take that was promised so many: these, and what is left over.

    `owed`: to everyone, itself included. A pass that takes fewer than it was promised is promised
    only these from then on: the rest belongs to others, even if its hold is released.
    """
    return max(0, min(limits.per_order, free, max(promised, free - (owed - promised))))
