"""Asking for money to go back, whose tickets stop admitting with it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from tixapp.core.db import db
from tixapp.core.errors import NotFound
from tixapp.core.facts import record
from tixapp.core.trail import note
from tixapp.events.models import Event, EventStatus
from tixapp.inventory.actions import give_back_sold, lock_allowance
from tixapp.inventory.models import Allowance
from tixapp.orders.facts import RefundAsked
from tixapp.orders.gifts import gift_of
from tixapp.orders.models import Order, OrderStatus
from tixapp.orders.queries import locked_order
from tixapp.payments.actions import ask_refund
from tixapp.payments.models import Payment, PaymentStatus, Refund
from tixapp.refunds.errors import (
    EventWasCancelled,
    NothingToRefund,
    PaymentDisputed,
    TicketWasUsed,
    TooLateToReturn,
)
from tixapp.refunds.facts import TicketsReturned
from tixapp.refunds.queries import (
    amount_back,
    locked_payment_of,
)
from tixapp.refunds.rules import FULL_SHARE, return_deadline
from tixapp.tickets.actions import void_cancelled, void_refunded
from tixapp.tickets.models import Ticket, TicketStatus
from tixapp.tickets.queries import locked_tickets_of_order


@dataclass(frozen=True)
class Wish:
    """Who wants what back, and why. `tickets` None: all that still stand.

    `share_bps`: ten-thousandths of the price that go back, where the seller's policy keeps a part.
    `in_bulk`: one of many, which the sweep sends at its own pace. `disputed_too`: the bank has
    the money already, so the tickets end and nothing goes back on top.
    """

    reason: str
    asked_by: int | None
    with_fee: bool
    tickets: Collection[str] | None = None
    used_too: bool = False
    share_bps: int = FULL_SHARE
    in_bulk: bool = False
    disputed_too: bool = False


def refund_order(order_id: int, wish: Wish, *, now: datetime) -> Refund | None:
    """Voids the tickets and writes the refund's row; None where there was nothing to pay.

    Raises NothingToRefund, TicketWasUsed, PaymentDisputed, changing nothing.
    """
    order = locked_order(order_id)
    allowance = lock_allowance(order.event_id, order.buyer_id)
    if order.status != OrderStatus.PAID:
        raise NothingToRefund("This order has nothing that could go back.")
    payment = locked_payment_of(order.id)
    if payment is not None and payment.status == PaymentStatus.DISPUTED:
        if not wish.disputed_too:
            raise PaymentDisputed("The buyer's bank has taken this payment back already.")
        payment = None
    tickets = locked_tickets_of_order(order.id)
    chosen = _chosen(tickets, wish)
    refund = _write_refund(order, payment, tickets, chosen, wish, now=now) if payment else None
    standing = sum(ticket.is_standing for ticket in tickets)
    with db.session.no_autoflush:  # all is locked by now: what is written goes out at once
        record(TicketsReturned(order.id, refund.id if refund else None, wish.reason))
        void_chosen(order, allowance, tickets, chosen, refund, now=now)
    note(
        "order.refunded",
        order.public_id,
        by=wish.asked_by,
        now=now,
        before={"status": OrderStatus.PAID, "standing": standing},
        after={
            "status": order.status,
            "tickets": [ticket.public_id for ticket in chosen],
            "refund": refund.public_id if refund else None,
            "amount_minor": refund.amount_minor if refund else 0,
            "reason": wish.reason,
        },
    )
    return refund


def return_tickets(
    order_id: int, tickets: Collection[str], *, buyer_id: int, now: datetime
) -> Refund | None:
    """The buyer gives tickets back, as far as the seller's policy goes.

    Raises EventWasCancelled, TooLateToReturn and what `refund_order` raises, changing nothing.
    """
    order = db.session.get_one(Order, order_id)
    event = db.session.get_one(Event, order.event_id)
    if event.status == EventStatus.CANCELLED:  # then everyone gets all of it, not a share
        raise EventWasCancelled("The event was cancelled: all of the money goes back by itself.")
    deadline = return_deadline(event.starts_at, event.return_hours)
    if deadline is None or now > deadline:
        raise TooLateToReturn("Tickets for this event cannot be given back any more.")
    wish = Wish(
        reason="returned by the buyer",
        asked_by=buyer_id,
        with_fee=event.return_share_bps == FULL_SHARE,
        tickets=tickets,
        share_bps=event.return_share_bps,
    )
    return refund_order(order_id, wish, now=now)


def decline_gift(order_id: int, *, buyer_id: int, now: datetime) -> None:
    """A guest does not come: the places go back to the organiser.

    Raises NotFound for an order that was no gift, TooLateToReturn once the event has begun.
    """
    if gift_of(order_id) is None:
        raise NotFound("This order was not a gift.")
    order = db.session.get_one(Order, order_id)
    if now >= db.session.get_one(Event, order.event_id).starts_at:
        raise TooLateToReturn("The event has begun.")
    wish = Wish(reason="declined by the guest", asked_by=buyer_id, with_fee=True)
    refund_order(order_id, wish, now=now)


def _chosen(tickets: Sequence[Ticket], wish: Wish) -> list[Ticket]:
    standing = [ticket for ticket in tickets if ticket.is_standing]
    if wish.tickets is not None:
        standing = [ticket for ticket in standing if ticket.public_id in wish.tickets]
        if len(standing) != len(set(wish.tickets)):
            raise NothingToRefund("One of these tickets has been returned already.")
    if not standing:
        raise NothingToRefund("This order has nothing that could go back.")
    if not wish.used_too and any(ticket.status == TicketStatus.USED for ticket in standing):
        raise TicketWasUsed("Somebody has come in with one of these tickets.")
    return standing


def _write_refund(
    order: Order,
    payment: Payment,
    tickets: Sequence[Ticket],
    chosen: Sequence[Ticket],
    wish: Wish,
    *,
    now: datetime,
) -> Refund | None:
    amount = amount_back(
        order, payment, tickets, chosen, with_fee=wish.with_fee, share_bps=wish.share_bps
    )
    if not amount:
        return None
    refund = ask_refund(
        payment,
        amount,
        reason=wish.reason,
        asked_by=wish.asked_by,
        returns_fee=wish.with_fee,
        now=now,
    )
    if not wish.in_bulk:
        record(RefundAsked(refund_id=refund.id))
    return refund


def void_chosen(
    order: Order,
    allowance: Allowance,
    tickets: Sequence[Ticket],
    chosen: Sequence[Ticket],
    refund: Refund | None,
    *,
    now: datetime,
) -> None:
    if order.is_free:
        freed = void_cancelled(chosen)
    else:
        freed = void_refunded(chosen, refund_id=refund.id if refund else None)
    give_back_sold(allowance, freed, now=now)
    if any(ticket.is_standing for ticket in tickets):
        return
    if order.is_free:
        order.cancel(now=now)
    else:
        order.refund(now=now)
