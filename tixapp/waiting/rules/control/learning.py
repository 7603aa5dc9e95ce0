"""What this sale teaches: who comes when called, who takes places, how many, and who pays.

Moving averages over about a thousand samples; until two hundred have spoken, what is usual
elsewhere is believed in proportion.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from .values import Average, History, Limits, Mark, Memory

LENGTH = 1000
ENOUGH = 200
USUAL_SHOWS, USUAL_CONVERSION, USUAL_KEPT = 0.7, 0.8, 0.85
USUAL_QUANTITY, USUAL_SPREAD = 2.2, 1.0
# A share is never believed to be smaller: dividing by it must not call the whole crowd at once.
LEAST_SHARE = 0.02


@dataclass(frozen=True, slots=True)
class Beliefs:
    """`shows`: of ten called, so many tenths come. `conversion`: of passes, the share that takes
    places: `quantity` on average, with `variance`. `kept`: of places taken, the share paid."""

    shows: float
    conversion: float
    quantity: float
    variance: float
    kept: float

    @property
    def mean(self) -> float:
        """Places that one pass takes, on average: mu."""
        return self.conversion * self.quantity

    @property
    def spread(self) -> float:
        """Their variance."""
        second = self.conversion * (self.variance + self.quantity**2)
        return max(0.0, second - self.mean**2)


def believed(memory: Memory, limits: Limits) -> Beliefs:
    quantity = min(USUAL_QUANTITY, float(limits.per_order))
    mean = min(max(_mix(memory.quantity, quantity), 1.0), float(limits.per_order))
    square = _mix(memory.square, quantity**2 + USUAL_SPREAD)
    return Beliefs(
        shows=_share(memory.shows, USUAL_SHOWS),
        conversion=_share(memory.conversion, USUAL_CONVERSION),
        quantity=mean,
        variance=max(0.0, square - mean**2),
        kept=_share(memory.kept, USUAL_KEPT),
    )


def learned(memory: Memory, history: History, mark: Mark) -> Memory:
    """`mark`: the settled one, whose people have had their time to come."""
    old = memory.seen
    takes, ends = _new(history.takes, old.takes), _new(history.ends, old.ends)
    paid, back = _new(history.paid, old.paid), _new(history.returned, old.returned)
    due = _new(mark.called, memory.settled_called)
    came = _new(history.settled_claims, old.settled_claims) if due else 0
    seen = history if due else replace(history, settled_claims=old.settled_claims)
    return replace(
        memory,
        seen=seen,
        settled_called=max(mark.called, memory.settled_called),
        shows=_moved(memory.shows, due, min(came, due)),
        conversion=_moved(memory.conversion, takes + ends, takes),
        quantity=_moved(memory.quantity, takes, _new(history.taken, old.taken)),
        square=_moved(memory.square, takes, _new(history.squares, old.squares)),
        kept=_moved(memory.kept, paid + back, paid),
    )


def _moved(average: Average, samples: int, total: float) -> Average:
    if samples <= 0:
        return average
    seen = min(average.samples + samples, float(max(LENGTH, samples)))
    mean = average.mean + (total / samples - average.mean) * samples / seen
    return Average(mean, min(seen, float(LENGTH)))


def _mix(average: Average, usual: float) -> float:
    return usual + (average.mean - usual) * min(1.0, average.samples / ENOUGH)


def _share(average: Average, usual: float) -> float:
    return min(1.0, max(LEAST_SHARE, _mix(average, usual)))


def _new(now: int, before: int) -> int:
    """A count that was corrected downwards teaches nothing."""
    return max(0, now - before)
