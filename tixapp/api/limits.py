"""How often one key may call. Room for a busy shop; an end for a loop gone wrong.

Each server counts by itself and tells Redis, which all servers share, of a hundredth of the limit
at a time. So a key may be slowed up to a hundredth too late for each server, and nearly all calls
need no Redis. See decision 0015.
"""

from threading import Lock

from flask import current_app, g
from flask_limiter import RateLimitExceeded

from tixapp.web.limits import limiter
from tixapp.web.running import settings

SHARES = 100
MOST_KEYS = 10_000


class Untold:
    """Calls that this server has counted and not yet told of, by key."""

    def __init__(self) -> None:
        self._calls: dict[bytes, int] = {}
        self._lock = Lock()

    def add(self, key: bytes, *, share: int) -> bool:
        """Counts a call. Whether a share is full, which is then taken away to be told."""
        with self._lock:
            calls = self._calls.pop(key, 0) + 1
            if calls >= share:
                return True
            self._keep(key, calls)
            return False

    def add_unless_full(self, key: bytes, *, share: int) -> bool:
        """Counts a call that fills no share. Whether it did: if not, `add` is to count it."""
        with self._lock:
            calls = self._calls.get(key, 0) + 1
            if calls >= share:
                return False
            self._keep(key, calls)
            return True

    def nearly_fill(self, key: bytes, *, share: int) -> None:
        """So that the very next call is told."""
        with self._lock:
            self._keep(key, share - 1)

    def _keep(self, key: bytes, calls: int) -> None:
        if len(self._calls) >= MOST_KEYS:
            self._calls.clear()
        self._calls[key] = calls


def count_call(key: bytes) -> None:
    """Counts this call on its key, by the key's hash: before anyone looks it up. Raises
    RateLimitExceeded."""
    untold = _untold()
    if not untold.add(key, share=_share()):
        return
    g.counted_key = key
    try:
        _tell_share()
    except RateLimitExceeded:
        untold.nearly_fill(key, share=_share())
        raise


def count_quietly(key: bytes) -> bool:
    """Counts this call where nobody need be told of it. Whether it did: if not, nothing is counted
    yet."""
    return _untold().add_unless_full(key, share=_share())


def _untold() -> Untold:
    found: Untold = current_app.extensions.setdefault("untold_calls", Untold())
    return found


def _limit() -> str:
    return f"{settings().api_calls_per_minute} per minute"


def _share() -> int:
    return max(1, settings().api_calls_per_minute // SHARES)


def _by_key() -> str:
    return f"key:{g.counted_key.hex()}"


@limiter.limit(_limit, key_func=_by_key, cost=_share)
def _tell_share() -> None:
    """Counts a share for all servers. Raises RateLimitExceeded."""
