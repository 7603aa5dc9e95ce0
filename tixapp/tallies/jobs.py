"""What the clock runs."""

from tixapp.core.clock import clock
from tixapp.core.db import transaction

from . import actions


def count_holds() -> int:
    with transaction():
        return actions.count_holds(now=clock.now())


def fold_tallies() -> int:
    with transaction():
        return actions.fold()
