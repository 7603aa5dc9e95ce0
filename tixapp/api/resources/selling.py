"""Making events and tiers, changing them, putting them on sale."""

from dataclasses import replace
from typing import Any

from flask import request
from pydantic import BaseModel

from tixapp.api.answers import Answer, created, ok
from tixapp.api.auth import Access
from tixapp.api.calls import Asked, Keyed, call
from tixapp.api.once import once
from tixapp.api.schemas.base import Money, Nothing
from tixapp.api.schemas.events import (
    EventPatch,
    EventShown,
    EventTaken,
    TierPatch,
    TierShown,
    TierTaken,
)
from tixapp.core.db import db, transaction
from tixapp.core.errors import Forbidden, Invalid, NotFound
from tixapp.events.actions import (
    add_tier,
    create_event,
    details_of,
    edit_event,
    edit_tier,
    publish,
    tier_details_of,
)
from tixapp.events.errors import StaleVersion
from tixapp.events.models import Event, Tier
from tixapp.events.queries import event_by_id, tier_by_id
from tixapp.events.rules import EventDetails, TierDetails
from tixapp.inventory.actions import open_stock, resize_stock
from tixapp.inventory.queries import availability
from tixapp.sellers.access import may_edit
from tixapp.sellers.models import Seller
from tixapp.sellers.queries import role_of, sellers_of
from tixapp.web.running import settings

from .events import shown_events, shown_tier, terms_of

# Members that are called otherwise in the rows.
RENAMED = {"room": "has_room", "waiting_list": "has_waiting_list"}
NOT_DETAILS = {"seller_id", "capacity", "price"}


@call(
    "POST",
    "/events",
    "A new event, as a draft",
    access=Access.SELL,
    takes=EventTaken,
    answers=EventShown,
    status=201,
    keyed=Keyed.HONOURED,
    refusals=(403,),
)
def create_draft(asked: Asked[EventTaken]) -> Answer:
    def make() -> Answer:
        seller = _seller(asked.takes.seller_id, asked.caller.id)
        details = EventDetails(**_said(asked.takes) | _limit(asked.takes))
        return event_answer(
            created, create_event(seller, details, by=asked.caller.id, now=asked.now), asked
        )

    return once(asked, make)


@call(
    "PATCH",
    "/events/{event_id}",
    "Changes an event: what is sent, and nothing else",
    access=Access.SELL,
    takes=EventPatch,
    answers=EventShown,
    has_version=True,
    refusals=(404, 409, 412, 428),
    codes=("event_over",),
)
def change_event(asked: Asked[EventPatch], event_id: str) -> Answer:
    with transaction():
        event = own_event(event_id, asked.caller.id)
        version = _version(event)
        details = replace(details_of(event), **_sent(asked.takes))
        return event_answer(
            ok,
            edit_event(event.id, details, version=version, by=asked.caller.id, now=asked.now),
            asked,
        )


@call(
    "POST",
    "/events/{event_id}/publish",
    "Puts an event on the list. Twice is no fault",
    access=Access.SELL,
    takes=Nothing,
    answers=EventShown,
    keyed=Keyed.HONOURED,
    refusals=(404, 409),
    codes=("not_ready", "illegal_move"),
)
def publish_event(asked: Asked[Nothing], event_id: str) -> Answer:
    def put_up() -> Answer:
        event = own_event(event_id, asked.caller.id)
        return event_answer(ok, publish(event.id, by=asked.caller.id, now=asked.now), asked)

    return once(asked, put_up)


@call(
    "POST",
    "/events/{event_id}/tiers",
    "A new kind of ticket",
    access=Access.SELL,
    takes=TierTaken,
    answers=TierShown,
    status=201,
    keyed=Keyed.HONOURED,
    refusals=(404, 409),
    codes=("event_over",),
)
def create_tier(asked: Asked[TierTaken], event_id: str) -> Answer:
    takes = asked.takes

    def make() -> Answer:
        event = own_event(event_id, asked.caller.id)
        details = TierDetails(**_said(takes), price_minor=_price(takes.price, event))
        tier = add_tier(event.id, details, by=asked.caller.id, now=asked.now)
        open_stock(tier.id, takes.capacity, now=asked.now)
        db.session.flush()
        return created(tier_shown(tier, event, asked))

    return once(asked, make)


@call(
    "PATCH",
    "/tiers/{tier_id}",
    "Changes a tier: what is sent, and nothing else. What is sold keeps its price",
    access=Access.SELL,
    takes=TierPatch,
    answers=TierShown,
    has_version=True,
    refusals=(404, 409, 412, 428),
    codes=("event_over", "below_committed"),
)
def change_tier(asked: Asked[TierPatch], tier_id: str) -> Answer:
    takes = asked.takes
    with transaction():
        tier = tier_by_id(tier_id)
        event = own_event(tier.event.public_id, asked.caller.id)
        sent = _sent(takes)
        if takes.price is not None:
            sent["price_minor"] = _price(takes.price, event)
        version = _version(tier)
        edit_tier(
            tier,
            replace(tier_details_of(tier), **sent),
            version=version,
            by=asked.caller.id,
            now=asked.now,
        )
        if "capacity" in takes.model_fields_set:
            resize_stock(tier.id, takes.capacity, now=asked.now)
            db.session.flush()
        return ok(tier_shown(tier, event, asked))


def _seller(public_id: str | None, user_id: int) -> Seller:
    """The seller the account may make events for. Raises NotFound, Forbidden, Invalid."""
    mine = [seller for seller, role in sellers_of(user_id) if may_edit(role)]
    if public_id is not None:
        mine = [seller for seller in mine if seller.public_id == public_id]
        if not mine:
            raise NotFound("There is no such organiser for you to sell as.")
    if not mine:
        raise Forbidden("This account has no organiser to sell as.")
    if len(mine) > 1:
        raise Invalid("You sell for several: say for which.", {"seller_id": "is required"})
    return mine[0]


def own_event(public_id: str, user_id: int) -> Event:
    """Raises NotFound for what is not the account's to edit."""
    event = event_by_id(public_id)
    if not may_edit(role_of(user_id, event.seller_id)):
        raise NotFound("There is no such event.")
    return event


def _said(takes: BaseModel) -> dict[str, Any]:
    """All members, by the names of the rows."""
    return {
        RENAMED.get(name, name): value
        for name, value in takes
        if name not in NOT_DETAILS and name != "purchase_limit"
    }


def _limit(takes: EventTaken) -> dict[str, int]:
    return {"purchase_limit": takes.purchase_limit or settings().event_purchase_limit}


def _sent(takes: BaseModel) -> dict[str, Any]:
    """The members that were sent, by the names of the rows."""
    return {
        RENAMED.get(name, name): getattr(takes, name)
        for name in takes.model_fields_set
        if name not in NOT_DETAILS
    }


def _price(price: Money, event: Event) -> int:
    if price.currency != event.currency:
        raise Invalid(
            "The price is in another currency than the event.",
            {"price.currency": f"is not {event.currency}"},
        )
    return price.amount


def _version(row: Event | Tier) -> int:
    """The version that the change is meant for: one of the ETags in If-Match."""
    if not request.if_match.contains(str(row.version)):
        raise StaleVersion(row.version)
    return row.version


def event_answer(answer: Any, event: Event, asked: Asked[Any]) -> Answer:
    made: Answer = answer(shown_events([event], now=asked.now)[0])
    return made


def tier_shown(tier: Tier, event: Event, asked: Asked[Any]) -> TierShown:
    left = availability([event.id], now=asked.now)[tier.id]
    return shown_tier(tier, event, left, terms_of(event))
