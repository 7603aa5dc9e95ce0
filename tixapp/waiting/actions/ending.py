"""How offers and lists end by themselves."""

from datetime import datetime, timedelta

from tixapp.core.db import db
from tixapp.core.facts import record
from tixapp.core.trail import note
from tixapp.events.models import Event, EventStatus
from tixapp.inventory.models import Hold, HoldStatus
from tixapp.inventory.offers import lapse_offer, lengthen_offer, refuse_offer
from tixapp.inventory.queries import locked_hold, locked_stocks
from tixapp.mails.models import MailStatus
from tixapp.waiting.facts.list import PlacesEnded
from tixapp.waiting.models import Because, EntryStatus, WaitingEntry, WaitingList
from tixapp.waiting.queries.due import letter_of, offered_holds, still_in_line
from tixapp.waiting.queries.list import (
    entry_of_hold,
    locked_entries,
    locked_entry_of_hold,
    tier_ids_of,
)
from tixapp.waiting.rules.list import late_by

from .numbers import count_out, open_list

# Entries that one transaction ends.
AT_A_TIME = 200


def lapse(hold_id: int, *, length: timedelta, now: datetime) -> bool:
    """Ends an offer whose time is over; its places go to the next in the same transaction.

    False when it was accepted or ended meanwhile, or when its letter was late: it is longer by
    that. One that was never sent is waited for as long again as the offer, and no longer.
    """
    hold = locked_hold(hold_id)
    if hold is None or hold.status != HoldStatus.OFFERED or hold.expires_at > now:
        return False
    entry = entry_of_hold(hold_id)
    if entry is not None and _may_be_unaware(entry, hold, length=length, now=now):
        return False
    lapse_offer(hold, now=now)
    return True


def note_letter(entry_id: int, *, length: timedelta, now: datetime) -> None:
    """The letter about an offer has gone out: if it was late, the offer is longer by that."""
    entry = db.session.get(WaitingEntry, entry_id)
    hold = locked_hold(entry.hold_id) if entry and entry.hold_id else None
    if entry is None or hold is None or hold.status != HoldStatus.OFFERED:
        return
    _may_be_unaware(entry, hold, length=length, now=now)
    db.session.flush()


def end_list(event_id: int, *, now: datetime) -> bool:
    """Ends a part of a list whose event was cancelled or is over; whether that was all of it."""
    because = _why(event_id)
    for hold_id in offered_holds(event_id, limit=AT_A_TIME):
        locked_hold(hold_id)
    locked_stocks(tier_ids_of(event_id))
    line = open_list(event_id)
    ended = _end_some(line, because, now=now)
    for hold_id in offered_holds(event_id, limit=AT_A_TIME):
        entry = locked_entry_of_hold(hold_id)
        if entry is not None and refuse_offer(hold_id, now=now):
            entry.because = because
            ended.append(entry.id)
    if ended:
        record(PlacesEnded(ended))
    is_all = len(ended) < AT_A_TIME
    if is_all:
        line.over_at = now
    db.session.flush()
    return is_all


def close_list(event: Event, *, by: int | None, now: datetime) -> None:
    """No new names. Who is on the list stays, and is offered places."""
    line = open_list(event.id)
    if line.closed_at is None:
        line.closed_at = now
        note("list.closed", event.public_id, by=by, now=now)


def reopen_list(event: Event, *, by: int | None, now: datetime) -> None:
    line = open_list(event.id)
    if line.closed_at is not None:
        line.closed_at = None
        note("list.opened", event.public_id, by=by, now=now)


def _may_be_unaware(entry: WaitingEntry, hold: Hold, *, length: timedelta, now: datetime) -> bool:
    """Whether the offer still stands because of its letter. The hold is locked."""
    if entry.mailed_at is not None or entry.offered_at is None:
        return hold.expires_at > now
    longest = entry.offered_at + 2 * length
    letter = letter_of(hold.public_id)
    if letter is None or letter.status == MailStatus.QUEUED:
        return now < longest
    entry.mailed_at = letter.sent_at or entry.offered_at
    late = late_by(entry.offered_at, entry.mailed_at)
    lengthen_offer(hold, min(hold.expires_at + late, longest))
    return hold.expires_at > now


def _why(event_id: int) -> Because:
    event = db.session.get_one(Event, event_id)
    return Because.CANCELLED if event.status == EventStatus.CANCELLED else Because.OVER


def _end_some(line: WaitingList, because: Because, *, now: datetime) -> list[int]:
    entries = locked_entries(still_in_line(line.event_id, limit=AT_A_TIME)).values()
    count_out(line, [entry for entry in entries if entry.status == EntryStatus.WAITING])
    for entry in entries:
        entry.leave(now=now, because=because)
    db.session.flush()
    return [entry.id for entry in entries]
