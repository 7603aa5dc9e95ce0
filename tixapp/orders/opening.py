"""A hold becomes an order, inside the caller's transaction.

Locks: allowance, hold. The order and its payment are new: nobody else knows them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm.attributes import set_committed_value

from tixapp.accounts.models import User
from tixapp.core.db import db
from tixapp.core.fixed import Fixed
from tixapp.core.ids import new_id
from tixapp.events.models import Event
from tixapp.inventory.actions import lock_allowance_of
from tixapp.inventory.models import Hold
from tixapp.inventory.rules import check_sale, check_tier_sale
from tixapp.payments.actions import FIRST_LOOK, session_deadline
from tixapp.payments.models import Payment

from .actions import fee_terms, fulfil
from .errors import SellerCannotSell, TooLateToPay
from .models import Order, OrderLine, OrderStatus
from .pricing import priced_lines
from .queries import hold_to_pay, order_to_pay
from .rules import Line, Price, price_order

# Paying takes time: it is offered until this long before the hold's end.
LAST_CALL = timedelta(seconds=20)
# The first click on "pay" gives at least this long.
PAYING_TIME = timedelta(minutes=10)

_OPEN = Fixed(
    sa.text(
        """
    WITH paying AS (
        UPDATE holds SET paying_since = :paying_since, extended_at = :extended_at,
                         expires_at = :expires_at
        WHERE id = :hold_id
    ), made AS (
        INSERT INTO orders (public_id, event_id, buyer_id, hold_id, status, currency,
                            subtotal_minor, fee_minor, total_minor, stripe_account, placed_at)
        VALUES (:order_public_id, :event_id, :buyer_id, :hold_id, 'pending', :currency,
                :subtotal, :fee, :total, :account, :now)
        RETURNING id
    ), line AS (
        INSERT INTO order_lines (order_id, tier_id, quantity, unit_price_minor, discount_minor)
        SELECT made.id, tier_id, quantity, price, discount
        FROM made, unnest(CAST(:tiers AS bigint[]), CAST(:quantities AS int[]),
                          CAST(:prices AS int[]), CAST(:discounts AS int[]))
                   AS pick (tier_id, quantity, price, discount)
    )
    INSERT INTO payments (public_id, order_id, attempt, status, stripe_account, amount_minor,
                          fee_minor, currency, opened_at, session_expires_at, request, look_at)
    SELECT :payment_public_id, made.id, 1, 'created', :account, :total, :fee, :currency, :now,
           :session_expires_at, :request, :look_at
    FROM made
    RETURNING order_id, id
    """
    ).bindparams(sa.bindparam("request", type_=JSONB))
)


@dataclass(frozen=True)
class Checkout:
    """An order and how far its payment is. `payment_id` is None when nothing is left to be paid;
    `session` is None while Stripe has not opened it, as far as we know."""

    order_id: int
    order_public_id: str
    expires_at: datetime
    payment_id: int | None = None
    payment_public_id: str | None = None
    session: str | None = None
    url: str | None = None


@dataclass(frozen=True)
class Opening:
    """An order that is to be paid, before it is written: what Stripe is asked for goes with it."""

    hold: Hold
    buyer: User
    lines: list[Line]
    price: Price
    account: str
    order_public_id: str
    payment_public_id: str
    session_expires_at: datetime

    @property
    def event(self) -> Event:
        return self.hold.event


def begin_checkout(
    hold_public_id: str, buyer_id: int, *, bps: int, fixed_minor: int, now: datetime
) -> Checkout | Opening:
    """Turns a hold into an order, once: a second click finds the same order and payment. What is
    to be paid is left for `open_order` to write, in the same transaction.

    The sale window is looked at again here. Raises NotFound, TooLateToPay, SellerCannotSell,
    SalePaused, NotOnSale. A free order is confirmed at once.
    """
    lock_allowance_of(hold_public_id, buyer_id)
    chosen = hold_to_pay(hold_public_id, buyer_id)
    hold, event = chosen.hold, chosen.hold.event
    if chosen.order is not None:
        return _same_checkout(chosen.order, chosen.payment, hold)
    if not hold.is_open(now=now + LAST_CALL):
        raise TooLateToPay("The time to pay for these tickets is over.")
    check_sale(event, now=now)
    for line in hold.lines:
        check_tier_sale(line.tier, now=now)
    lines = priced_lines(hold)
    terms = fee_terms(event, event.seller, bps=bps, fixed_minor=fixed_minor)
    price = price_order(lines, event.currency, terms)
    if not price.total:
        return _take_free(hold, lines, buyer=chosen.buyer, now=now)
    if not event.seller.charges_enabled or event.seller.stripe_account is None:
        raise SellerCannotSell("The organiser cannot take payments at the moment.")
    hold.start_paying(now=now, until=now + PAYING_TIME)
    return Opening(
        hold,
        chosen.buyer,
        lines,
        price,
        account=event.seller.stripe_account,
        order_public_id=new_id("ord"),
        payment_public_id=new_id("pay"),
        session_expires_at=session_deadline(now),
    )


def open_order(opening: Opening, request: dict[str, Any], *, now: datetime) -> Checkout:
    """Writes order, lines and payment, the whole `request` to Stripe with it, and the hold."""
    price, hold = opening.price, opening.hold
    values = {
        "order_public_id": opening.order_public_id,
        "payment_public_id": opening.payment_public_id,
        "event_id": hold.event_id,
        "buyer_id": opening.buyer.id,
        "hold_id": hold.id,
        "paying_since": hold.paying_since,
        "extended_at": hold.extended_at,
        "expires_at": hold.expires_at,
        "account": opening.account,
        "currency": price.total.currency,
        "subtotal": price.subtotal.minor,
        "fee": price.fee.minor,
        "total": price.total.minor,
        "tiers": [line.tier_id for line in opening.lines],
        "quantities": [line.quantity for line in opening.lines],
        "prices": [line.unit_price.minor for line in opening.lines],
        "discounts": [_off(line) for line in opening.lines],
        "request": request,
        "session_expires_at": opening.session_expires_at,
        "look_at": now + FIRST_LOOK,
        "now": now,
    }
    order_id, payment_id = _OPEN.one(values)
    for name in ("paying_since", "extended_at", "expires_at"):
        set_committed_value(hold, name, getattr(hold, name))  # as written just now
    return Checkout(
        order_id, opening.order_public_id, hold.expires_at, payment_id, opening.payment_public_id
    )


def checkout_again(order_public_id: str, buyer_id: int) -> Checkout:
    """The buyer's order as `begin_checkout` left it, for whoever carries on later. Raises NotFound,
    TooLateToPay."""
    order, payment, hold = order_to_pay(order_public_id, buyer_id)
    return _same_checkout(order, payment, hold)


def _same_checkout(order: Order, payment: Payment | None, hold: Hold) -> Checkout:
    if order.status not in {OrderStatus.PENDING, OrderStatus.PAID}:
        raise TooLateToPay("This order has ended.")
    if payment is None:
        return Checkout(order.id, order.public_id, hold.expires_at)
    return Checkout(
        order.id,
        order.public_id,
        hold.expires_at,
        payment.id if payment.is_open else None,
        payment.public_id,
        payment.stripe_session,
        payment.url,
    )


def _take_free(hold: Hold, lines: list[Line], *, buyer: User, now: datetime) -> Checkout:
    order = Order(
        event_id=hold.event_id,
        buyer_id=buyer.id,
        hold_id=hold.id,
        status=OrderStatus.PENDING,
        currency=hold.event.currency,
        subtotal_minor=0,
        fee_minor=0,
        total_minor=0,
        placed_at=now,
        lines=[
            OrderLine(
                tier_id=line.tier_id,
                quantity=line.quantity,
                unit_price_minor=0,
                discount_minor=_off(line),
            )
            for line in lines
        ],
    )
    db.session.add(order)
    db.session.flush()
    fulfil(order, hold, buyer_name=buyer.name, now=now)
    return Checkout(order.id, order.public_id, hold.expires_at)


def _off(line: Line) -> int:
    return line.discount.minor if line.discount else 0
