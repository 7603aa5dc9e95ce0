"""Working off the inbox, many events a wake-up."""

import structlog

from tixapp.core.clock import clock
from tixapp.core.db import db, transaction

from .actions import claim_event, finish_event, ignore_event, postpone_event
from .handlers import handle
from .rules import Ignored, Incoming

log = structlog.get_logger()


def work_off_events(limit: int = 1000) -> int:
    """How many events were worked on. Several workers share the list."""
    worked = 0
    while worked < limit:
        with transaction():
            claimed = claim_event(now=clock.now())
        if claimed is None:
            break
        _work_on(*claimed)
        worked += 1
    return worked


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
