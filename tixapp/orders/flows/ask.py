"""What Stripe is asked for, written down before it is asked."""

import sqlalchemy as sa
from flask_babel import gettext as _

from tixapp.core.db import db, end_reading
from tixapp.gateways.stripe import PaymentAsk, SessionLine
from tixapp.orders.opening import Opening
from tixapp.payments.models import Payment, session_key
from tixapp.web.filters import local_time
from tixapp.web.links import way_back


def kept_ask(payment_id: int) -> PaymentAsk:
    """As it was written down when the order was made: a repetition is the same request."""
    request = db.session.scalar(sa.select(Payment.request).where(Payment.id == payment_id))
    end_reading()
    return PaymentAsk.from_json(request or {})


def payment_ask(opening: Opening) -> PaymentAsk:
    hold, event, price = opening.hold, opening.event, opening.price
    # Stripe puts the session's id where the braces stand: they must not be quoted.
    returned = way_back("orders.returned", order_id=opening.order_public_id)
    names = {line.tier_id: f"{event.name}: {line.tier.name}" for line in hold.lines}
    lines = [
        SessionLine(names[line.tier_id][:250], line.unit_price.minor, line.quantity)
        for line in opening.lines
        if line.unit_price.minor
    ]
    if price.total > price.subtotal:
        lines.append(SessionLine(str(_("Booking fee")), (price.total - price.subtotal).minor, 1))
    deadline = local_time(hold.expires_at, event.timezone)
    note = _("Your tickets are held until %(time)s. Please pay before then.", time=deadline)
    return PaymentAsk(
        order_public_id=opening.order_public_id,
        payment_public_id=opening.payment_public_id,
        idempotency_key=session_key(opening.payment_public_id),
        account=opening.account,
        currency=price.total.currency,
        lines=tuple(lines),
        fee_minor=price.fee.minor,
        email=opening.buyer.email,
        expires_at=opening.session_expires_at,
        success_url=f"{returned}?session_id={{CHECKOUT_SESSION_ID}}",
        cancel_url=way_back("orders.checkout", hold_id=hold.public_id),
        note=str(note),
        description=f"{event.name}, {opening.order_public_id}"[:500],
    )
