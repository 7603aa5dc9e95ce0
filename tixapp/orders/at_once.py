"""The usual fulfilment in few statements: an order that waits, its hold active, its payment open.

A sale is thousands of these in a minute. What they do is what `confirm` does step by step, with the
same locks in the same order: order, allowance, hold, payment, all by one statement; then the stock,
ids ascending. The tickets and the fact follow, as in any fulfilment.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from tixapp.accounts.models import User
from tixapp.core.db import locked, reread
from tixapp.core.fixed import Fixed
from tixapp.core.money import Money
from tixapp.inventory.models import Allowance, Hold, HoldStatus, Stock
from tixapp.payments.models import BOOKED_PAYMENTS, OPEN_PAYMENTS, Payment, PaymentStatus
from tixapp.tickets.actions import Grant

from .models import Order, OrderLine, OrderStatus

# [[line, tier, quantity], …]: lines never change, so they need no lock.
_LINES = (
    sa.select(
        sa.func.json_agg(
            sa.func.json_build_array(OrderLine.id, OrderLine.tier_id, OrderLine.quantity)
        )
    )
    .where(OrderLine.order_id == Order.id)
    .scalar_subquery()
)
_STANDING = (
    sa.select(
        Order.status,
        Hold.status,
        Hold.is_offer,
        Payment.status,
        Order.id,
        Order.event_id,
        Order.buyer_id,
        User.name,
        Hold.id,
        Payment.id,
        Payment.public_id,
        Payment.stripe_account,
        Payment.stripe_session,
        Payment.amount_minor,
        Payment.fee_minor,
        Payment.currency,
        _LINES,
    )
    .select_from(Order)
    .join(
        Allowance,
        sa.and_(Allowance.event_id == Order.event_id, Allowance.user_id == Order.buyer_id),
    )
    .join(Hold, Hold.id == Order.hold_id)
    .join(Payment, Payment.order_id == Order.id)
    .join(User, User.id == Order.buyer_id)
    .where(Order.id == sa.bindparam("order_id"), Payment.id == sa.bindparam("payment_id"))
)
# PostgreSQL locks the rows of one result in the order in which their tables are named here.
_LOCKED_STANDING = Fixed(locked(_STANDING, of=(Order, Allowance, Hold, Payment)))

_SELL = Fixed(
    sa.text(
        """
    WITH hold AS (
        UPDATE holds SET status = 'converted', ended_at = :now, paying_since = NULL
        WHERE id = :hold_id
    ), allowance AS (
        UPDATE allowances SET held = held - :quantity, sold = sold + :quantity
        WHERE event_id = :event_id AND user_id = :buyer_id
    ), payment AS (
        UPDATE payments SET status = 'succeeded', stripe_intent = :intent, settled_at = :now
        WHERE id = :payment_id
    ), paid AS (
        UPDATE orders SET status = 'paid', settled_at = :now WHERE id = :order_id
    ), entries AS (
        INSERT INTO ledger (kind, cause, payment_id, stripe_account, amount_minor, currency,
                            entered_at)
        SELECT kind, :cause, :payment_id, :account, amount, :currency, :now
        FROM (VALUES ('captured', CAST(:amount AS int)), ('fee', CAST(:fee AS int)))
             AS entry (kind, amount)
        WHERE amount > 0
    ), picked AS (
        SELECT tier_id, quantity
        FROM unnest(CAST(:tiers AS bigint[]), CAST(:quantities AS int[]))
             AS pick (tier_id, quantity)
    ), stock AS (
        SELECT tier_id FROM stocks WHERE tier_id = ANY (CAST(:tiers AS bigint[]))
        ORDER BY tier_id FOR NO KEY UPDATE
    )
    UPDATE stocks s SET held = s.held - quantity, sold = s.sold + quantity
    FROM stock JOIN picked USING (tier_id) WHERE s.tier_id = stock.tier_id
    """
    )
)


@dataclass(frozen=True, slots=True)
class Standing:
    """An order with its hold and its payment, as they stand under their locks."""

    order_status: OrderStatus
    hold_status: HoldStatus
    hold_is_offer: bool
    payment_status: PaymentStatus
    order_id: int
    event_id: int
    buyer_id: int
    buyer_name: str
    hold_id: int
    payment_id: int
    payment_public_id: str
    account: str
    session: str | None
    amount_minor: int
    fee_minor: int
    currency: str
    lines: list[list[int]]

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def has_money(self) -> bool:
        return self.payment_status in BOOKED_PAYMENTS

    @property
    def is_usual(self) -> bool:
        """Nothing else has happened to it: what was paid for is still kept for the buyer. A hold
        from the waiting list goes the long way: its place there ends with it."""
        return (
            self.order_status == OrderStatus.PENDING
            and self.hold_status == HoldStatus.ACTIVE
            and not self.hold_is_offer
            and self.payment_status in OPEN_PAYMENTS
        )

    @property
    def grants(self) -> list[Grant]:
        return [Grant(*line) for line in sorted(self.lines)]


def locked_standing(order_id: int, payment_id: int) -> Standing | None:
    """None where the buyer has no allowance yet: then one is made, step by step."""
    asked = {"order_id": order_id, "payment_id": payment_id}
    row = _LOCKED_STANDING.first(asked)
    return None if row is None else Standing(*row)


def sell_at_once(standing: Standing, intent: str | None, *, now: datetime) -> None:
    """Hold, counters, payment, books and order: held places are sold, and the money is booked."""
    grants = standing.grants
    values = {
        "now": now,
        "order_id": standing.order_id,
        "hold_id": standing.hold_id,
        "payment_id": standing.payment_id,
        "event_id": standing.event_id,
        "buyer_id": standing.buyer_id,
        "intent": intent,
        "cause": intent or standing.session or standing.payment_public_id,
        "account": standing.account,
        "amount": standing.amount_minor,
        "fee": standing.fee_minor,
        "currency": standing.currency,
        "quantity": sum(grant.quantity for grant in grants),
        "tiers": [grant.tier_id for grant in grants],
        "quantities": [grant.quantity for grant in grants],
    }
    _SELL.run(values)
    reread(Order, standing.order_id)
    reread(Hold, standing.hold_id)
    reread(Payment, standing.payment_id)
    reread(Allowance, standing.event_id, standing.buyer_id)
    for grant in grants:
        reread(Stock, grant.tier_id)
