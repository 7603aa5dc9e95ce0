"""Three ways to let a crowd in: ours, and two that are in use elsewhere."""

from __future__ import annotations

from typing import Protocol

from tixapp.waiting.rules import control
from tixapp.waiting.rules.control import Counts, Decision, History, Limits, Mark, Memory
from tixapp.waiting.rules.draw import Cut

from .world import World


class Control(Protocol):
    name: str
    keeps: str

    def settled(self, now: float) -> Mark: ...

    def tick(
        self, counts: Counts, history: History, people: int, cut: Cut, now: float, *, paused: bool
    ) -> int:
        """How many shall have been called in all."""

    def admit(self, counts: Counts, *, paused: bool) -> int | None:
        """What a new pass is promised; None: not now."""

    def most_places(self, promised: int, free: int, owed: int) -> int: ...


class Steered:
    """The product's own code, kept as the product keeps it: as JSON between two ticks."""

    def __init__(self, world: World, *, strict: bool) -> None:
        self.name = self.keeps = "strict" if strict else "hybrid"
        self.limits = Limits(world.rate, world.a_max, world.per_order, strict)
        self.memory = Memory()
        self.last: Decision | None = None

    def settled(self, now: float) -> Mark:
        return control.settled(self.memory, now=now)

    def tick(
        self, counts: Counts, history: History, people: int, cut: Cut, now: float, *, paused: bool
    ) -> int:
        self.last = control.decide(
            self.memory,
            self.limits,
            counts,
            history,
            people=people,
            cut=cut,
            now=now,
            paused=paused,
        )
        self.memory = self.last.memory
        return self.last.called

    def admit(self, counts: Counts, *, paused: bool) -> int | None:
        beliefs = control.believed(self.memory, self.limits)
        return control.admit(self.limits, counts, beliefs, paused=paused)

    def most_places(self, promised: int, free: int, owed: int) -> int:
        return control.most_places(promised, self.limits, free=free, owed=owed)


class Blind:
    """Waves at one rate, whoever shops and whatever is left, until all is sold."""

    name = "blind waves"
    keeps = ""

    def __init__(self, world: World) -> None:
        self._world = world
        self._rate = world.blind_rate

    def settled(self, now: float) -> Mark:
        return Mark(now, 0, 0, 0)

    def tick(
        self, counts: Counts, history: History, people: int, cut: Cut, now: float, *, paused: bool
    ) -> int:
        if paused or counts.free + counts.held == 0:
            return history.called
        return min(people, history.called + round(self._rate * self._world.tick / 60))

    def admit(self, counts: Counts, *, paused: bool) -> int | None:
        return None if paused else 0

    def most_places(self, promised: int, free: int, owed: int) -> int:
        return min(free, self._world.per_order)


class Full(Blind):
    """Keeps as many people shopping as may, whatever is left, until all is sold."""

    name = "fill to capacity"

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._rate = world.rate

    def tick(
        self, counts: Counts, history: History, people: int, cut: Cut, now: float, *, paused: bool
    ) -> int:
        rated = super().tick(counts, history, people, cut, now, paused=paused)
        room = self._world.a_max - counts.active - counts.gated
        return min(rated, history.called + max(0, room))

    def admit(self, counts: Counts, *, paused: bool) -> int | None:
        return None if paused or counts.active >= self._world.a_max else 0
