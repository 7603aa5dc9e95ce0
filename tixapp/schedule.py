"""The one table of periodic sweeps. They look for due rows in PostgreSQL and need no Redis.

Each is safe to run twice and beside itself: a second clock does no harm.
"""

from collections.abc import Callable
from dataclasses import dataclass

from tixapp.inventory.jobs import expire_holds
from tixapp.orders.jobs import end_overdue_payments, look_at_open_payments
from tixapp.refunds.jobs import work_on_refunds


@dataclass(frozen=True)
class Sweep:
    """`seconds` between two runs."""

    job: Callable[[], object]
    seconds: float


SWEEPS = (
    Sweep(expire_holds, 1),
    Sweep(end_overdue_payments, 2),
    Sweep(look_at_open_payments, 20),
    Sweep(work_on_refunds, 20),
)
