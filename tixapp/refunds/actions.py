"""Giving money back, inside the caller's transaction.

Tickets stop admitting and places come back in the same transaction as the refund's row; Stripe is
asked afterwards. Locks: order, allowance, payment, refund, stock, ticket.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tixapp.core.db import db
from tixapp.core.errors import NotFound
from tixapp.core.facts import record
from tixapp.core.money import Money
from tixapp.core.trail import note
from tixapp.events.models import Event, EventStatus
from tixapp.inventory.actions import give_back_sold, lock_allowance
from tixapp.inventory.models import Allowance
from tixapp.orders.facts import RefundAsked
from tixapp.orders.gifts import gift_of
from tixapp.orders.models import Order, OrderStatus
from tixapp.orders.queries import locked_order
from tixapp.payments.actions import ask_refund, book_refund_back, settle_refund
from tixapp.payments.models import Payment, PaymentStatus, Refund, RefundStatus
from tixapp.payments.queries import locked_payment
from tixapp.tickets.actions import void_cancelled, void_refunded
from tixapp.tickets.models import Ticket, TicketStatus
from tixapp.tickets.queries import locked_tickets_of_order

from .errors import (
    EventWasCancelled,
    NothingToRefund,
    PaymentDisputed,
    TicketWasUsed,
    TooLateToReturn,
)
from .facts import RefundFailed, RefundSettled, TicketsReturned
from .queries import (
    amount_back,
    locked_failures,
    locked_payment_of,
    locked_refund,
    refunded,
    refunds_of_payment,
)
from .rules import FULL_SHARE, return_deadline

DAY = timedelta(days=1)


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
        _void(order, allowance, tickets, chosen, refund, now=now)
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


def note_answer(
    refund_id: int,
    stripe_refund: str,
    status: str,
    *,
    failure: str | None = None,
    now: datetime,
) -> None:
    """What Stripe said of our refund: the same whatever way and however often it arrives.

    `failure`: Stripe's word for why it did not go through.
    """
    refund = _with_payment_locked(refund_id)
    if refund.status == RefundStatus.REQUESTED:
        refund.submit(stripe_refund)
    _follow(refund, status, failure, now=now)


def note_rejection(refund_id: int, fault: str, *, now: datetime) -> None:
    """Stripe did not take it. The tickets stay void; a person decides what next."""
    refund = _with_payment_locked(refund_id)
    if refund.status == RefundStatus.REQUESTED:
        refund.reject(fault, now=now)
        record(RefundFailed(refund_id=refund.id))


def try_later(refund_id: int, fault: str | None, *, at: datetime) -> None:
    refund = locked_refund(refund_id)
    refund.look_at, refund.last_fault = at, fault


def renew_key(refund_id: int, *, now: datetime) -> str | None:
    """The new key; None for one that Stripe has by now."""
    refund = _with_payment_locked(refund_id)
    if refund.status != RefundStatus.REQUESTED:
        return None
    refund.renew_key(now=now)
    return refund.idempotency_key


def retry_refund(refund_id: int, *, by: int, now: datetime) -> None:
    """A person has looked and says: again. It goes out under a new key.

    Raises IllegalMove unless it has failed, NothingToRefund when the money has gone back otherwise.
    """
    refund = _with_payment_locked(refund_id)
    _check_unpaid(refund)
    before = {"status": refund.status, "fault": refund.last_fault}
    refund.retry(now=now)
    note("refund.retried", refund.public_id, by=by, now=now, before=before)
    record(RefundAsked(refund_id=refund.id))


def retry_failures(event_id: int, *, by: int, now: datetime, most: int = 500) -> int:
    """The same for the failed refunds of an event, at the sweep's own pace; how many.

    Those whose money has gone back otherwise stay as they are: a person ends them.
    """
    tried = 0
    for refund, payment in locked_failures(event_id, limit=most):
        if refund.amount <= payment.amount - refunded(payment):
            before = {"status": refund.status, "fault": refund.last_fault}
            refund.retry(now=now)
            note("refund.retried", refund.public_id, by=by, now=now, before=before)
            tried += 1
    return tried


def adopt_foreign_refund(
    payment_id: int, stripe_refund: str, amount: Money, status: str, *, now: datetime
) -> None:
    """A refund made in the seller's Stripe dashboard gets a row and does what ours do.

    When nothing is left of the payment all tickets are void. For a part of it Stripe does not say
    which tickets are meant: the money is booked and the seller is asked.
    """
    order = locked_order(db.session.get_one(Payment, payment_id).order_id)
    allowance = lock_allowance(order.event_id, order.buyer_id)
    payment = locked_payment(payment_id)
    if any(known.stripe_refund == stripe_refund for known in refunds_of_payment(payment.id)):
        return
    refund = ask_refund(
        payment,
        amount,
        reason="refunded in the Stripe dashboard",
        asked_by=None,
        returns_fee=False,
        now=now,
    )
    refund.submit(stripe_refund)
    _follow(refund, status, None, now=now)
    if order.status == OrderStatus.PAID and refunded(payment) == payment.amount:
        tickets = locked_tickets_of_order(order.id)
        _void(order, allowance, tickets, [t for t in tickets if t.is_standing], refund, now=now)


def _with_payment_locked(refund_id: int) -> Refund:
    payment_id = db.session.get_one(Refund, refund_id).payment_id
    locked_payment(payment_id)
    return locked_refund(refund_id)


def _check_unpaid(refund: Refund) -> None:
    payment = db.session.get_one(Payment, refund.payment_id)
    if refund.amount > payment.amount - refunded(payment):
        raise NothingToRefund("This money has gone back in another way already.")


def _follow(refund: Refund, status: str, failure: str | None, *, now: datetime) -> None:
    payment = db.session.get_one(Payment, refund.payment_id)
    if status == "succeeded" and refund.status == RefundStatus.SUBMITTED:
        settle_refund(refund, payment, now=now)
        record(RefundSettled(refund_id=refund.id))
    elif status in {"failed", "canceled"} and refund.status in {
        RefundStatus.SUBMITTED,
        RefundStatus.SUCCEEDED,
    }:
        if refund.status == RefundStatus.SUCCEEDED:
            book_refund_back(refund, payment, now=now)
        refund.fail(failure or status, now=now)
        record(RefundFailed(refund_id=refund.id))
    elif refund.status == RefundStatus.SUBMITTED:
        refund.look_at = now + DAY


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


def _void(
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
