"""When a letter that could not be sent is tried again."""

from datetime import timedelta

# Longer than a mail server may take to answer, so that one letter is not in two hands.
LEASE = timedelta(minutes=5)
# Of letters claimed together, none is begun later than this: the slowest server that is not taken
# for dead needs a minute and a half for one.
LONGEST_BEFORE_THE_LAST = timedelta(minutes=3)

# After the first failure, the second, ...: quick while it may be a hiccup, and for two days.
WAITS = tuple(timedelta(minutes=m) for m in (1, 2, 5, 10, 30, 60, 120, 240, 480, 960, 960))


def wait_after(attempts: int) -> timedelta | None:
    """How long to wait after `attempts` failures; None when it is time to give up."""
    return WAITS[attempts - 1] if attempts <= len(WAITS) else None
