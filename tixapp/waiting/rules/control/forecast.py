"""What may honestly be said of the end: who will probably be called, and when.

Whoever pays does so soon, and whoever will not is seen only when their time is over: counting those
who have decided flatters a sale. So those who have not decided yet count too, half of them as
buyers; the interval goes from a quarter to three quarters of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, sqrt

from .learning import ENOUGH, LEAST_SHARE, USUAL_CONVERSION, USUAL_KEPT, USUAL_SHOWS, Beliefs
from .values import Counts, History, Limits, Mark

FEW, HALF, MOST = 0.25, 0.5, 0.75
# One of ten lies below, one above.
TENTH = 1.2816
# Sales change while they run: nothing is known better than this.
DRIFT = 0.05
# The pace falls towards the end of a sale, so that most waits are longer than it says.
SOONEST, LATEST = 0.85, 1.7
# Fewer people a minute than this is nobody.
STANDSTILL = 0.05


@dataclass(frozen=True)
class Outlook:
    """Everything that bears on the end, at one moment."""

    limits: Limits
    counts: Counts
    history: History
    mark: Mark
    beliefs: Beliefs
    pending: int

    @property
    def open(self) -> int:
        """Passes that hold nothing yet."""
        promised = ceil(self.counts.owed / self.limits.per_order)
        return min(self.counts.active, self.counts.loose + promised)

    @property
    def shows(self) -> float:
        return _share(self.history.settled_claims, self.mark.called, USUAL_SHOWS)

    def last_rank(self) -> tuple[int, int, int]:
        """(low, middle, high): the last place in the order that is called before all is sold."""
        called, middle = self.history.called, self._more(HALF)
        width = 1 + TENTH * self._chance(middle)
        low, high = min(middle, self._more(MOST)) / width, max(middle, self._more(FEW)) * width
        return called + int(low), called + int(middle), called + int(high)

    def _more(self, buyers: float) -> float:
        """How many more are called, if this share of the undecided buy."""
        counts, history, quantity = self.counts, self.history, self.beliefs.quantity
        holding = counts.active - self.open
        takes = _share(
            history.takes + holding + buyers * self.open,
            history.takes + history.ends + counts.active,
            USUAL_CONVERSION,
        )
        pays = _share(
            history.paid + buyers * counts.held,
            history.paid + history.returned + counts.held,
            USUAL_KEPT,
        )
        each = takes * quantity * pays
        coming = counts.gated + self.pending * self.shows
        spoken_for = self.open * buyers * quantity * pays + coming * each
        left = counts.free + counts.held * (1 - buyers) - spoken_for
        return max(0.0, left / (each * self.shows))

    def _chance(self, more: float) -> float:
        """What chance does to `more` people, as a share of them: one standard deviation."""
        beliefs = self.beliefs
        each = self.shows * beliefs.mean * beliefs.kept
        second = self.shows * beliefs.kept * (beliefs.spread + beliefs.mean**2)
        return sqrt(DRIFT**2 + max(0.0, second / each**2 - 1) / max(more, 1.0))


def wait(ahead: int, pace: float) -> tuple[int, int] | None:
    """Seconds until `ahead` people have been called, at the least and at the most: this holds in
    three of four cases. None when nobody is being called. room.js knows the two factors too."""
    if pace < STANDSTILL:
        return None
    seconds = ahead * 60 / pace
    return int(seconds * SOONEST), ceil(seconds * LATEST)


def _share(part: float, whole: float, usual: float) -> float:
    """`part` of `whole`; what is usual elsewhere as long as there are few."""
    known = min(1.0, whole / ENOUGH)
    found = part / whole if whole else 0.0
    return min(1.0, max(LEAST_SHARE, usual + (found - usual) * known))
