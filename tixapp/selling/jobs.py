"""Letters to buyers, in the background."""

from typing import Any

from tixapp.core.clock import clock
from tixapp.core.db import end_reading, transaction
from tixapp.events.queries import event_by_row
from tixapp.mails.letters import write_letter

from .queries.affected import holders_after

AT_ONCE = 100


def tell_of_change(fact: dict[str, Any]) -> int:
    """The reaction to a change that buyers are to know of; how many letters were written.

    Run again after a crash it writes the rest: the key of each letter is used once.
    """
    event_id, last, written = int(fact["event_id"]), 0, 0
    while True:
        with transaction():
            event = event_by_row(event_id)
            people = holders_after(event_id, last, limit=AT_ONCE)
            for person in people:
                written += write_letter(
                    f"{fact['key']}:{person.id}",
                    person.email,
                    "event_changed",
                    now=clock.now(),
                    event=event,
                    changes=fact["changes"],
                    message=str(fact["message"]),
                )
        if not people:
            return written
        last = people[-1].id
        end_reading()
