"""What a sale looks like from outside: counted, and held against what must be so."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from tixapp.waiting.rules.control import Counts, Decision, wait

from .world import World

if TYPE_CHECKING:
    from .sale import Sale

PATIENT_TICKS = 3
ROOM_FOR = 10
ASKED_AT = (0.25, 0.5, 0.75)
NEARLY = 0.99
# Once a minute somebody asks how long a thousand others will take.
ASK_EVERY, AHEAD = 60.0, 1_000
# A hybrid sale may send one of so many to a sold-out page.
ONE_IN = 10_000


@dataclass(frozen=True)
class Outcome:
    """`turned_away`: let in, and found nothing; `fewer`: got less than they wanted; `in_vain`: were
    called, came, and were still waiting at the gate when all was gone. Times in seconds: until 99
    of 100 places were paid, and until all were. Forecasts that held: `honest` of `asked` about the
    last place, `waits_held` of `waits`."""

    control: str
    admitted: int
    turned_away: int
    fewer: int
    called: int
    in_vain: int
    most_active: int
    nearly_sold_out_after: float
    sold_out_after: float
    asked: int
    honest: int
    waits: int
    waits_held: int
    events: int


class Watch:
    """`keeps` of a control says what it is held to: "strict", "hybrid", or nothing."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._still = 0
        # A seller who calls ten a minute does not call one in every three ticks.
        self._patience = max(PATIENT_TICKS, ceil(60 / world.rate / world.tick) + 1)
        self._asked: list[tuple[int, int, int]] = []
        self._waits: list[tuple[float, int, int, int]] = []
        self._nearly: float | None = None
        self.waits = self.waits_held = 0
        self.admitted = self.turned_away = self.fewer = self.most_active = 0

    def let_in(self, sale: Sale) -> None:
        self.admitted += 1
        self.most_active = max(self.most_active, sale.active)
        if sale.control.keeps:
            assert sale.active <= self._world.a_max, "A1: too many shop at once"
        if sale.control.keeps == "strict":
            assert 1 <= sale.owed <= sale.free, "A1: a promise that cannot be kept"

    def tried(self, sale: Sale, wanted: int, took: int) -> None:
        self.turned_away += took < 1
        self.fewer += 1 <= took < wanted
        if sale.control.keeps == "strict":
            assert took >= 1, "A1: an admitted person found it sold out"

    def ticked(self, sale: Sale, counts: Counts, *, moved: bool) -> None:
        assert sale.free + sale.held + sale.sold == self._world.places, "S1: places came or went"
        assert min(sale.free, sale.held) >= 0, "S1: more is held and sold than there is"
        is_due = not moved and not sale.is_paused and self._has_room(sale, counts)
        self._still = self._still + 1 if is_due else 0
        if sale.control.keeps:
            assert self._still <= self._patience, "A2: places are free, people wait, nobody moves"
        self._ask(sale)
        if self._nearly is None and sale.sold >= NEARLY * self._world.places:
            self._nearly = sale.now

    def _has_room(self, sale: Sale, counts: Counts) -> bool:
        """Seen from outside, without the control's arithmetic: even if everyone who was called
        comes and takes a full order, there is room for ten more."""
        settled = sale.control.settled(sale.now)
        pending = max(0, sale.called - settled.called - (sale.claims - sale.settled_claims))
        waiting = counts.gated + pending
        orders = counts.free - counts.owed - self._world.per_order * (counts.loose + waiting)
        return (
            sale.line.people > sale.called
            and self._world.a_max - counts.active - waiting > ROOM_FOR
            and orders > ROOM_FOR * self._world.per_order
        )

    def _ask(self, sale: Sale) -> None:
        """What does the control say of the end, and of the wait?"""
        last: Decision | None = getattr(sale.control, "last", None)
        if last is None:
            return
        asked = len(self._asked)
        if asked < len(ASKED_AT) and sale.sold >= ASKED_AT[asked] * self._world.places:
            self._asked.append(last.last_rank)
        expected = wait(AHEAD, last.pace) if last.state == "open" else None
        if expected is not None and sale.now % ASK_EVERY == 0:
            self._waits.append((sale.now, sale.line.called + AHEAD, *expected))
        while self._waits and sale.line.called >= self._waits[0][1]:
            at, _, low, high = self._waits.pop(0)
            self.waits += 1
            self.waits_held += low <= sale.now - at <= high

    def outcome(self, sale: Sale) -> Outcome:
        if sale.control.keeps == "hybrid":
            assert self.turned_away * ONE_IN <= self.admitted, "A1: too many found it sold out"
        return Outcome(
            control=sale.control.name,
            admitted=self.admitted,
            turned_away=self.turned_away,
            fewer=self.fewer,
            called=sale.line.called,
            in_vain=len(sale.gated),
            most_active=self.most_active,
            nearly_sold_out_after=self._nearly or sale.now,
            sold_out_after=sale.now,
            asked=len(self._asked),
            waits=self.waits,
            waits_held=self.waits_held,
            honest=sum(self._held(sale, *asked) for asked in self._asked),
            events=sale.clock.events,
        )

    def _held(self, sale: Sale, low: int, _middle: int, high: int) -> bool:
        """A last place beyond the end of the line says that everyone will be called."""
        return min(low, sale.line.people) <= sale.line.called <= high
