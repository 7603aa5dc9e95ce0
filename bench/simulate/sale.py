"""One sale, event by event. What must always hold is asserted where it could break."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial

from tixapp.waiting.rules import draw
from tixapp.waiting.rules.control import Counts, History
from tixapp.waiting.rules.draw import Cut

from .clock import Act, Clock
from .controls import Control
from .line import Line
from .watch import Outcome, Watch
from .world import HOLD, Dice, World

OPENS = datetime(2026, 11, 20, 12, tzinfo=UTC)
# Writing a million exact ranks takes the database five seconds.
RANKS_A_SECOND = 200_000
SKEW = 30.0


@dataclass(order=True)
class Person:
    place: Cut
    promised: int = field(default=0, compare=False)
    held: int = field(default=0, compare=False)
    claimed: bool = field(default=False, compare=False)
    inside: bool = field(default=False, compare=False)


class Sale:
    def __init__(self, world: World, control: Control, seed: int) -> None:
        self.world, self.control, self.dice = world, control, Dice(world, seed)
        self.line = Line(world.people, self.dice.random)
        self.watch = Watch(world)
        self.clock = Clock()
        self.free, self.held, self.sold = world.places, 0, 0
        self.active = self.loose = self.owed = 0
        self.called = self.sealed = 0
        self.claims = self.settled_claims = self.takes = self.ends = 0
        self.taken = self.squares = self.paid = self.returned = 0
        self.gated: list[Person] = []
        self._unsettled: list[Cut] = []
        self._settled = draw.Cut(0, 0)
        self._away: list[Person] = []
        self._exact = False

    def run(self) -> Outcome:
        self.clock.at(0.0, self._tick)
        if (fault := self.world.fault) and fault.name == "everyone returns":
            self.clock.at(fault.begins, self._everyone_returns)
        while self.now < self.world.longest and not self.is_over:
            self.clock.step()
        assert self.is_over, "A2: the sale did not come to its end"
        return self.watch.outcome(self)

    @property
    def now(self) -> float:
        return self.clock.now

    @property
    def is_over(self) -> bool:
        """All is sold and whoever is left inside has found that out; or everyone has had a turn."""
        everyone = self.now > self.world.late_for + HOLD and self.called == self.line.people
        is_done = self.sold == self.world.places or (everyone and not self.gated)
        return is_done and self.active == 0

    def _later(self, seconds: float, act: Act) -> None:
        """Passes and holds are lengthened by a pause, and people wait for its end."""

        def when_running() -> None:
            if (fault := self.world.fault) and self.is_paused:
                self.clock.at(fault.ends + (self.now - fault.begins), act)
            else:
                act()

        self.clock.at(self.now + seconds, when_running)

    @property
    def is_paused(self) -> bool:
        return self._suffers("pause")

    def _suffers(self, name: str) -> bool:
        fault = self.world.fault
        return fault is not None and fault.is_on(name, self.now)

    def counts(self) -> Counts:
        return Counts(
            self.free, self.held, self.active, self.loose, self.owed, gated=len(self.gated)
        )

    def history(self) -> History:
        return History(
            called=self.called,
            claims=self.claims,
            settled_claims=self.settled_claims,
            takes=self.takes,
            ends=self.ends,
            taken=self.taken,
            squares=self.squares,
            paid=self.paid,
            returned=self.returned,
        )

    def _tick(self) -> None:
        if not self._suffers("control dead"):
            self._steer()
            self._drain()
        self.clock.at(self.now + self.world.tick, self._tick)

    def _steer(self) -> None:
        shown = self.now + (SKEW if self._suffers("clock skew") and self.now % 120 < 60 else 0.0)
        self._seal(shown)
        if not self._exact and self.now * RANKS_A_SECOND > self.world.people:
            self._exact, self.called = True, self.line.called
        self._settle(self.control.settled(shown).cut)
        counts, history = self.counts(), self.history()
        called = self.control.tick(
            counts, history, self.line.people, self.line.cut, shown, paused=self.is_paused
        )
        assert called >= self.called, "F3: fewer have been called than before"
        moved = called > self.called
        assert not (moved and self.is_paused), "F3: somebody was called during a pause"
        if moved:
            new = self.line.call(called) if self._exact else self.line.call_about(called)
            self.called = called
            for place in new:
                self._call(Person(place))
        self.watch.ticked(self, counts, moved=moved)

    def _seal(self, shown: float) -> None:
        """Windows are over two seconds after their end; never one that is sealed already."""
        last = draw.sealable(OPENS + timedelta(seconds=shown), OPENS)
        for win in range(max(1, self.sealed + 1), last + 1):
            if (win - 1) * 10 < self.world.late_for and self.world.late:
                self.line.seal(win, self.world.late)
            self.sealed = win

    def _settle(self, cut: Cut) -> None:
        self._settled = max(self._settled, cut)
        while self._unsettled and self._unsettled[0] < self._settled:
            heapq.heappop(self._unsettled)
            self.settled_claims += 1

    def _call(self, person: Person) -> None:
        seconds = self.dice.comes_after()
        if seconds is None:
            self._away.append(person)
            seconds = self.dice.comes_back_after()
        if seconds is not None:
            self._later(seconds, lambda: self._claim(person))

    def _everyone_returns(self) -> None:
        for person in self._away:
            self._later(self.dice.random.random(), partial(self._claim, person))

    def _claim(self, person: Person) -> None:
        if person.claimed:
            return
        person.claimed = True
        self.claims += 1
        if person.place < self._settled:
            self.settled_claims += 1
        else:
            heapq.heappush(self._unsettled, person.place)
        heapq.heappush(self.gated, person)
        self._drain()

    def _drain(self) -> None:
        """Who waits at the gate goes in by rank, as far as it is open."""
        while self.gated and self.free + self.held:
            counts = self.counts()
            promised = self.control.admit(counts, paused=self.is_paused)
            if promised is None:
                return
            self._let_in(heapq.heappop(self.gated), promised)

    def _let_in(self, person: Person, promised: int) -> None:
        assert person.place < self.line.cut, "F3: a pass from behind the cut"
        assert not self.is_paused, "F3: a pass during a pause"
        assert not person.inside, "F4: two passes for one person"
        person.inside, person.promised = True, promised
        self.active += 1
        self.owed += promised
        self.loose += not promised
        self.watch.let_in(self)
        share = self.world.takes / (2 if self._suffers("conversion halved") else 1)
        if self.dice.takes(share):
            self._later(self.dice.chooses_for(), lambda: self._take(person))
        else:
            self._later(self.dice.looks_for(), lambda: self._leave(person))

    def _take(self, person: Person) -> None:
        wanted = self.dice.wants()
        most = self.control.most_places(person.promised, self.free, self.owed)
        took = min(wanted, most)
        self.watch.tried(self, wanted, took)
        if took < 1:
            self._leave(person)
            return
        self._open(person)
        person.held = took
        self.free, self.held = self.free - took, self.held + took
        assert self.free >= 0, "S1: more is held and sold than there is"
        self._pay_some_time(person)

    def _pay_some_time(self, person: Person) -> None:
        seconds = self.dice.pays_after()
        if seconds is None:
            self._later(HOLD, lambda: self._give_back(person))
        else:
            ends = self.now + HOLD
            self._later(seconds, lambda: self._pay(person, ends))

    def _pay(self, person: Person, ends: float) -> None:
        fault = self.world.fault
        if fault is None or not self._suffers("payment outage"):
            self._sell(person)
        elif (again := fault.ends + 60 * self.dice.random.random()) < ends:
            self.clock.at(again, lambda: self._sell(person))
        else:
            self.clock.at(max(self.now, ends), lambda: self._give_back(person))

    def _sell(self, person: Person) -> None:
        self.held, self.sold = self.held - person.held, self.sold + person.held
        self.paid += person.held
        self._finish(person)

    def _give_back(self, person: Person) -> None:
        self.held, self.free = self.held - person.held, self.free + person.held
        self.returned += person.held
        self._finish(person)

    def _leave(self, person: Person) -> None:
        self._open(person)
        self._finish(person)

    def _open(self, person: Person) -> None:
        """They choose no longer: neither does their promise stand."""
        self.loose -= not person.promised
        self.owed -= person.promised
        person.promised = -1

    def _finish(self, person: Person) -> None:
        """A pass teaches when it is over, as in the product."""
        self.takes, self.ends = self.takes + (person.held > 0), self.ends + (person.held == 0)
        self.taken, self.squares = self.taken + person.held, self.squares + person.held**2
        self.active -= 1
        self._drain()
