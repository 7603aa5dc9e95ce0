"""The one table of periodic sweeps. They look for due rows in PostgreSQL and need no Redis.

Each is safe to run twice and beside itself: a second clock does no harm.
"""

from collections.abc import Callable
from dataclasses import dataclass

from tixapp.events.jobs import clear_pictures, end_events
from tixapp.inventory.jobs import expire_holds
from tixapp.orders.jobs import (
    end_overdue_payments,
    forget_old_idempotency_keys,
    look_at_open_payments,
    look_for_stray_money,
)
from tixapp.payments.jobs import learn_stripe_fees
from tixapp.refunds.jobs import settle_cancelled_events, work_on_refunds
from tixapp.selling.messages_to_buyers import send_messages
from tixapp.tallies.jobs import count_holds, fold_tallies
from tixapp.waiting.jobs.beacon import fetch_beacons
from tixapp.waiting.jobs.list import lapse_offers, tend_lists
from tixapp.waiting.jobs.room import announce_missing_rooms, steer_rooms
from tixapp.webhooks.jobs import fetch_undelivered


@dataclass(frozen=True)
class Sweep:
    """`seconds` between two runs. `asks_outside`: it may wait for an answer, of Stripe mostly, and
    then keeps no other sweep waiting."""

    job: Callable[[], object]
    seconds: float
    asks_outside: bool = False


SWEEPS = (
    Sweep(expire_holds, 1),
    Sweep(lapse_offers, 1),
    Sweep(tend_lists, 2),
    Sweep(steer_rooms, 1),
    Sweep(announce_missing_rooms, 10),
    Sweep(fetch_beacons, 1, asks_outside=True),
    Sweep(end_events, 60),
    Sweep(clear_pictures, 60),
    Sweep(end_overdue_payments, 2, asks_outside=True),
    Sweep(look_at_open_payments, 20, asks_outside=True),
    Sweep(settle_cancelled_events, 5, asks_outside=True),
    Sweep(work_on_refunds, 5, asks_outside=True),
    Sweep(fetch_undelivered, 300, asks_outside=True),
    Sweep(look_for_stray_money, 600, asks_outside=True),
    Sweep(learn_stripe_fees, 10, asks_outside=True),
    Sweep(forget_old_idempotency_keys, 600),
    Sweep(fold_tallies, 20),
    Sweep(send_messages, 3),
    Sweep(count_holds, 30),
)
