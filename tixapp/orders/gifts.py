"""Complimentary tickets: a place that costs nothing, and a row that says who gave it and why."""

from datetime import datetime

from tixapp.core.db import db
from tixapp.core.errors import NotFound
from tixapp.core.facts import record
from tixapp.core.trail import note
from tixapp.events.models import Event, Tier
from tixapp.inventory.actions import lock_allowance
from tixapp.inventory.errors import NotOnSale
from tixapp.inventory.models import Hold, HoldLine, HoldStatus
from tixapp.inventory.queries import locked_stocks
from tixapp.tickets.actions import Grant, issue_tickets

from .facts import OrderPaid
from .models import Gift, Order, OrderLine, OrderStatus

MOST_AT_ONCE = 50


def gift_of(order_id: int) -> Gift | None:
    return db.session.get(Gift, order_id)


def give_tickets(
    event: Event,
    tier: Tier,
    quantity: int,
    *,
    guest_id: int,
    guest_name: str,
    reason: str,
    by: int,
    now: datetime,
) -> Order:
    """Places for a guest, without money and beyond the limits that are for buyers.

    They count against the capacity. Raises SoldOut, NotOnSale, NotFound, changing nothing.
    """
    if tier.event_id != event.id:
        raise NotFound("There is no such tier.")
    if event.status != "published" or now >= event.over_at:
        raise NotOnSale("This event is not on sale.")
    allowance = lock_allowance(event.id, guest_id)
    allowance.sold += quantity
    hold = _hold(event, tier, quantity, guest_id, now=now)
    stock = locked_stocks([tier.id])[tier.id]
    stock.take(quantity, named=tier.name)
    stock.sell(quantity)
    order = _order(event, tier, quantity, hold, guest_id, now=now)
    db.session.add(Gift(order_id=order.id, given_by=by, reason=reason, given_at=now))
    line = order.lines[0]
    issue_tickets(
        order.id,
        event.id,
        [Grant(line.id, tier.id, quantity)],
        holder_id=guest_id,
        holder_name=guest_name,
        now=now,
    )
    record(OrderPaid(order_id=order.id))
    after = {"tier": tier.public_id, "quantity": quantity, "reason": reason}
    note("order.given", order.public_id, by=by, now=now, after=after)
    return order


def _hold(event: Event, tier: Tier, quantity: int, guest_id: int, *, now: datetime) -> Hold:
    """An order has a hold; this one was over as it began."""
    hold = Hold(
        event_id=event.id,
        user_id=guest_id,
        status=HoldStatus.CONVERTED,
        placed_at=now,
        expires_at=now,
        ended_at=now,
        lines=[HoldLine(tier_id=tier.id, quantity=quantity)],
    )
    db.session.add(hold)
    db.session.flush()
    return hold


def _order(
    event: Event, tier: Tier, quantity: int, hold: Hold, guest_id: int, *, now: datetime
) -> Order:
    order = Order(
        event_id=event.id,
        buyer_id=guest_id,
        hold_id=hold.id,
        status=OrderStatus.PENDING,
        currency=event.currency,
        subtotal_minor=0,
        fee_minor=0,
        total_minor=0,
        placed_at=now,
        lines=[OrderLine(tier_id=tier.id, quantity=quantity, unit_price_minor=0)],
    )
    db.session.add(order)
    order.pay(now=now)
    db.session.flush()
    return order
