"""How fast refunds go out: a bucket all workers share, so that sales keep their room at Stripe.

Stripe allows 25 requests a second at one address (docs: rate limits); a refund is one request.
"""

import time

import structlog
from limits import RateLimitItemPerSecond
from limits.errors import StorageError
from limits.storage import storage_from_string
from limits.strategies import MovingWindowRateLimiter

PER_SECOND = 10
NAP = 0.05
LONGEST_WAIT = 10.0

log = structlog.get_logger()


class Pace:
    """`wait()` returns when the next refund may go."""

    def __init__(self, redis_url: str, per_second: int = PER_SECOND) -> None:
        storage = storage_from_string(redis_url, wrap_exceptions=True)
        self._limiter = MovingWindowRateLimiter(storage)
        self._item = RateLimitItemPerSecond(per_second)
        self._alone = 1 / per_second

    def wait(self) -> None:
        end = time.monotonic() + LONGEST_WAIT
        while time.monotonic() < end:
            try:
                if self._limiter.hit(self._item, "{tixapp}:refunds"):
                    return
            except StorageError as fault:
                log.warning("pace_without_redis", fault=str(fault))
                time.sleep(self._alone)
                return
            time.sleep(NAP)
