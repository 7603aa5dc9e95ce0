"""The sandbox's own time: the real one plus an offset that a test may move forward."""

import time

from sandbox.stripe.store import Store

OFFSET = "clock_offset"


def now(store: Store) -> int:
    return int(time.time() + offset(store))


def offset(store: Store) -> int:
    return int(store.setting(OFFSET, 0))


def move(store: Store, seconds: int) -> None:
    """Inside a transaction. `seconds` is not negative: Stripe's clock never runs back."""
    store.set_setting(OFFSET, offset(store) + seconds)


def real_now() -> int:
    """For signatures: whoever checks them compares with a clock that nobody moved."""
    return int(time.time())
