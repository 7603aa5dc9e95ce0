"""What an event is, apart from how it came."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Incoming:
    """One of Stripe's events. `account` is None for our own account, else the connected one."""

    stripe_id: str
    account: str | None
    kind: str
    livemode: bool
    payload: dict[str, Any]


class Ignored(Exception):
    """Nothing to do, and why: an event of an unknown kind, or about nothing of ours."""
