"""How offers and lists end by themselves."""

from datetime import datetime, timedelta

from tixapp.core.db import db
from tixapp.core.facts import record
from tixapp.core.trail import note
from tixapp.events.models import Event, EventStatus
from tixapp.inventory.models import Hold, HoldStatus
from tixapp.inventory.offers import lapse_offer, lengthen_offer, refuse_offer
from tixapp.inventory.queries import locked_hold, locked_stocks
from tixapp.mails.actions import take_back
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
from tixapp.waiting.rules.list import late_by, letter_key

from .numbers import count_out, open_list

# Entries that one transaction ends.
AT_A_TIME = 200


def lapse(hold_id: int, *, length: timedelta, now: datetime) -> bool:
    """Ends an offer whose time is over; its places go to the next in the same transaction.

    False when it was accepted or ended meanwhile, or when its letter left late: it is longer by
    that. A letter that has not left by now comes too late and is taken back; the place is kept.
    """
    hold = locked_hold(hold_id)
    if hold is None or hold.status != HoldStatus.OFFERED or hold.expires_at > now:
        return False
    entry = entry_of_hold(hold_id)
    if entry is not None and entry.mailed_at is None:
        _note_when_it_left(entry, hold, length=length)
        if hold.expires_at > now:
            return False
        take_back(letter_key(hold.public_id))
    lapse_offer(hold, now=now)
    return True


def note_letter(entry_id: int, *, length: timedelta, now: datetime) -> None:
    """The letter about an offer has gone out: if it was late, the offer is longer by that."""
    entry = db.session.get(WaitingEntry, entry_id)
    hold = locked_hold(entry.hold_id) if entry and entry.hold_id else None
    if entry is None or hold is None or hold.status != HoldStatus.OFFERED:
        return
    _note_when_it_left(entry, hold, length=length)
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


def _note_when_it_left(entry: WaitingEntry, hold: Hold, *, length: timedelta) -> None:
    """The offer is longer by as much as its letter was late. The hold is locked."""
    letter = letter_of(hold.public_id)
    if letter is None or letter.status != MailStatus.SENT:
        return
    if entry.mailed_at is not None or entry.offered_at is None:
        return
    entry.mailed_at = letter.sent_at or entry.offered_at
    late = late_by(entry.offered_at, entry.mailed_at)
    lengthen_offer(hold, min(hold.expires_at + late, entry.offered_at + 2 * length))


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
