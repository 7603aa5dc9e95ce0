"""Finding events, and what is left of one."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from tixapp.api.answers import Answer, ok, shared
from tixapp.api.auth import Access
from tixapp.api.calls import Asked, call
from tixapp.api.schemas.base import Money
from tixapp.api.schemas.events import (
    AvailabilityShown,
    EventList,
    EventsAsk,
    EventShown,
    SellerShown,
    State,
    TierLeftShown,
    TierShown,
    span,
)
from tixapp.config import Settings
from tixapp.events.models import Event, Tier
from tixapp.events.queries import Filters, coming, published_event_by_id
from tixapp.inventory.queries import Availability, availability, event_left
from tixapp.inventory.standing import standing_of
from tixapp.orders.actions import fee_terms
from tixapp.orders.rules import FeeTerms, unit_fee
from tixapp.web.links import link_to
from tixapp.web.running import settings


@call(
    "GET",
    "/events",
    "Published events that are not over, the soonest first",
    access=Access.OPEN,
    takes=EventsAsk,
    answers=EventList,
)
def list_events(asked: Asked[EventsAsk]) -> Answer:
    ask = asked.takes
    found = coming(_filters(ask), now=asked.now, after=ask.cursor, limit=ask.limit + 1)
    page = found[: ask.limit]
    more = len(found) > ask.limit
    return ok(
        EventList(
            items=shown_events(page, now=asked.now),
            next_cursor=page[-1].public_id if more else None,
        )
    )


@call(
    "GET",
    "/events/{event_id}",
    "One event, with its tiers",
    access=Access.OPEN,
    answers=EventShown,
    refusals=(404,),
)
def get_event(asked: Asked[None], event_id: str) -> Answer:
    return Answer(200, _told.event(event_id, now=asked.now))


@call(
    "GET",
    "/events/{event_id}/availability",
    "How much is left. Cacheable: send If-None-Match, and ask as often as the cache allows",
    access=Access.PUBLIC,
    answers=AvailabilityShown,
    refusals=(404,),
)
def get_availability(asked: Asked[None], event_id: str) -> Answer:
    left = event_left(event_id, now=asked.now)
    tiers = [
        TierLeftShown(
            id=tier.public_id,
            name=tier.name,
            price=Money.of(tier.price),
            remaining=tier.remaining,
            state=cast("State", tier.state),
        )
        for tier in left.tiers
    ]
    return shared(AvailabilityShown(seq=left.seq, tiers=tiers), repr(left.tiers))


class Told:
    """Events as this process last told of them: most of an event is the same for everyone and for
    days. What is left of it is asked each time, and by the same statement whether any row that it
    is told from was written since; then it is told anew."""

    MOST = 1000

    def __init__(self) -> None:
        # Each operation on a dict is whole by itself: threads need no lock.
        self._known: dict[str, tuple[Settings, tuple[str, ...], dict[str, Any], list[int]]] = {}

    def event(self, public_id: str, *, now: datetime) -> dict[str, Any]:
        """Raises NotFound, for a draft too."""
        standing, running = standing_of(public_id, now=now), settings()
        known = self._known.get(public_id)
        if known is None or known[0] is not running or known[1] != standing.written:
            event = published_event_by_id(public_id)
            body = ok(shown_events([event], now=now)[0]).body
            if len(self._known) >= self.MOST:
                self._known.clear()
            shown = [tier.id for tier in event.tiers if not tier.hidden]
            self._known[public_id] = (running, standing.written, body, shown)
            return body
        _, _, body, shown = known
        tiers = [
            tier | _left(standing.left[tier_id])
            for tier, tier_id in zip(body["tiers"], shown, strict=True)
        ]
        return body | {"tiers": tiers}


_told = Told()


def _left(left: Availability) -> dict[str, Any]:
    return {"capacity": left.capacity, "remaining": left.remaining, "state": left.state}


def shown_events(events: Sequence[Event], *, now: datetime) -> list[EventShown]:
    """With what is left of them, asked once for all. They come with venue, seller and tiers."""
    stocks = availability([event.id for event in events], now=now)
    return [_event(event, stocks) for event in events]


def shown_tier(tier: Tier, event: Event, left: Availability, terms: FeeTerms) -> TierShown:
    price = tier.price(event.currency)
    return TierShown(
        id=tier.public_id,
        name=tier.name,
        description=tier.description,
        price=Money.of(price),
        fee=Money.of(unit_fee(price, terms)),
        capacity=left.capacity,
        remaining=left.remaining,
        state=cast("State", left.state),
        per_order_limit=tier.per_order_limit,
        sale_starts_at=tier.sale_starts_at,
        sale_ends_at=tier.sale_ends_at,
        version=tier.version,
    )


def terms_of(event: Event) -> FeeTerms:
    running = settings()
    return fee_terms(
        event,
        event.seller,
        bps=running.platform_fee_bps,
        fixed_minor=running.platform_fee_fixed,
    )


def _event(event: Event, stocks: Mapping[int, Availability]) -> EventShown:
    terms = terms_of(event)
    return EventShown(
        id=event.public_id,
        slug=event.slug,
        url=link_to("browse.event", slug=event.slug),
        name=event.name,
        description=event.description,
        status=event.status.value,
        paused=event.paused_at is not None,
        venue=event.venue.name,
        address=event.venue.address,
        city=event.venue.city,
        timezone=event.timezone,
        currency=event.currency,
        category=event.category,
        starts_at=event.starts_at,
        ends_at=event.ends_at,
        doors_at=event.doors_at,
        on_sale_at=event.on_sale_at,
        room=event.has_room,
        waiting_list=event.has_waiting_list,
        purchase_limit=event.purchase_limit,
        minimum_age=event.minimum_age,
        refund_policy=event.refund_policy,
        accessibility=event.accessibility,
        return_hours=event.return_hours,
        return_share_bps=event.return_share_bps,
        fee_passed_on=event.fee_passed_on,
        hue=event.hue,
        seller=SellerShown(id=event.seller.public_id, name=event.seller.name),
        tiers=[
            shown_tier(tier, event, stocks[tier.id], terms)
            for tier in event.tiers
            if not tier.hidden
        ],
        version=event.version,
    )


def _filters(ask: EventsAsk) -> Filters:
    spans: dict[str, Any] = {}
    for text, moment, day in (
        (ask.from_, "starts_from", "day_from"),
        (ask.to, "starts_to", "day_to"),
    ):
        if text:
            found = span(text)
            name = moment if isinstance(found, datetime) else day
            spans[name] = found
    return Filters(q=ask.q, city=ask.city, category=ask.category, **spans)
