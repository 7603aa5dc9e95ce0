"""The one place that reads the time.

Actions never call this: they take `now` as a keyword argument. Entry points (views, jobs,
commands) read `clock.now()` once and hand it down.
"""

from collections.abc import Callable
from datetime import UTC, datetime


def _system_time() -> datetime:
    return datetime.now(UTC)


class Clock:
    """Tells the time, aware and in UTC. Tests put another source in its place."""

    def __init__(self, source: Callable[[], datetime] = _system_time) -> None:
        self.source = source

    def now(self) -> datetime:
        return self.source()


clock = Clock()
