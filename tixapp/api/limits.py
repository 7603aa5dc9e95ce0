"""How often one key may call. Room for a busy shop; an end for a loop gone wrong."""

from flask import g

from tixapp.web.limits import limiter
from tixapp.web.running import settings


def _limit() -> str:
    return f"{settings().api_calls_per_minute} per minute"


def _by_key() -> str:
    return f"key:{g._login_user.key_id}"


@limiter.limit(_limit, key_func=_by_key)
def count_call() -> None:
    """Counts this call on its key. Raises RateLimitExceeded."""
