"""Time that passes as fast as its events can be computed."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from itertools import count

Act = Callable[[], None]


class Clock:
    def __init__(self) -> None:
        self.now = 0.0
        self.events = 0
        self._due: list[tuple[float, int, Act]] = []
        self._number = count()

    def at(self, when: float, act: Act) -> None:
        heapq.heappush(self._due, (when, next(self._number), act))

    def step(self) -> None:
        """The next event."""
        self.now, _, act = heapq.heappop(self._due)
        self.events += 1
        act()
