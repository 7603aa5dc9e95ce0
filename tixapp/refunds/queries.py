"""What has gone back, and what may."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from tixapp.core.db import db, locked
from tixapp.core.money import Money, total
from tixapp.events.models import Event, EventStatus
from tixapp.inventory.models import Hold, HoldStatus
from tixapp.orders.models import Order, OrderStatus
from tixapp.payments.models import (
    Dispute,
    Payment,
    PaymentStatus,
    Refund,
    RefundStatus,
)
from tixapp.tickets.models import Ticket

from .rules import FULL_SHARE, Paid, amount_for

# These take up part of the payment, whether or not Stripe has answered yet.
COUNTING = (RefundStatus.REQUESTED, RefundStatus.SUBMITTED, RefundStatus.SUCCEEDED)
# These wait for a person.
FAILURES = (RefundStatus.FAILED, RefundStatus.REJECTED)


def locked_payment_of(order_id: int) -> Payment | None:
    """The payment that brought the order's money, locked."""
    found: Payment | None = db.session.scalar(
        locked(
            sa.select(Payment)
            .where(
                Payment.order_id == order_id,
                Payment.status.in_((PaymentStatus.SUCCEEDED, PaymentStatus.DISPUTED)),
            )
            .order_by(Payment.id)
            .limit(1)
        )
    )
    return found


def refunded(payment: Payment) -> Money:
    """What has gone back of it, or is on its way."""
    minor = db.session.scalar(
        sa.select(sa.func.coalesce(sa.func.sum(Refund.amount_minor), 0)).where(
            Refund.payment_id == payment.id, Refund.status.in_(COUNTING)
        )
    )
    return Money(int(minor or 0), payment.currency)


def amount_back(
    order: Order,
    payment: Payment,
    tickets: Sequence[Ticket],
    chosen: Sequence[Ticket],
    *,
    with_fee: bool,
    share_bps: int = FULL_SHARE,
) -> Money:
    """What goes back for the chosen ones of an order's tickets. The order comes with its lines."""
    prices = {line.id: line.unit_price_minor for line in order.lines}
    price = total((Money(prices[t.order_line_id], order.currency) for t in chosen), order.currency)
    whole = len(chosen) == sum(ticket.is_standing for ticket in tickets)
    full_share = share_bps == FULL_SHARE
    return amount_for(
        price.share(share_bps),
        Paid(order.total, order.subtotal, payment.amount - refunded(payment)),
        all_of_it=whole and full_share,
        with_fee=with_fee and full_share,
    )


def locked_refund(refund_id: int) -> Refund:
    found: Refund = db.session.scalars(locked(sa.select(Refund).filter_by(id=refund_id))).one()
    return found


def refunds_of_payment(payment_id: int) -> Sequence[Refund]:
    """Locked, oldest first."""
    found: Sequence[Refund] = db.session.scalars(
        locked(sa.select(Refund).where(Refund.payment_id == payment_id).order_by(Refund.id))
    ).all()
    return found


def due_refund_ids(*, now: datetime, limit: int = 200) -> list[int]:
    return list(
        db.session.scalars(
            sa.select(Refund.id)
            .where(
                Refund.status.in_((RefundStatus.REQUESTED, RefundStatus.SUBMITTED)),
                Refund.look_at <= now,
            )
            .order_by(Refund.look_at)
            .limit(limit)
        )
    )


@dataclass(frozen=True)
class Progress:
    """How far the refunds of a cancelled event are; counts of orders."""

    waiting: int
    under_way: int
    done: int
    failed: int

    @property
    def total(self) -> int:
        return self.waiting + self.under_way + self.done + self.failed

    @property
    def is_over(self) -> bool:
        return self.waiting + self.under_way == 0


def cancelled_events_with_work(limit: int = 20) -> list[int]:
    """Cancelled events in which somebody still holds, pays, or has paid."""
    orders_left = sa.exists().where(
        Order.event_id == Event.id, Order.status.in_((OrderStatus.PENDING, OrderStatus.PAID))
    )
    holds_left = sa.exists().where(Hold.event_id == Event.id, Hold.status == HoldStatus.ACTIVE)
    query = sa.select(Event.id).where(
        Event.status == EventStatus.CANCELLED, sa.or_(orders_left, holds_left)
    )
    return list(db.session.scalars(query.order_by(Event.id).limit(limit)))


def orders_to_settle(
    event_id: int, *, after: int, limit: int = 100
) -> list[tuple[int, OrderStatus]]:
    """(id, status) of the event's orders that are pending or paid, ids ascending."""
    rows = db.session.execute(
        sa.select(Order.id, Order.status)
        .where(
            Order.event_id == event_id,
            Order.id > after,
            Order.status.in_((OrderStatus.PENDING, OrderStatus.PAID)),
        )
        .order_by(Order.id)
        .limit(limit)
    )
    return [(row[0], row[1]) for row in rows]


def unpaid_holds(event_id: int) -> list[tuple[int, int]]:
    """(hold, user) of active holds for which no payment is open."""
    rows = db.session.execute(
        sa.select(Hold.id, Hold.user_id).where(
            Hold.event_id == event_id,
            Hold.status == HoldStatus.ACTIVE,
            Hold.paying_since.is_(None),
        )
    )
    return [(row[0], row[1]) for row in rows]


def cancellation_progress(event_id: int) -> Progress:
    """Counted from the rows: it is right after any crash."""
    waiting = db.session.scalar(
        sa.select(sa.func.count()).where(
            Order.event_id == event_id,
            Order.status.in_((OrderStatus.PENDING, OrderStatus.PAID)),
        )
    )
    by_status = dict(
        db.session.execute(
            sa.select(Refund.status, sa.func.count())
            .join(Order, Order.id == Refund.order_id)
            .where(Order.event_id == event_id)
            .group_by(Refund.status)
        ).all()
    )
    return Progress(
        waiting=int(waiting or 0),
        under_way=sum(
            by_status.get(status, 0) for status in (RefundStatus.REQUESTED, RefundStatus.SUBMITTED)
        ),
        done=by_status.get(RefundStatus.SUCCEEDED, 0),
        failed=sum(by_status.get(status, 0) for status in FAILURES),
    )


def failed_refunds(event_id: int, *, limit: int = 100) -> Sequence[Refund]:
    """Those that a person must look at, with their reason."""
    return db.session.scalars(
        sa.select(Refund)
        .join(Order, Order.id == Refund.order_id)
        .where(
            Order.event_id == event_id,
            Refund.status.in_(FAILURES),
        )
        .order_by(Refund.id)
        .limit(limit)
    ).all()


def locked_failures(event_id: int, *, limit: int) -> list[tuple[Refund, Payment]]:
    """Failed refunds with their payments, both locked; ids ascending, payments first."""
    failed = sa.select(Refund.payment_id).join(Order, Order.id == Refund.order_id)
    failed = failed.where(Order.event_id == event_id, Refund.status.in_(FAILURES))
    of_event = failed.order_by(Refund.id).limit(limit)
    payments = {
        payment.id: payment
        for payment in db.session.scalars(
            locked(sa.select(Payment).where(Payment.id.in_(of_event)).order_by(Payment.id))
        )
    }
    refunds = db.session.scalars(
        locked(
            sa.select(Refund)
            .where(Refund.payment_id.in_(payments), Refund.status.in_(FAILURES))
            .order_by(Refund.id)
        )
    )
    return [(refund, payments[refund.payment_id]) for refund in refunds]


def dispute_by_id(stripe_dispute: str) -> Dispute | None:
    found: Dispute | None = db.session.scalar(
        locked(sa.select(Dispute).filter_by(stripe_dispute=stripe_dispute))
    )
    return found


def payment_of_dispute(dispute_id: int) -> tuple[int, str]:
    """(payment, the bank's reason)."""
    dispute = db.session.get_one(Dispute, dispute_id)
    return dispute.payment_id, dispute.reason


@dataclass(frozen=True)
class Trouble:
    """A refund that did not go through; `cancelled_event` where it is one of those that a
    cancellation brought."""

    payment_id: int
    fault: str
    tries: int
    cancelled_event: int | None


def refund_in_trouble(refund_id: int) -> Trouble:
    refund, event_id, status = db.session.execute(
        sa.select(Refund, Event.id, Event.status)
        .join(Order, Order.id == Refund.order_id)
        .join(Event, Event.id == Order.event_id)
        .where(Refund.id == refund_id)
    ).one()
    cancelled = event_id if status == EventStatus.CANCELLED else None
    return Trouble(refund.payment_id, refund.last_fault or "", refund.tries, cancelled)
