"""Orders and tickets of one's own."""

from typing import cast

from tixapp.api.answers import Answer, ok
from tixapp.api.auth import Access
from tixapp.api.calls import Asked, call
from tixapp.api.schemas.base import Money, PageAsk
from tixapp.api.schemas.orders import (
    ItemShown,
    MyTicketShown,
    OrderList,
    OrderShown,
    OrderState,
    TicketList,
    TicketShown,
    TicketState,
)
from tixapp.core.errors import Invalid
from tixapp.core.money import Money as Amount
from tixapp.orders.queries import order_before
from tixapp.orders.reading import OrderRead, read_order, read_orders
from tixapp.tickets.codes import TicketCodes
from tixapp.tickets.keys import ticket_codes
from tixapp.tickets.models import Ticket
from tixapp.tickets.queries import tickets_page


@call(
    "GET",
    "/orders/{order_id}",
    "An order of one's own, with its tickets",
    access=Access.READ,
    answers=OrderShown,
    refusals=(404,),
)
def get_order(asked: Asked[None], order_id: str) -> Answer:
    return ok(shown_order(read_order(order_id, asked.caller.id)))


@call(
    "GET",
    "/me/orders",
    "All of one's own orders, the newest first",
    access=Access.READ,
    takes=PageAsk,
    answers=OrderList,
)
def list_my_orders(asked: Asked[PageAsk]) -> Answer:
    ask, buyer_id = asked.takes, asked.caller.id
    before = order_before(ask.cursor, buyer_id) if ask.cursor else None
    if ask.cursor and before is None:
        raise Invalid("The cursor is not one of yours.", {"cursor": "is unknown"})
    found = read_orders(buyer_id, before=before, limit=ask.limit + 1)
    page = found[: ask.limit]
    more = len(found) > ask.limit
    return ok(
        OrderList(
            items=[shown_order(order) for order in page],
            next_cursor=page[-1].public_id if more else None,
        )
    )


@call(
    "GET",
    "/me/tickets",
    "All of one's own tickets, the newest first",
    access=Access.READ,
    takes=PageAsk,
    answers=TicketList,
)
def list_my_tickets(asked: Asked[PageAsk]) -> Answer:
    ask = asked.takes
    found = tickets_page(asked.caller.id, after=ask.cursor, limit=ask.limit + 1)
    page = found[: ask.limit]
    more = len(found) > ask.limit
    codes = ticket_codes()
    return ok(
        TicketList(
            items=[_my_ticket(ticket, codes) for ticket in page],
            next_cursor=page[-1].public_id if more else None,
        )
    )


def shown_order(order: OrderRead) -> OrderShown:
    codes = ticket_codes()
    paying, address = order.paying or (None, None)
    return OrderShown(
        id=order.public_id,
        status=cast("OrderState", order.status.value.upper()),
        event_id=order.event_id,
        event=order.event,
        items=[
            ItemShown(
                tier_id=line.tier_id,
                name=line.tier,
                quantity=line.quantity,
                price=Money.of(Amount(line.unit_price_minor, order.currency)),
                discount=Money.of(Amount(line.discount_minor, order.currency))
                if line.discount_minor
                else None,
            )
            for line in order.lines
        ],
        subtotal=Money.of(order.subtotal),
        fee=Money.of(order.total - order.subtotal),
        total=Money.of(order.total),
        placed_at=order.placed_at,
        settled_at=order.settled_at,
        checkout_id=paying,
        payment_url=address,
        tickets=[
            TicketShown(
                id=ticket.public_id,
                code=codes.code_for(ticket.public_id),
                status=cast("TicketState", ticket.status),
                tier=ticket.tier,
            )
            for ticket in order.tickets
        ],
    )


def _ticket(ticket: Ticket, codes: TicketCodes) -> TicketShown:
    return TicketShown(
        id=ticket.public_id,
        code=codes.code_for(ticket.public_id),
        status=ticket.status.value,
        tier=ticket.tier.name,
    )


def _my_ticket(ticket: Ticket, codes: TicketCodes) -> MyTicketShown:
    return MyTicketShown(
        **dict(_ticket(ticket, codes)),
        event_id=ticket.event.public_id,
        event=ticket.event.name,
        starts_at=ticket.event.starts_at,
        holder=ticket.holder_name,
    )
