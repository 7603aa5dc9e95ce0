"""How often one key may call. Room for a busy shop; an end for a loop gone wrong.

Calls are counted in Redis, which all servers share, a hundredth of the limit at a time: each server
takes that many calls at once and then counts by itself. So a key may be slowed up to a hundredth
too early for each server, and nearly all calls need no Redis.
"""

from threading import Lock

from flask import current_app, g

from tixapp.web.limits import limiter
from tixapp.web.running import settings

SHARES = 100
MOST_KEYS = 10_000


class Shares:
    """What this server has taken and not yet used, by key."""

    def __init__(self) -> None:
        self._left: dict[int, int] = {}
        self._lock = Lock()

    def use(self, key_id: int) -> bool:
        """Whether there was one left."""
        with self._lock:
            left = self._left.get(key_id, 0)
            if left:
                self._left[key_id] = left - 1
            return left > 0

    def add(self, key_id: int, count: int) -> None:
        with self._lock:
            if len(self._left) >= MOST_KEYS:
                self._left.clear()
            self._left[key_id] = self._left.get(key_id, 0) + count


def count_call(key_id: int) -> None:
    """Counts this call on its key. Raises RateLimitExceeded."""
    shares: Shares = current_app.extensions.setdefault("api_shares", Shares())
    if not shares.use(key_id):
        _take_share()
        shares.add(key_id, _share() - 1)


def _limit() -> str:
    return f"{settings().api_calls_per_minute} per minute"


def _share() -> int:
    return max(1, settings().api_calls_per_minute // SHARES)


def _by_key() -> str:
    return f"key:{g._login_user.key_id}"


@limiter.limit(_limit, key_func=_by_key, cost=_share)
def _take_share() -> None:
    """Counts a share. Raises RateLimitExceeded."""
