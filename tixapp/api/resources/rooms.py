"""Joining an event's waiting room, and where one stands in it."""

import math
from datetime import datetime
from typing import Any

from tixapp.accounts.queries import LiveKey
from tixapp.api.answers import Answer, ok
from tixapp.api.auth import Access
from tixapp.api.calls import Asked, Keyed, Wanted, call
from tixapp.api.schemas.base import Nothing
from tixapp.api.schemas.rooms import (
    ChallengeShown,
    JoinedShown,
    PlaceAsk,
    PlaceShown,
    PlaceState,
)
from tixapp.core.db import end_reading, transaction
from tixapp.core.errors import NotFound
from tixapp.events.models import Event
from tixapp.waiting.actions.challenge import Challenge, knock
from tixapp.waiting.actions.passes import next_promise
from tixapp.waiting.actions.room import join_at_once, join_room
from tixapp.waiting.keys import room_secrets
from tixapp.waiting.models import Room
from tixapp.waiting.queries.room import room_by_event
from tixapp.waiting.queries.standing import Standing, Turn, standing_of

STATES: dict[Turn, PlaceState] = {
    Turn.ANNOUNCED: "waiting",
    Turn.CALLED: "admitted",
    Turn.SHOPPING: "admitted",
    Turn.PAUSED: "paused",
    Turn.SOLD_OUT: "sold_out",
    Turn.CLOSED: "sold_out",
}


def join(wanted: Wanted[Nothing], event_id: str) -> tuple[LiveKey, Answer] | None:
    """Before the draw, as a crowd does: then there is nothing to look up."""
    secrets = room_secrets()
    done = join_at_once(event_id, shown=wanted.shown, secrets=secrets, now=wanted.now)
    if done is None:
        return None
    key, joined = done
    token = secrets.entry_token(event_id, key.user_id, joined.win)
    return key, ok(JoinedShown(token=token, state="waiting"))


@call(
    "POST",
    "/events/{event_id}/waiting-room/join",
    "Joins the waiting room. Joining again, from wherever, is the same place",
    access=Access.WRITE,
    takes=Nothing,
    answers=JoinedShown,
    keyed=Keyed.HONOURED,
    refusals=(404, 409),
    codes=("room_closed",),
    at_once=join,
)
def join_waiting_room(asked: Asked[Nothing], event_id: str) -> Answer:
    secrets, caller_id = room_secrets(), asked.caller.id
    with transaction():
        room = room_by_event(event_id)
        eid = secrets.entry_id(room.event.public_id, caller_id)
        joined = join_room(room.event_id, caller_id, eid=eid, now=asked.now)
        state = _state_after_joining(room, caller_id, asked)
    token = secrets.entry_token(room.event.public_id, caller_id, joined.win)
    return ok(JoinedShown(token=token, state=state))


@call(
    "GET",
    "/events/{event_id}/waiting-room/status",
    "Where the holder of a token stands. Ask again after a twentieth of `eta_seconds`, and not"
    " before two seconds have passed",
    access=Access.OPEN,
    takes=PlaceAsk,
    answers=PlaceShown,
    refusals=(404,),
)
def get_place(asked: Asked[PlaceAsk], event_id: str) -> Answer:
    holder = _holder(asked, event_id)
    room = room_by_event(event_id)
    event = room.event
    standing = standing_of(event, room, holder, now=asked.now)
    is_called = standing.turn == Turn.CALLED
    is_open = is_called and next_promise(event, room, now=asked.now) is not None
    door = _knocked(event, holder, now=asked.now) if is_called else None
    may_claim = door is None or door.seconds == 0
    ahead, eta = standing.ahead, standing.eta
    shown = PlaceShown(
        state=_state(standing, proven=may_claim),
        on_sale_at=standing.opens_at,
        seconds_until_on_sale=max(0, math.ceil((standing.opens_at - asked.now).total_seconds())),
        position=None if ahead is None else ahead + 1,
        total=standing.joined,
        can_enter=standing.turn == Turn.SHOPPING or (is_open and may_claim),
        eta_seconds=None if eta is None else sum(eta) // 2,
        challenge=None,
    )
    if door is None or may_claim:
        return ok(shown)
    asks = ChallengeShown(text=door.text, bits=door.bits, seconds=door.seconds)
    return ok(shown.model_copy(update={"challenge": asks, "eta_seconds": door.seconds}))


def _knocked(event: Event, holder: int, *, now: datetime) -> Challenge | None:
    """Asking while it is one's turn is knocking, as looking at the page is."""
    event_id, public_id = event.id, event.public_id
    end_reading()
    with transaction():
        return knock(event_id, public_id, holder, secrets=room_secrets(), now=now)


def _state_after_joining(room: Room, caller_id: int, asked: Asked[Any]) -> PlaceState:
    """A crowd joins before the draw, when there is nothing to look up."""
    if not room.is_drawn and room.event.paused_at is None:
        return "waiting"
    standing = standing_of(room.event, room, caller_id, now=asked.now)
    return _state(standing, proven=False)


def _holder(asked: Asked[Any], event_id: str) -> int:
    """Whose place the token says. A key of another account makes it nobody's."""
    found = room_secrets().read_entry_token(asked.takes.token)
    if found is None or found[0] != event_id:
        raise NotFound("There is no such place.")
    if asked.who is not None and asked.who.id != found[1]:
        raise NotFound("There is no such place.")
    return found[1]


def _state(standing: Standing, *, proven: bool) -> PlaceState:
    """Admitted is who would be let in now: until the door's challenge is met that is to come."""
    if standing.turn == Turn.CALLED and not proven:
        return "sale_open"
    return STATES.get(standing.turn, "sale_open")
