"""Taking events off the list when they are over, and throwing away pictures nobody shows."""

from tixapp.core.clock import clock
from tixapp.core.db import db, end_reading, transaction
from tixapp.core.sweeps import each
from tixapp.gateways import gateways

from .actions import end, note_cleared
from .queries import events_over, uncleared_pictures


def end_events() -> int:
    """Ends what is over, one event a transaction; how many that were."""
    now = clock.now()
    due = events_over(now=now)
    db.session.rollback()
    for event_id in due:
        with transaction():
            end(event_id, now=now)
    return len(due)


def clear_pictures() -> int:
    """Throws away the files of pictures that were removed, or whose upload broke off."""
    due = {picture.id: list(picture.keys.values()) for picture in uncleared_pictures(clock.now())}
    end_reading()

    def clear(picture_id: int) -> None:
        for key in due[picture_id]:
            gateways().storage.delete(key)
        with transaction():
            note_cleared(picture_id, now=clock.now())

    return len(each(list(due), clear))
