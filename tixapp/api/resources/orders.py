"""Orders and tickets of one's own."""

from collections.abc import Sequence
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
)
from tixapp.core.errors import Invalid
from tixapp.core.money import Money as Amount
from tixapp.orders.models import Order
from tixapp.orders.queries import order_before, order_of, orders_of_buyer
from tixapp.payments.models import Payment
from tixapp.payments.queries import open_payments_of
from tixapp.tickets.codes import TicketCodes
from tixapp.tickets.keys import ticket_codes
from tixapp.tickets.models import Ticket
from tixapp.tickets.queries import tickets_of_orders, tickets_page


@call(
    "GET",
    "/orders/{order_id}",
    "An order of one's own, with its tickets",
    access=Access.READ,
    answers=OrderShown,
    refusals=(404,),
)
def get_order(asked: Asked[None], order_id: str) -> Answer:
    return ok(shown_orders([order_of(order_id, asked.caller.id)])[0])


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
    found = orders_of_buyer(buyer_id, before=before, limit=ask.limit + 1)
    page = found[: ask.limit]
    more = len(found) > ask.limit
    return ok(OrderList(items=shown_orders(page), next_cursor=page[-1].public_id if more else None))


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


def shown_orders(orders: Sequence[Order]) -> list[OrderShown]:
    """They come with event and lines; tickets and payments are asked once for all."""
    ids = [order.id for order in orders]
    tickets, paying = tickets_of_orders(ids), open_payments_of(ids)
    codes = ticket_codes()
    return [_order(order, tickets[order.id], paying.get(order.id), codes) for order in orders]


def _order(
    order: Order, tickets: Sequence[Ticket], payment: Payment | None, codes: TicketCodes
) -> OrderShown:
    return OrderShown(
        id=order.public_id,
        status=cast("OrderState", order.status.value.upper()),
        event_id=order.event.public_id,
        event=order.event.name,
        items=[
            ItemShown(
                tier_id=line.tier.public_id,
                name=line.tier.name,
                quantity=line.quantity,
                price=Money.of(Amount(line.unit_price_minor, order.currency)),
            )
            for line in order.lines
        ],
        subtotal=Money.of(order.subtotal),
        fee=Money.of(order.total - order.subtotal),
        total=Money.of(order.total),
        placed_at=order.placed_at,
        settled_at=order.settled_at,
        checkout_id=payment.public_id if payment else None,
        payment_url=payment.url if payment else None,
        tickets=[_ticket(ticket, codes) for ticket in tickets],
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
