"""Kinds of tickets closed and removed, and events made once more."""

from tixapp.api.answers import Answer, created, ok
from tixapp.api.auth import Access
from tixapp.api.calls import Asked, Keyed, call
from tixapp.api.once import once
from tixapp.api.schemas.base import Nothing
from tixapp.api.schemas.events import EventShown, TierShown
from tixapp.core.db import db, transaction
from tixapp.events.actions import close_tier, remove_tier
from tixapp.events.errors import TierInUse
from tixapp.events.models import EventStatus
from tixapp.events.queries import event_by_id, tier_by_id
from tixapp.inventory.actions import drop_stock
from tixapp.inventory.copies import copy_event

from .selling import event_answer, own_event, tier_shown


@call(
    "POST",
    "/tiers/{tier_id}/close",
    "Sells no more of a tier. Tickets that were bought stay good; twice is no fault",
    access=Access.SELL,
    takes=Nothing,
    answers=TierShown,
    keyed=Keyed.HONOURED,
    refusals=(404, 409),
    codes=("event_over",),
)
def end_tier(asked: Asked[Nothing], tier_id: str) -> Answer:
    def put_away() -> Answer:
        tier = tier_by_id(tier_id)
        event = own_event(tier.event.public_id, asked.caller.id)
        close_tier(tier, by=asked.caller.id, now=asked.now)
        return ok(tier_shown(tier, event, asked))

    return once(asked, put_away)


@call(
    "DELETE",
    "/tiers/{tier_id}",
    "Removes a tier of a draft. One that has been on sale is closed instead",
    access=Access.SELL,
    answers=EventShown,
    refusals=(404, 409),
    codes=("tier_in_use",),
)
def delete_tier(asked: Asked[None], tier_id: str) -> Answer:
    with transaction():
        tier = tier_by_id(tier_id)
        event = own_event(tier.event.public_id, asked.caller.id)
        if event.status != EventStatus.DRAFT:
            raise TierInUse("It has been on sale: close it instead.")
        drop_stock(tier.id)
        remove_tier(tier, by=asked.caller.id, now=asked.now)
        db.session.expire(event, ["tiers"])
        return event_answer(ok, event_by_id(event.public_id), asked)


@call(
    "POST",
    "/events/{event_id}/copies",
    "The event once more, as a draft with its tiers",
    access=Access.SELL,
    takes=Nothing,
    answers=EventShown,
    status=201,
    keyed=Keyed.HONOURED,
    refusals=(404,),
)
def duplicate_event(asked: Asked[Nothing], event_id: str) -> Answer:
    def make() -> Answer:
        event = own_event(event_id, asked.caller.id)
        return event_answer(created, copy_event(event, by=asked.caller.id, now=asked.now), asked)

    return once(asked, make)
