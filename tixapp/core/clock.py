"""The one place that reads the time.

Actions never call this: they take `now` as a keyword argument. Entry points (views, jobs,
commands) read `clock.now()` once and hand it down.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog

# Less is the road to the database and back, and what clocks differ by that are looked after.
TOLERATED = timedelta(seconds=2)
# An answer that took longer does not say what time it is now.
FRESH = timedelta(seconds=1)
RETRY_SECONDS = 2.0

log = structlog.get_logger()


def _machine_time() -> datetime:
    return datetime.now(UTC)


class SystemTime:
    """The machine's time when it began, and what has passed since by a clock that nobody sets; put
    right where the database's differs."""

    def __init__(
        self,
        machine: Callable[[], datetime] = _machine_time,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._steady = steady
        self._began, self._began_steady = machine(), steady()
        self.corrected = timedelta()
        # Called before the time is first told, until it has led to a comparison.
        self.first: Callable[[], None] | None = None
        self._tried = float("-inf")

    def __call__(self) -> datetime:
        if self.first is not None and self._steady() - self._tried >= RETRY_SECONDS:
            self._tried = self._steady()
            self.first()
        return self._told()

    def compare(self, ask: Callable[[], datetime]) -> None:
        """`ask` asks the database, whose time all processes share."""
        before = self._told()
        theirs = ask()
        took = self._told() - before
        by = theirs - before - took / 2
        if took > FRESH:
            return
        self.first = None
        if abs(by) > TOLERATED:
            log.warning("clock_corrected", seconds=round(by.total_seconds(), 1))
            self._began += by
            self.corrected += by

    def _told(self) -> datetime:
        return self._began + timedelta(seconds=self._steady() - self._began_steady)


class Clock:
    """Tells the time, aware and in UTC. Tests put another source in its place."""

    def __init__(self, source: Callable[[], datetime]) -> None:
        self.source = source

    def now(self) -> datetime:
        return self.source()


system_time = SystemTime()
clock = Clock(system_time)
