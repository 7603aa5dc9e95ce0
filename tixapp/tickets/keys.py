"""The keys of this installation."""

from functools import lru_cache

from tixapp.web.running import settings

from .codes import TicketCodes
from .rotating import RotatingCodes


def ticket_codes() -> TicketCodes:
    running = settings()
    return _codes(running.ticket_signing_key, tuple(running.ticket_previous_keys))


@lru_cache(maxsize=8)
def _codes(seed: bytes, previous: tuple[bytes, ...]) -> TicketCodes:
    return TicketCodes(seed, previous)


def rotating_codes() -> RotatingCodes:
    running = settings()
    return RotatingCodes(running.ticket_signing_key, running.ticket_previous_keys)
