"""What people are told about money that goes back, or that somebody must look after."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from tixapp.accounts.models import User
from tixapp.accounts.queries import admin_addresses
from tixapp.core.db import db, transaction
from tixapp.mails.letters import write_letter
from tixapp.orders.models import Order
from tixapp.payments.models import Payment, Refund
from tixapp.sellers.queries import owner_addresses

from .cancellation import REASON


def write_return_letter(
    order_id: int, refund_id: int | None, reason: str, *, now: datetime
) -> None:
    """One letter for each refund, or one for an order that cost nothing."""
    with transaction():
        order = _order(order_id)
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


def write_late_letter(order_id: int, refund_id: int, *, now: datetime) -> None:
    """To a buyer whose money came when the places had gone."""
    with transaction():
        order = _order(order_id)
        refund = db.session.get_one(Refund, refund_id)
        buyer = db.session.get_one(User, order.buyer_id)
        write_letter(
            f"late:{refund_id}",
            buyer.email,
            "late",
            now=now,
            order=order,
            event=order.event,
            amount=refund.amount,
        )


def write_concern(
    key: str, payment_id: int, kind: str, detail: str, *, to_seller: bool, now: datetime
) -> None:
    """To those who run the platform and, where it is theirs to act, the seller's owners.

    `kind`: `dispute`, `refund_failed`, `refunds_failed` (of a cancelled event) or `alarm`.
    """
    with transaction():
        payment = db.session.get_one(Payment, payment_id)
        order = _order(payment.order_id)
        staff = admin_addresses()
        owners = owner_addresses(order.event.seller_id) if to_seller else []
        for address in dict.fromkeys([*staff, *owners]):
            write_letter(
                f"{key}:{address}",
                address,
                "concern",
                now=now,
                kind=kind,
                detail=detail,
                order=order,
                event=order.event,
                payment=payment,
                is_staff=address in staff,
            )


def _order(order_id: int) -> Order:
    return db.session.scalars(
        sa.select(Order).where(Order.id == order_id).options(joinedload(Order.event))
    ).one()
