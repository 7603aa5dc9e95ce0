"""Rate limits, counted in Redis; in memory while Redis is away."""

import math
import time
from contextlib import suppress

from flask import Flask, Response
from flask_babel import gettext as _
from flask_limiter import Limiter, RateLimitExceeded
from flask_limiter.util import get_remote_address
from flask_login import current_user
from limits import parse
from redis.exceptions import RedisError

from tixapp.core.errors import TooMany

from .errors import error_response


class LimitsOfFunctions(Limiter):
    """Each of our limits stands on a function and is counted when that is called: nothing is left
    to be looked for before every request."""

    def _check_request_limit(
        self, callable_name: str | None = None, in_middleware: bool = True
    ) -> None:
        if not in_middleware:
            super()._check_request_limit(callable_name, in_middleware)


# Enough for somebody who cannot read their own hand.
GUESSES = parse("20 per 10 minutes")
# Counting is a help, not a condition: without Redis nobody is kept from buying.
AWAY = (RedisError, OSError)

limiter = LimitsOfFunctions(
    key_func=get_remote_address,
    strategy="moving-window",
    in_memory_fallback_enabled=True,
    # Of several requests that find Redis gone at once, the first turns to memory; the others pass
    # uncounted, which is better than a fault.
    swallow_errors=True,
)


def by_person() -> str:
    """The signed-in account, else the address: never an id that the client may choose."""
    if current_user and current_user.is_authenticated:
        return f"user:{current_user.id}"
    return f"ip:{get_remote_address()}"


def check_guesses() -> None:
    """Before a code is tried. Raises TooMany for whoever has guessed too often."""
    with suppress(*AWAY):
        if not limiter.limiter.test(GUESSES, "codes", by_person()):
            raise TooMany("Too many codes were tried.", retry_after=GUESSES.get_expiry())


def note_guess() -> None:
    """A code that does not work."""
    with suppress(*AWAY):
        limiter.limiter.hit(GUESSES, "codes", by_person())


def register(app: Flask) -> None:
    limiter.init_app(app)
    app.register_error_handler(RateLimitExceeded, _too_often)


def _too_often(_error: RateLimitExceeded) -> Response:
    limit = limiter.current_limit
    # Redis keeps the windows by the machine's own clock.
    left = limit.reset_at - time.time() if limit else 60  # noqa: TID251
    seconds = max(1, math.ceil(left))
    words = _(
        "That was too often in a short time. Nothing is lost: please wait %(wait)s and try again.",
        wait=_wait(seconds),
    )
    response = error_response(429, "too_many_requests", words)
    response.headers["Retry-After"] = str(seconds)
    return response


def _wait(seconds: int) -> str:
    if seconds <= 90:
        return str(_("%(seconds)s seconds", seconds=seconds))
    return str(_("%(minutes)s minutes", minutes=-(-seconds // 60)))
