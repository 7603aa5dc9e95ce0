"""Passes: from one's turn to places set aside. The hard gate of a room is here, in transactions.

Locks: room, pass, then what a hold takes.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import sqlalchemy as sa

from tixapp.core.db import db
from tixapp.events.models import Event
from tixapp.inventory import actions as inventory
from tixapp.inventory.errors import SalePaused, SoldOut
from tixapp.inventory.models import Hold, HoldStatus
from tixapp.inventory.rules import Picks, check_sale
from tixapp.waiting.errors.room import FewerPromised, GateFull, NoRoom, NotAdmitted
from tixapp.waiting.models import PassEnd, Room, RoomEntry, RoomPass, RoomStatus
from tixapp.waiting.queries.room import entry_of, live_pass, locked_pass, locked_room, memory_of
from tixapp.waiting.queries.stock import counts_for, limits_of
from tixapp.waiting.rules.control import Limits, admit, believed, most_places
from tixapp.waiting.rules.room import PASS_LENGTH

NOT_YET = "It is not your turn to buy for this event yet. The waiting room shows your place."


def claim_pass(
    event: Event, user_id: int, *, now: datetime, check: Callable[[RoomEntry], None] | None = None
) -> RoomPass:
    """Time to choose, for whoever's turn has come; the same pass while one is good. `check` may
    still refuse who has none: `challenge.claim_proven` gives one, and everybody goes through it.

    Raises SalePaused, NotOnSale, NoRoom, SoldOut, NotAdmitted, and GateFull while as many shop as
    may at once, or as there are places for.
    """
    check_sale(event, now=now)
    room = locked_room(event.id)
    if room is None:
        raise NoRoom("This event has no waiting room.")
    # Read again under the lock: a pause waits for it too.
    if db.session.scalar(sa.select(Event.paused_at).where(Event.id == event.id)) is not None:
        raise SalePaused("The sale is paused.")
    known = live_pass(event.id, user_id)
    if known is not None and known.is_good(now=now):
        return known
    entry = _entry_whose_turn_it_is(event, room, user_id)
    if check is not None:
        check(entry)
    if known is not None:
        known.end(PassEnd.EXPIRED, now=now)
        db.session.flush()
    return _admit(event, room, entry, now=now)


def place_hold(
    event: Event,
    picks: Picks,
    *,
    buyer_id: int,
    now: datetime,
    length: timedelta,
    code: str = "",
) -> Hold:
    """The way to places for buyers, from pages and from the API alike: past the room, if the event
    has one. Raises NotAdmitted, FewerPromised, and what `inventory.actions.place_hold` raises."""
    if not event.has_room:
        return inventory.place_hold(
            event, picks, buyer_id=buyer_id, now=now, length=length, code=code
        )
    check_sale(event, now=now)
    wanted = sum(picks.values())
    admission = _good_pass(event, buyer_id, now=now)
    if admission.promised:
        _check_promise(event, admission, wanted, now=now)
    hold = inventory.place_hold(event, picks, buyer_id=buyer_id, now=now, length=length, code=code)
    admission.hold_id = hold.id
    if admission.promised:
        admission.promised = wanted  # what was not taken is for others from now on
    return hold


def leave_room(event_id: int, user_id: int, *, now: datetime) -> None:
    """Gives the pass back early: somebody else may choose. The turn itself is not lost."""
    admission = locked_pass(event_id, user_id)
    if admission is not None:
        admission.end(PassEnd.LEFT, now=now)


def _entry_whose_turn_it_is(event: Event, room: Room, user_id: int) -> RoomEntry:
    if room.status == RoomStatus.SOLD_OUT:
        raise SoldOut(event.name, wanted=1, left=0)
    entry = entry_of(room.event_id, user_id)
    if entry is None or room.status != RoomStatus.OPEN:
        raise NotAdmitted(NOT_YET)
    if not room.is_below_cut(entry.win, entry.key):
        raise NotAdmitted(NOT_YET)
    return entry


def next_promise(event: Event, room: Room, *, now: datetime) -> int | None:
    """What one more pass would be promised (0: nothing in particular); None: no pass for now."""
    counts, places = counts_for(event.id, now=now)
    limits = limits_of(room, event, places)
    beliefs = believed(memory_of(room), limits)
    paused = event.paused_at is not None or room.status != RoomStatus.OPEN
    return admit(limits, counts, beliefs, paused=paused)


def note_asking(event_id: int, user_id: int, *, now: datetime) -> None:
    """Somebody whose turn it is was told that the shop is full: the control counts on them."""
    db.session.execute(
        sa.update(RoomEntry)
        .where(RoomEntry.event_id == event_id, RoomEntry.user_id == user_id)
        .values(asked_at=now)
    )


def _admit(event: Event, room: Room, entry: RoomEntry, *, now: datetime) -> RoomPass:
    promised = next_promise(event, room, now=now)
    if promised is None:
        raise GateFull("Your turn has come, and the shop is full for a moment. Your turn stays.")
    room.claimed += not _has_claimed(entry)
    entry.knocked_at = None
    admission = RoomPass(
        event_id=room.event_id,
        user_id=entry.user_id,
        win=entry.win,
        key=entry.key,
        cut_win=room.cut_win,
        cut_key=room.cut_key,
        nth=_active(room.event_id, now=now) + 1,
        a_max=room.a_max,
        promised=promised,
        issued_at=now,
        expires_at=now + PASS_LENGTH,
    )
    db.session.add(admission)
    db.session.flush()
    return admission


def _good_pass(event: Event, buyer_id: int, *, now: datetime) -> RoomPass:
    """Locked; with a promise the room is locked before it, as everywhere."""
    seen = live_pass(event.id, buyer_id)
    if seen is not None and seen.promised:
        locked_room(event.id)
    admission = locked_pass(event.id, buyer_id) if seen is not None else None
    if admission is None or not admission.is_good(now=now) or _is_spent(admission):
        raise NotAdmitted(NOT_YET)
    return admission


def _is_spent(admission: RoomPass) -> bool:
    """What it was promised is bought: the next look of the control ends it."""
    taken = db.session.get(Hold, admission.hold_id) if admission.hold_id else None
    return taken is not None and taken.status == HoldStatus.CONVERTED


def _check_promise(event: Event, admission: RoomPass, wanted: int, *, now: datetime) -> None:
    """What was promised to others stays theirs. Raises FewerPromised."""
    counts, places = counts_for(event.id, now=now)
    mine = db.session.get(Hold, admission.hold_id) if admission.hold_id else None
    holds = mine is not None and mine.status == HoldStatus.ACTIVE
    held = admission.promised if holds else 0
    owed = counts.owed + held  # one that holds is owed nothing more: its promise is what it has
    limits = Limits(0, 0, max(1, min(places.most, event.purchase_limit)), True)
    most = most_places(admission.promised, limits, free=counts.free + held, owed=owed)
    if wanted > most:
        raise FewerPromised(most)


def _active(event_id: int, *, now: datetime) -> int:
    query = sa.select(sa.func.count()).where(
        RoomPass.event_id == event_id, RoomPass.ended_at.is_(None), RoomPass.expires_at > now
    )
    return db.session.scalar(query) or 0


def _has_claimed(entry: RoomEntry) -> bool:
    """Ever, however it ended."""
    earlier = sa.exists().where(
        RoomPass.event_id == entry.event_id, RoomPass.user_id == entry.user_id
    )
    return bool(db.session.scalar(sa.select(earlier)))
