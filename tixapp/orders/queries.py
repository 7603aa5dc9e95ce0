"""Orders of a person; orders that something must happen to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, load_only, selectinload

from tixapp.accounts.models import User
from tixapp.core.db import db, locked
from tixapp.core.errors import NotFound
from tixapp.core.fixed import Fixed
from tixapp.events.models import Event, Tier
from tixapp.events.queries import named
from tixapp.inventory.models import Hold, HoldLine, HoldStatus
from tixapp.payments.models import OPEN_PAYMENTS, Payment
from tixapp.sellers.models import Seller

from .models import Order, OrderLine, OrderStatus


@dataclass(frozen=True)
class PaymentRef:
    """What a look at Stripe needs, as values for use outside a transaction."""

    payment_id: int
    order_id: int
    account: str
    session: str | None


@dataclass(frozen=True, slots=True)
class Chosen:
    """A hold with its event, seller, lines and tiers; the order it became, if it did."""

    hold: Hold
    buyer: User
    order: Order | None
    payment: Payment | None


_TO_PAY = (
    sa.select(Hold, User, Order, Payment)
    .join(User, User.id == Hold.user_id)
    .outerjoin(Order, Order.hold_id == Hold.id)
    .outerjoin(Payment, Payment.order_id == Order.id)
    .where(Hold.public_id == sa.bindparam("public_id"), Hold.user_id == sa.bindparam("user_id"))
    .options(
        load_only(User.email, User.name),
        joinedload(Hold.lines, innerjoin=True)
        .joinedload(HoldLine.tier, innerjoin=True)
        .defer(Tier.description),
        joinedload(Hold.event, innerjoin=True)
        .load_only(
            Event.seller_id,
            Event.name,
            Event.timezone,
            Event.currency,
            Event.status,
            Event.paused_at,
            Event.on_sale_at,
            Event.starts_at,
            Event.ends_at,
            Event.fee_passed_on,
            Event.version,
        )
        .joinedload(Event.seller, innerjoin=True)
        .load_only(Seller.fee_bps, Seller.charges_enabled, Seller.stripe_account),
    )
    .order_by(Payment.attempt.desc())
)
_LOCKED_TO_PAY = locked(_TO_PAY, of=Hold)


def hold_to_pay(public_id: str, user_id: int) -> Chosen:
    """The buyer's own hold, locked and fresh, with all that an order needs of it, in one
    statement. Raises NotFound, for others' too."""
    asked = {"public_id": public_id, "user_id": user_id}
    row = db.session.execute(_LOCKED_TO_PAY, asked).unique().first()
    if row is None:
        raise NotFound("There is no such reservation.")
    return Chosen(*row)


def order_to_pay(public_id: str, buyer_id: int) -> tuple[Order, Payment | None, Hold]:
    """Raises NotFound, for others' orders too."""
    row = db.session.execute(
        sa.select(Order, Payment, Hold)
        .join(Hold, Hold.id == Order.hold_id)
        .outerjoin(Payment, Payment.order_id == Order.id)
        .where(Order.public_id == public_id, Order.buyer_id == buyer_id)
        .order_by(Payment.attempt.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such order.")
    return row[0], row[1], row[2]


def order_of(public_id: str, buyer_id: int) -> Order:
    """The buyer's own order with event, venue and lines. Raises NotFound, for others' too."""
    order = db.session.scalar(
        sa.select(Order)
        .where(Order.public_id == public_id, Order.buyer_id == buyer_id)
        .options(
            joinedload(Order.event).joinedload(Event.venue),
            selectinload(Order.lines).joinedload(OrderLine.tier),
        )
    )
    if order is None:
        raise NotFound("There is no such order.")
    return order


@dataclass(frozen=True, slots=True)
class Paying:
    """An order and its latest payment, if it has one; `url` is where that is paid."""

    order_public_id: str
    status: OrderStatus
    url: str | None
    payment: PaymentRef | None


_PAYING = Fixed(
    sa.select(
        Order.public_id,
        Order.status,
        Payment.url,
        Payment.id,
        Order.id,
        Payment.stripe_account,
        Payment.stripe_session,
    )
    .outerjoin(Payment, Payment.order_id == Order.id)
    .where(
        Order.buyer_id == sa.bindparam("buyer_id"),
        sa.or_(
            Payment.public_id == sa.bindparam("public_id"),
            Order.public_id == sa.bindparam("public_id"),
        ),
    )
    .order_by(Payment.attempt.desc())
    .limit(1)
)


def paying_of(checkout_id: str, buyer_id: int) -> Paying:
    """The buyer's order behind a payment's id, or behind its own. Raises NotFound."""
    asked = {"public_id": checkout_id, "buyer_id": buyer_id}
    row = _PAYING.first(asked)
    if row is None:
        raise NotFound("There is no such checkout.")
    payment = None if row[3] is None else PaymentRef(row[3], row[4], row[5], row[6])
    return Paying(row[0], OrderStatus(row[1]), row[2], payment)


def orders_of_buyer(
    buyer_id: int, *, before: int | None = None, limit: int = 20
) -> Sequence[Order]:
    """Newest first, a page at a time: `before` is the id of the last one seen."""
    query = sa.select(Order).where(Order.buyer_id == buyer_id)
    if before is not None:
        query = query.where(Order.id < before)
    return db.session.scalars(
        query.options(
            joinedload(Order.event).joinedload(Event.venue),
            selectinload(Order.lines).joinedload(OrderLine.tier),
        )
        .order_by(Order.id.desc())
        .limit(limit)
    ).all()


def order_before(public_id: str, buyer_id: int) -> int | None:
    """The `before` of a page that follows the buyer's order of this id."""
    return db.session.scalar(
        sa.select(Order.id).where(named(Order.public_id, public_id), Order.buyer_id == buyer_id)
    )


def order_for_hold(hold_id: int) -> Order | None:
    return db.session.scalar(
        sa.select(Order).filter_by(hold_id=hold_id).options(selectinload(Order.lines))
    )


def locked_order(order_id: int) -> Order:
    """With its lines, locked and fresh."""
    order: Order = db.session.scalars(
        locked(sa.select(Order).where(Order.id == order_id)).options(selectinload(Order.lines))
    ).one()
    return order


def payment_of(order_id: int) -> PaymentRef | None:
    """The order's latest payment, whatever became of it."""
    query = _payments().where(Payment.order_id == order_id).order_by(Payment.attempt.desc())
    return _first(query.limit(1))


def payment_ref(payment_id: int) -> PaymentRef | None:
    return _first(_payments().where(Payment.id == payment_id))


def overdue_payments(*, now: datetime, limit: int = 100) -> list[PaymentRef]:
    """Open payments whose hold has reached its deadline and whose next try has come."""
    rows = db.session.execute(
        _payments()
        .join(Order, Order.id == Payment.order_id)
        .join(Hold, Hold.id == Order.hold_id)
        .where(
            Payment.status.in_(OPEN_PAYMENTS),
            Hold.status == HoldStatus.ACTIVE,
            Hold.expires_at <= now,
            sa.or_(Payment.look_at <= now, Payment.looked_at < Hold.expires_at),
        )
        .order_by(Hold.expires_at)
        .limit(limit)
    )
    return [PaymentRef(*row) for row in rows]


def _payments() -> "sa.Select[int, int, str, str | None]":
    return sa.select(
        Payment.id, Payment.order_id, Payment.stripe_account, Payment.stripe_session
    ).select_from(Payment)


def _first(query: "sa.Select[int, int, str, str | None]") -> PaymentRef | None:
    row = db.session.execute(query).first()
    return PaymentRef(*row) if row else None
