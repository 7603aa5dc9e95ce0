"""What Stripe is asked for, written down before it is asked."""

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import joinedload, selectinload

from tixapp.accounts.models import User
from tixapp.core.db import db, end_reading
from tixapp.gateways.stripe import PaymentAsk, SessionLine
from tixapp.inventory.models import Hold
from tixapp.orders.models import Order, OrderLine
from tixapp.payments.models import Payment
from tixapp.web.filters import local_time
from tixapp.web.links import way_back


def kept_ask(payment_id: int) -> PaymentAsk:
    """As it was written down when the order was made: a repetition is the same request."""
    request = db.session.scalar(sa.select(Payment.request).where(Payment.id == payment_id))
    end_reading()
    return PaymentAsk.from_json(request or {})


def write_ask(payment: Payment) -> None:
    order = db.session.scalars(
        sa.select(Order)
        .where(Order.id == payment.order_id)
        .options(joinedload(Order.event), selectinload(Order.lines).joinedload(OrderLine.tier))
    ).one()
    buyer = db.session.get_one(User, order.buyer_id)
    hold = db.session.get_one(Hold, order.hold_id)
    payment.request = _payment_ask(payment, order, buyer, hold).to_json()


def _payment_ask(payment: Payment, order: Order, buyer: User, hold: Hold) -> PaymentAsk:
    # Stripe puts the session's id where the braces stand: they must not be quoted.
    returned = way_back("orders.returned", order_id=order.public_id)
    lines = [
        SessionLine(
            f"{order.event.name}: {line.tier.name}"[:250], line.unit_price_minor, line.quantity
        )
        for line in order.lines
        if line.unit_price_minor
    ]
    if order.total > order.subtotal:
        lines.append(SessionLine(str(_("Booking fee")), (order.total - order.subtotal).minor, 1))
    deadline = local_time(hold.expires_at, order.event.timezone)
    note = _("Your tickets are held until %(time)s. Please pay before then.", time=deadline)
    return PaymentAsk(
        order_public_id=order.public_id,
        payment_public_id=payment.public_id,
        idempotency_key=payment.idempotency_key,
        account=payment.stripe_account,
        currency=payment.currency,
        lines=tuple(lines),
        fee_minor=payment.fee_minor,
        email=buyer.email,
        expires_at=payment.session_expires_at,
        success_url=f"{returned}?session_id={{CHECKOUT_SESSION_ID}}",
        cancel_url=way_back("orders.checkout", hold_id=hold.public_id),
        note=str(note),
        description=f"{order.event.name}, {order.public_id}"[:500],
    )
