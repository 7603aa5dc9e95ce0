"""Waiting for places of a sold-out tier."""

from typing import cast

from tixapp.api.answers import Answer, created, ok
from tixapp.api.auth import Access
from tixapp.api.calls import Asked, Keyed, call
from tixapp.api.once import once
from tixapp.api.schemas.base import Nothing
from tixapp.api.schemas.waiting import ListJoined, ListState, PlaceInLine
from tixapp.core.db import end_reading
from tixapp.events.models import Event
from tixapp.events.queries import event_by_id, published_event_by_id
from tixapp.inventory.errors import BadPicks
from tixapp.waiting.actions import entries
from tixapp.waiting.actions.join import Wish, join
from tixapp.waiting.flows.list import change, without_lapsed
from tixapp.waiting.models import EntryStatus, WaitingEntry
from tixapp.waiting.queries.list import ahead_of, entry_of, tier_ids_of
from tixapp.waiting.terms import terms


@call(
    "POST",
    "/events/{event_id}/waiting-list",
    "Joins the waiting list. Asking again for the place one has is that place; where places are"
    " free and nobody waits, the answer is an offer. New places are few in a while: then 429",
    access=Access.WRITE,
    takes=ListJoined,
    answers=PlaceInLine,
    status=201,
    keyed=Keyed.HONOURED,
    refusals=(404, 409),
    codes=("list_closed", "waits_already", "limit_reached", "not_on_sale", "still_on_sale"),
)
def join_waiting_list(asked: Asked[ListJoined], event_id: str) -> Answer:
    def take_place() -> Answer:
        event = published_event_by_id(event_id)
        entry = join(
            event, _wish(event, asked.takes), user_id=asked.caller.id, terms=terms(), now=asked.now
        )
        return created(_shown(entry_of(entry.public_id, asked.caller.id)))

    return once(asked, take_place)


@call(
    "GET",
    "/waiting-list/{entry_id}",
    "One's own place, and the offer if there is one",
    access=Access.READ,
    answers=PlaceInLine,
    refusals=(404,),
)
def get_place_in_line(asked: Asked[None], entry_id: str) -> Answer:
    entry = entry_of(entry_id, asked.caller.id)
    return ok(_shown(without_lapsed(entry, now=asked.now)))


@call(
    "DELETE",
    "/waiting-list/{entry_id}",
    "Leaves the list; an offer goes to the next. Twice is no fault",
    access=Access.WRITE,
    answers=PlaceInLine,
    refusals=(404, 409),
    codes=("offer_accepted",),
)
def leave_waiting_list(asked: Asked[None], entry_id: str) -> Answer:
    length = terms()
    change(
        entry_id,
        asked.caller.id,
        lambda entry: entries.leave(entry, terms=length, now=asked.now),
    )
    return get_place_in_line(asked, entry_id)


@call(
    "POST",
    "/waiting-list/{entry_id}/accept",
    "Turns the offer into a reservation with the offer's deadline, in the place of another of the"
    " same event. Twice is no fault",
    access=Access.WRITE,
    takes=Nothing,
    answers=PlaceInLine,
    keyed=Keyed.HONOURED,
    refusals=(404, 409),
    codes=("no_offer", "hold_over", "hold_being_paid", "limit_reached", "sale_paused"),
)
def accept_offer(asked: Asked[Nothing], entry_id: str) -> Answer:
    seen = without_lapsed(entry_of(entry_id, asked.caller.id), now=asked.now)
    event_id = seen.event.public_id
    end_reading()

    def accept() -> Answer:
        event = event_by_id(event_id)
        entries.accept(entry_of(entry_id, asked.caller.id), event, now=asked.now)
        return ok(_shown(entry_of(entry_id, asked.caller.id)))

    return once(asked, accept)


def _wish(event: Event, takes: ListJoined) -> Wish:
    tiers = {tier.public_id: tier.id for tier in event.tiers}
    if takes.tier_id is not None and takes.tier_id not in tiers:
        wrong = {"tier_id": "is no tier of this event"}
        raise BadPicks("That tier is not part of this event.", wrong)
    tier_id = tiers[takes.tier_id] if takes.tier_id is not None else None
    return Wish(tier_id, takes.quantity, takes.together)


def _shown(entry: WaitingEntry) -> PlaceInLine:
    offered = entry.status == EntryStatus.OFFERED
    hold = entry.hold if offered else None
    is_paused = entry.status == EntryStatus.PAUSED
    return PlaceInLine(
        id=entry.public_id,
        event_id=entry.event.public_id,
        tier_id=entry.tier.public_id if entry.tier else None,
        quantity=entry.quantity,
        together=entry.is_together,
        status=cast("ListState", "waiting" if is_paused else entry.status.value),
        paused=is_paused,
        position=_position(entry),
        offered_quantity=entry.granted if offered else None,
        offer_expires_at=hold.expires_at if hold else None,
        reservation_id=hold.public_id if hold and entry.accepted_at else None,
    )


def _position(entry: WaitingEntry) -> int | None:
    if entry.status != EntryStatus.WAITING:
        return None
    return ahead_of(entry, tier_ids_of(entry.event_id)) + 1
