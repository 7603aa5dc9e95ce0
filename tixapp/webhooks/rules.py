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


def storable(value: Any) -> Any:
    """The same JSON value without NUL: JSON can spell it, and PostgreSQL's texts hold none.

    Who pays or sells may have typed it; refusing the event would make Stripe repeat it for days.
    """
    if isinstance(value, str):
        return value.replace("\x00", "")
    if isinstance(value, list):
        return [storable(one) for one in value]
    if isinstance(value, dict):
        return {storable(name): storable(one) for name, one in value.items()}
    return value


class Ignored(Exception):
    """Nothing to do, and why: an event of an unknown kind, or about nothing of ours."""
