"""What buyers are told about money that goes back."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from tixapp.accounts.models import User
from tixapp.core.db import db, transaction
from tixapp.mails.letters import write_letter
from tixapp.orders.models import Order
from tixapp.payments.models import Refund

from .cancellation import REASON


def write_return_letter(
    order_id: int, refund_id: int | None, reason: str, *, now: datetime
) -> None:
    """One letter for each refund, or one for an order that cost nothing."""
    with transaction():
        order = db.session.scalars(
            sa.select(Order).where(Order.id == order_id).options(joinedload(Order.event))
        ).one()
        refund = db.session.get(Refund, refund_id) if refund_id else None
        buyer = db.session.get_one(User, order.buyer_id)
        write_letter(
            f"returned:{order_id}:{refund_id or 0}",
            buyer.email,
            "returned",
            now=now,
            order=order,
            event=order.event,
            amount=refund.amount if refund else None,
            event_cancelled=reason == REASON,
        )
