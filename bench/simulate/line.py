"""The crowd in the order of its keys, made as far as it is called.

The keys of a window are uniform; the smallest of n is drawn first, then the smallest of the n - 1
that are left, and so on: the same in distribution as sorting n hashes, without having them.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterator

from tixapp.waiting.rules.draw import KEYS, Cut, approximate_cut, cut_after

START = Cut(0, 0)


class Line:
    def __init__(self, first: int, dice: random.Random) -> None:
        self.windows = [(0, first)]
        self.people = first
        self.called = 0
        self.cut = START
        self._dice = dice
        self._ahead: deque[Cut] = deque()
        self._made = self._make()

    def seal(self, win: int, count: int) -> None:
        self.windows.append((win, count))
        self.people += count

    def call_about(self, called: int) -> list[Cut]:
        """Moves the cut to where about `called` people stand: before exact ranks are known."""
        return self._call_before(approximate_cut(called, self.windows))

    def call(self, called: int) -> list[Cut]:
        """Moves the cut right behind the `called`-th, and gives those who are called by it."""
        new: list[Cut] = []
        while self.called < called and (place := self._take()) is not None:
            new.append(place)
        if new:
            self._move(cut_after(*new[-1]))
        return new

    def _call_before(self, cut: Cut) -> list[Cut]:
        new: list[Cut] = []
        while (place := self._take()) is not None:
            if place >= cut:
                self._ahead.appendleft(place)
                self.called -= 1
                break
            new.append(place)
        self._move(cut)
        return new

    def _move(self, cut: Cut) -> None:
        assert cut >= self.cut, "F3: the cut went back"
        self.cut = cut

    def _take(self) -> Cut | None:
        place = self._ahead.popleft() if self._ahead else next(self._made)
        if place is not None:
            self.called += 1
        return place

    def _make(self) -> Iterator[Cut | None]:
        at = 0
        while True:
            if at == len(self.windows):
                yield None
                continue
            win, left = self.windows[at]
            point = 0.0
            while left:
                point = 1.0 - (1.0 - point) * self._dice.random() ** (1.0 / left)
                left -= 1
                yield Cut(win, min(KEYS - 1, int(point * KEYS)))
            at += 1
