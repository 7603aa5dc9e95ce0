"""One look of the control at one room: who is done, who may come, what everybody is told.

Only the leader looks (an advisory lock), and what it decides is written in one transaction: a
control that dies between two looks leaves a room that lets nobody new in, and harms nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa

from tixapp.core.db import db
from tixapp.core.trail import note
from tixapp.events.models import Event, EventStatus
from tixapp.inventory.models import Hold, HoldLine, HoldStatus
from tixapp.waiting.codes.room import RoomSecrets, SealBroken
from tixapp.waiting.models import PassEnd, Room, RoomEntry, RoomPass, RoomStatus
from tixapp.waiting.queries.room import locked_room, memory_of
from tixapp.waiting.queries.stock import counts_for, limits_of
from tixapp.waiting.rules.control import Counts, Decision, History, decide, settled
from tixapp.waiting.rules.draw import Cut, approximate_cut, cut_after

from .join import set_numbers_aside

STEERING = 0x54495831
COUNTED_A_SECOND = 20_000
# What is counted by adding up, and so kept; the rest of a History is read anew.
TOLD = ("settled_claims", "takes", "ends", "taken", "squares", "paid", "returned")


def take_the_lead(event_id: int) -> bool:
    """Until the transaction ends; False while another clock is at it."""
    lock = sa.func.pg_try_advisory_xact_lock(STEERING, event_id % 2**31)
    return bool(db.session.scalar(sa.select(lock)))


def close_when_over(event: Event, *, secrets: RoomSecrets, now: datetime) -> bool:
    """Publishes the secret of a sale that is over, if there was a draw; whether it is over."""
    if event.status == EventStatus.PUBLISHED and now < event.sales_end_at:
        return False
    room = locked_room(event.id)
    if room is not None and room.status != RoomStatus.CLOSED:
        try:
            master = secrets.open_master(room.sealed_master, event.public_id)
        except SealBroken:  # nobody can prove anything any more, and nobody is to wait for that
            master = None
        room.close(master)
        shown = {"master": master.hex() if master else "lost"}
        note("room.closed", event.public_id, by=None, now=now, after=shown)
    return True


def count_joins(event: Event, *, now: datetime) -> None:
    """Before the draw: how many there are, for the page. The more there are the less often they are
    counted, so that counting never takes more of a second than `COUNTED_A_SECOND` rows do."""
    room = locked_room(event.id)
    if room is None or room.is_drawn:
        return
    if now.timestamp() >= room.learned.get("count_again", 0):
        query = sa.select(sa.func.count()).where(RoomEntry.event_id == event.id)
        room.joined_before = db.session.scalar(query) or 0
        again = now.timestamp() + room.joined_before / COUNTED_A_SECOND
        room.learned = room.learned | {"count_again": again}
    room.steered_at = now


def steer(event: Event, *, now: datetime) -> None:
    """Ends passes that are over, learns from them, and moves the cut. Nothing while paused."""
    room = locked_room(event.id)
    if room is None or not room.is_drawn or room.status == RoomStatus.CLOSED:
        return
    paused = event.paused_at is not None
    told = History(room.admitted, **room.learned.get("history", {}))
    if not paused:
        told = end_passes(event.id, told, now=now)
    counts, places = counts_for(event.id, now=now)
    told = _claims(room, told, counts, now=now)
    decision = decide(
        memory_of(room),
        limits_of(room, event, places),
        counts,
        told,
        people=room.joined,
        cut=Cut(*room.cut),
        now=now.timestamp(),
        paused=paused,
    )
    _sell_out_or_reopen(room, event, decision, now=now)
    if decision.wave:
        _move_cut(room, decision.wave)
    room.learned = {
        "memory": decision.memory.as_dict(),
        "history": {name: getattr(told, name) for name in TOLD},
        "pace": round(decision.pace),
        "last_rank": list(decision.last_rank),
        "reason": decision.reason,
        "gate": decision.gate,
    }
    room.steered_at = now


def end_passes(event_id: int, told: History, *, now: datetime) -> History:
    """Whoever has bought, and whose time is over with nothing held; what that teaches."""
    held = sa.select(Hold.status).where(Hold.id == RoomPass.hold_id).scalar_subquery()
    bought = held.is_not_distinct_from(HoldStatus.CONVERTED)
    over = sa.and_(RoomPass.expires_at <= now, held.is_distinct_from(HoldStatus.ACTIVE))
    ended = db.session.execute(
        sa.update(RoomPass)
        .where(RoomPass.event_id == event_id, RoomPass.ended_at.is_(None), sa.or_(bought, over))
        .values(
            ended_at=now,
            ended=sa.case((bought, PassEnd.BOUGHT.value), else_=PassEnd.EXPIRED.value),
        )
        .returning(RoomPass.hold_id, RoomPass.ended)
        .execution_options(synchronize_session=False)
    ).all()
    sizes = _sizes([hold_id for hold_id, _ in ended if hold_id is not None])
    for hold_id, how in ended:
        told = _taught(told, sizes.get(hold_id or 0, 0), bought=how == PassEnd.BOUGHT)
    return told


def _taught(told: History, taken: int, *, bought: bool) -> History:
    if not taken:
        return replace(told, ends=told.ends + 1)
    return replace(
        told,
        takes=told.takes + 1,
        taken=told.taken + taken,
        squares=told.squares + taken**2,
        paid=told.paid + (taken if bought else 0),
        returned=told.returned + (0 if bought else taken),
    )


def _sizes(hold_ids: Sequence[int]) -> dict[int, int]:
    rows = db.session.execute(
        sa.select(HoldLine.hold_id, sa.func.sum(HoldLine.quantity))
        .where(HoldLine.hold_id.in_(hold_ids))
        .group_by(HoldLine.hold_id)
    )
    return {row[0]: int(row[1]) for row in rows}


def _claims(room: Room, told: History, counts: Counts, *, now: datetime) -> History:
    """Who has come of those that were called; counted anew when more of them had their time."""
    memory = memory_of(room)
    mark = settled(memory, now=now.timestamp())
    came = told.settled_claims
    if mark.called > memory.settled_called:
        came = (
            db.session.scalar(
                sa.select(sa.func.count(sa.distinct(RoomPass.user_id))).where(
                    RoomPass.event_id == room.event_id,
                    sa.tuple_(RoomPass.win, RoomPass.key) < mark.cut,
                )
            )
            or 0
        )
    return replace(
        told,
        called=room.admitted,
        claims=room.claimed + counts.gated,
        settled_claims=came,
    )


def _sell_out_or_reopen(room: Room, event: Event, decision: Decision, *, now: datetime) -> None:
    """Sold out is: nothing free and nothing held that might come back."""
    if decision.state == "sold_out" and room.status == RoomStatus.OPEN:
        room.sell_out()
        if event.has_waiting_list and room.list_first is None and room.joined:
            room.list_first = set_numbers_aside(event.id, room.joined)
            room.list_count = room.joined
        note("room.sold_out", event.public_id, by=None, now=now)
    elif decision.state == "open" and room.status == RoomStatus.SOLD_OUT:
        room.reopen()
        note("room.reopened", event.public_id, by=None, now=now)


def _move_cut(room: Room, wave: int) -> None:
    """Forward by so many people; never back."""
    if not room.table_hash:  # keys are still being written: by their evenness
        called = min(room.admitted + wave, room.joined_before)
        cut = approximate_cut(called, [(0, room.joined_before)])
        if cut > room.cut:
            room.cut_win, room.cut_key = cut
            room.admitted = called
        return
    people = _next_in_line(room, wave)
    if people:
        room.cut_win, room.cut_key = cut_after(*people[-1])
        room.admitted += len(people)


def _next_in_line(room: Room, wave: int) -> Sequence[tuple[int, int]]:
    rows = db.session.execute(
        sa.select(RoomEntry.win, RoomEntry.key)
        .where(
            RoomEntry.event_id == room.event_id,
            RoomEntry.win <= room.closed_win,
            sa.tuple_(RoomEntry.win, RoomEntry.key) >= room.cut,
        )
        .order_by(RoomEntry.win, RoomEntry.key, RoomEntry.user_id)
        .limit(wave)
    )
    return [(win, key) for win, key in rows if key is not None]


def recount(room: Room) -> None:
    """Once the keys are exact: how many have come before the cut."""
    query = sa.select(sa.func.count()).where(
        RoomEntry.event_id == room.event_id,
        sa.tuple_(RoomEntry.win, RoomEntry.key) < room.cut,
    )
    room.admitted = db.session.scalar(query) or 0
