"""What is assumed of people and of a sale: every number that is not the product's own."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

PASS = 600.0
HOLD = 600.0


@dataclass(frozen=True)
class World:
    """Times in seconds, shares from 0 to 1. `late`: joins in each ten seconds of the first half
    hour. `shows` come when called, `returns` of the others later; `takes` of those who are let in
    want places; `pays` of these succeed."""

    people: int = 1_000_000
    places: int = 20_000
    a_max: int = 3_000
    rate: float = 6_000.0
    per_order: int = 4
    late: int = 100
    late_for: float = 1_800.0
    shows: float = 0.7
    returns: float = 0.3
    takes: float = 0.7
    leaves: float = 0.5
    pays: float = 0.88
    quantities: tuple[float, ...] = (0.30, 0.45, 0.10, 0.15)
    tick: float = 1.0
    blind_rate: float = 1_500.0
    longest: float = 4 * 3_600.0
    fault: Fault | None = None


@dataclass(frozen=True)
class Fault:
    """What goes wrong from `begins` on, for `lasts`."""

    name: str
    begins: float = 300.0
    lasts: float = 600.0

    @property
    def ends(self) -> float:
        return self.begins + self.lasts

    def is_on(self, name: str, now: float) -> bool:
        return self.name == name and self.begins <= now < self.ends


class Dice:
    """What one person does, drawn when they are called."""

    def __init__(self, world: World, seed: int) -> None:
        self._world = world
        self.random = random.Random(seed)

    def comes_after(self) -> float | None:
        """Until they claim; None: they are away."""
        if self.random.random() < self._world.shows:
            return self._around(15.0, 0.8)
        return None

    def comes_back_after(self) -> float | None:
        if self.random.random() < self._world.returns:
            return 60.0 + self.random.expovariate(1 / 900.0)
        return None

    def takes(self, share: float) -> bool:
        return self.random.random() < share

    def chooses_for(self) -> float:
        return min(PASS - 1, self._around(100.0, 0.6))

    def looks_for(self) -> float:
        """Those who take nothing: some say so, the others let the time run out."""
        if self.random.random() < self._world.leaves:
            return min(PASS, self._around(120.0, 0.7))
        return PASS

    def pays_after(self) -> float | None:
        if self.random.random() < self._world.pays:
            return min(HOLD - 1, self._around(90.0, 0.5))
        return None

    def wants(self) -> int:
        sizes = range(1, len(self._world.quantities) + 1)
        return self.random.choices(sizes, self._world.quantities)[0]

    def _around(self, median: float, width: float) -> float:
        return self.random.lognormvariate(math.log(median), width)
