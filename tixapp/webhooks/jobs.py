"""Working off the inbox, many events a wake-up."""

from datetime import timedelta

import structlog

from tixapp.core.clock import clock
from tixapp.core.db import db, end_reading, transaction
from tixapp.gateways import gateways
from tixapp.payments.queries import accounts_in_use

from .actions import (
    claim_event,
    finish_booked,
    finish_event,
    ignore_event,
    postpone_event,
    store_event,
)
from .handlers import HANDLERS, handle
from .rules import Ignored, Incoming

log = structlog.get_logger()

NONE = timedelta(0)
UNDELIVERED_WINDOW = timedelta(days=3)


def work_off_events(limit: int = 1000, *, head_start: timedelta = NONE) -> int:
    """How many events were worked on. Several workers share the list. Those that came less than
    `head_start` ago are left: whoever has paid is about to come back, and asks Stripe as well."""
    with transaction():
        worked = finish_booked(now=clock.now())
    while worked < limit:
        now = clock.now()
        with transaction():
            claimed = claim_event(now=now, received_by=now - head_start)
        if claimed is None:
            break
        _work_on(*claimed)
        worked += 1
    return worked


def fetch_undelivered() -> int:
    """Asks Stripe for what it could not deliver, ours and the sellers'; how many were new."""
    now = clock.now()
    accounts: list[str | None] = [None, *accounts_in_use(since=now - UNDELIVERED_WINDOW)]
    end_reading()
    fetched = 0
    for account in accounts:
        for event in gateways().stripe.events_since(now - UNDELIVERED_WINDOW, account=account):
            incoming = Incoming(event.id, account, event.kind, event.livemode, event.payload)
            if event.kind not in HANDLERS:
                continue
            with transaction():
                fetched += store_event(incoming, now=now)
    return fetched


def _work_on(event_id: int, event: Incoming) -> None:
    try:
        handle(event)
    except Ignored as reason:
        with transaction():
            ignore_event(event_id, str(reason))
    except Exception as fault:  # whatever it is, it is written down and tried again
        db.session.rollback()
        log.exception("webhook_failed", event_id=event.stripe_id, kind=event.kind)
        with transaction():
            postpone_event(event_id, repr(fault), now=clock.now())
    else:
        with transaction():
            finish_event(event_id)
