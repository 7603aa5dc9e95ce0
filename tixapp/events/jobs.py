"""Taking events off the list when they are over."""

from tixapp.core.clock import clock
from tixapp.core.db import db, transaction

from .actions import end
from .queries import events_over


def end_events() -> int:
    """Ends what is over, one event a transaction; how many that were."""
    now = clock.now()
    due = events_over(now=now)
    db.session.rollback()
    for event_id in due:
        with transaction():
            end(event_id, now=now)
    return len(due)
