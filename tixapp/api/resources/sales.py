"""What was sold, to whom, and giving it back; ending a sale or pausing it."""

from collections.abc import Callable
from typing import Any

from tixapp.accounts.models import User
from tixapp.api.answers import Answer, created, ok
from tixapp.api.auth import Access, Caller
from tixapp.api.calls import Asked, Keyed, call
from tixapp.api.once import once
from tixapp.api.schemas.base import Money, Nothing, PageAsk
from tixapp.api.schemas.events import EventShown
from tixapp.api.schemas.selling import (
    AttendeeList,
    AttendeeShown,
    RefundShown,
    RefundTaken,
    RoomShown,
    SalesShown,
    StatusShown,
    TierSalesShown,
)
from tixapp.core.errors import NotFound
from tixapp.core.money import Money as Amount
from tixapp.events.actions import cancel
from tixapp.events.models import Event
from tixapp.events.queries import event_by_id
from tixapp.orders.models import Order
from tixapp.orders.sales import (
    Attendee,
    attendees_page,
    order_with_buyer,
    sales_of,
    tier_sales,
)
from tixapp.payments.models import Refund
from tixapp.refunds.actions import Wish, refund_order
from tixapp.refunds.rules import by_organiser
from tixapp.sellers.access import may_edit, may_see_money
from tixapp.sellers.queries import role_of
from tixapp.tickets.queries import tickets_of_order
from tixapp.waiting.actions import pausing
from tixapp.waiting.queries.list import how_many_wait
from tixapp.waiting.queries.room import NO_ONE, counts_of, room_of

from .events import shown_events


@call(
    "POST",
    "/orders/{order_id}/refunds",
    "Gives an order's money back, or that of some of its tickets; a free order is cancelled",
    access=Access.SELL,
    takes=RefundTaken,
    answers=RefundShown,
    status=201,
    keyed=Keyed.REQUIRED,
    refusals=(404, 409),
    codes=("nothing_to_refund", "ticket_used", "payment_disputed"),
)
def create_refund(asked: Asked[RefundTaken], order_id: str) -> Answer:
    def give_back() -> Answer:
        order, _buyer = _order(order_id, asked.caller)
        wanted = set(asked.takes.tickets) if asked.takes.tickets else _standing(order.id)
        refund = refund_order(order.id, _wish(asked, wanted), now=asked.now)
        return created(_refund(refund, wanted, order.currency))

    return once(asked, give_back)


@call(
    "POST",
    "/events/{event_id}/cancel",
    "Cancels an event, for good: the sale ends and everyone who paid gets the money back. Twice is"
    " no fault",
    access=Access.SELL,
    takes=Nothing,
    answers=EventShown,
    keyed=Keyed.HONOURED,
    refusals=(404, 409),
    codes=("illegal_move",),
)
def cancel_event(asked: Asked[Nothing], event_id: str) -> Answer:
    def end_it() -> Answer:
        event = _own_event(event_id, asked.caller)
        ended = cancel(event.id, by=asked.caller.id, now=asked.now)
        return ok(shown_events([ended], now=asked.now)[0])

    return once(asked, end_it)


@call(
    "GET",
    "/events/{event_id}/sales",
    "What an event has sold and taken in",
    access=Access.SELL,
    answers=SalesShown,
    refusals=(404,),
)
def get_sales(asked: Asked[None], event_id: str) -> Answer:
    sales = sales_of(_event_with_its_money(event_id, asked.caller))
    takings = sales.takings
    return ok(
        SalesShown(
            capacity=sales.capacity,
            sold=sales.sold,
            held=sales.held,
            gross=Money.of(takings.gross),
            refunded=Money.of(takings.refunded),
            disputed=Money.of(takings.disputed),
            fee=Money.of(takings.fee),
            net=Money.of(takings.net),
            tiers=[
                TierSalesShown(
                    id=tier.public_id,
                    name=tier.name,
                    price=Money.of(tier.price),
                    capacity=tier.capacity,
                    sold=tier.sold,
                    held=tier.held,
                )
                for tier in sales.tiers
            ],
        )
    )


@call(
    "GET",
    "/events/{event_id}/attendees",
    "Every ticket of an event and who it is for, in the order of issue; void ones too",
    access=Access.SELL,
    takes=PageAsk,
    answers=AttendeeList,
    refusals=(404,),
)
def list_attendees(asked: Asked[PageAsk], event_id: str) -> Answer:
    ask = asked.takes
    event = _event_with_its_money(event_id, asked.caller)
    found = attendees_page(event.id, after=ask.cursor, limit=ask.limit + 1)
    page = found[: ask.limit]
    more = len(found) > ask.limit
    return ok(
        AttendeeList(
            items=[_attendee(one) for one in page],
            next_cursor=page[-1].ticket_id if more else None,
        )
    )


@call(
    "POST",
    "/admin/events/{event_id}/pause",
    "Stops the sale for now: no new reservations, and who is paying may finish",
    access=Access.SELL,
    takes=Nothing,
    answers=StatusShown,
    keyed=Keyed.HONOURED,
    refusals=(404, 409),
    codes=("event_over",),
)
def pause_sale(asked: Asked[Nothing], event_id: str) -> Answer:
    return _steer(asked, event_id, pausing.pause_sale)


@call(
    "POST",
    "/admin/events/{event_id}/resume",
    "Goes on with a paused sale",
    access=Access.SELL,
    takes=Nothing,
    answers=StatusShown,
    keyed=Keyed.HONOURED,
    refusals=(404, 409),
    codes=("event_over",),
)
def resume_sale(asked: Asked[Nothing], event_id: str) -> Answer:
    return _steer(asked, event_id, pausing.resume_sale)


@call(
    "GET",
    "/admin/events/{event_id}/status",
    "How a sale stands",
    access=Access.SELL,
    answers=StatusShown,
    refusals=(404,),
)
def get_status(asked: Asked[None], event_id: str) -> Answer:
    return ok(_status(_event_to_steer(event_id, asked.caller), asked))


def _steer(asked: Asked[Nothing], event_id: str, deed: Callable[..., Event]) -> Answer:
    def act() -> Answer:
        event = _event_to_steer(event_id, asked.caller)
        return ok(_status(deed(event.id, by=asked.caller.id, now=asked.now), asked))

    return once(asked, act)


def _order(public_id: str, caller: Caller) -> tuple[Order, User]:
    order, buyer = order_with_buyer(public_id)
    if not may_see_money(role_of(caller.id, order.event.seller_id)):
        raise NotFound("There is no such order.")
    return order, buyer


def _own_event(public_id: str, caller: Caller) -> Event:
    event = event_by_id(public_id)
    if not may_edit(role_of(caller.id, event.seller_id)):
        raise NotFound("There is no such event.")
    return event


def _event_with_its_money(public_id: str, caller: Caller) -> Event:
    event = event_by_id(public_id)
    if not may_see_money(role_of(caller.id, event.seller_id)):
        raise NotFound("There is no such event.")
    return event


def _event_to_steer(public_id: str, caller: Caller) -> Event:
    """The platform's people may, too."""
    return event_by_id(public_id) if caller.is_admin else _own_event(public_id, caller)


def _standing(order_id: int) -> set[str]:
    return {ticket.public_id for ticket in tickets_of_order(order_id) if ticket.is_standing}


def _wish(asked: Asked[RefundTaken], tickets: set[str]) -> Wish:
    return Wish(
        reason=by_organiser(asked.takes.reason),
        asked_by=asked.caller.id,
        with_fee=asked.takes.with_fee,
        tickets=frozenset(tickets),
        used_too=asked.takes.used_too,
    )


def _refund(refund: Refund | None, tickets: set[str], currency: str) -> RefundShown:
    if refund is None:
        nothing = Money.of(Amount(0, currency))
        return RefundShown(id=None, status="succeeded", amount=nothing, tickets=sorted(tickets))
    return RefundShown(
        id=refund.public_id,
        status=refund.status.value,
        amount=Money.of(refund.amount),
        tickets=sorted(tickets),
    )


def _attendee(one: Attendee) -> AttendeeShown:
    return AttendeeShown.model_validate(vars(one))


def _status(event: Event, asked: Asked[Any]) -> StatusShown:
    room = room_of(event.id)
    counts = counts_of(room, now=asked.now) if room else NO_ONE
    tiers = tier_sales(event.id, event.currency)
    return StatusShown(
        capacity=sum(tier.capacity for tier in tiers),
        sold=sum(tier.sold for tier in tiers),
        held=sum(tier.held for tier in tiers),
        waiting_list=how_many_wait(event.id) or 0,
        room=RoomShown(joined=counts.joined, admitted=counts.admitted, active=counts.active),
        paused=event.paused_at is not None,
    )
