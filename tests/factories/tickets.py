"""The right to enter, with the paid order behind it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from tests.factories import saved
from tests.fixtures.time import NOON
from tixapp.accounts.models import User
from tixapp.core.db import db
from tixapp.events.models import Tier
from tixapp.inventory.models import Hold, HoldStatus
from tixapp.orders.models import Order, OrderLine, OrderStatus
from tixapp.tickets.models import Ticket, TicketStatus


def make_ticket(
    tier: Tier,
    holder: User,
    *,
    holder_name: str | None = None,
    status: TicketStatus = TicketStatus.VALID,
    **others: Any,
) -> Ticket:
    """One ticket, bought alone. Stock and allowance are not counted."""
    line = _paid_line(tier, holder)
    ticket = saved(
        Ticket(
            order_id=line.order_id,
            order_line_id=line.id,
            number=1,
            event_id=tier.event_id,
            tier_id=tier.id,
            holder_id=holder.id,
            holder_name=holder.name if holder_name is None else holder_name,
            issued_at=NOON,
            **others,
        )
    )
    if status != TicketStatus.VALID:  # it was valid first: so it is counted
        db.session.execute(sa.update(Ticket).where(Ticket.id == ticket.id).values(status=status))
        db.session.refresh(ticket)
    return ticket


def _paid_line(tier: Tier, buyer: User) -> OrderLine:
    hold = saved(
        Hold(
            event_id=tier.event_id,
            user_id=buyer.id,
            status=HoldStatus.CONVERTED,
            placed_at=NOON,
            expires_at=NOON + timedelta(minutes=10),
            ended_at=NOON,
        )
    )
    order = saved(
        Order(
            event_id=tier.event_id,
            buyer_id=buyer.id,
            hold_id=hold.id,
            status=OrderStatus.PAID,
            currency="EUR",
            subtotal_minor=tier.price_minor,
            fee_minor=0,
            total_minor=tier.price_minor,
            placed_at=NOON,
            settled_at=NOON,
        )
    )
    return saved(
        OrderLine(order_id=order.id, tier_id=tier.id, quantity=1, unit_price_minor=tier.price_minor)
    )
