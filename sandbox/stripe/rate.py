"""Counts requests by the second."""

import threading


class Rate:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._second = 0
        self._seen = 0

    def count(self, second: int) -> int:
        """One more in this second; answers how many it has seen."""
        with self._lock:
            if second != self._second:
                self._second, self._seen = second, 0
            self._seen += 1
            return self._seen
