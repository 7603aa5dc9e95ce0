"""Purchases, by the way every buyer goes: hold, pay, settle."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa

from tests.factories.inventory import hold_places
from tests.fixtures.till import Till
from tests.fixtures.time import NOON
from tixapp.accounts.models import User
from tixapp.core.db import db
from tixapp.events.models import Event, Tier
from tixapp.orders.flows import payments
from tixapp.orders.models import Order
from tixapp.payments.models import Payment
from tixapp.tickets.models import Ticket


def start_paying(
    event: Event, buyer: User, picks: Mapping[Tier, int], *, now: datetime = NOON
) -> Order:
    """A hold whose payment is open at Stripe; a free order is paid at once."""
    hold = hold_places(event, buyer, picks, now=now)
    started = payments().start(hold.public_id, buyer.id)
    return the_order(started.order_public_id)


def buy(
    till: Till, event: Event, buyer: User, picks: Mapping[Tier, int], *, now: datetime = NOON
) -> Order:
    """A paid order with its tickets."""
    order = start_paying(event, buyer, picks, now=now)
    if order.total_minor:
        till.pay(till.sessions[the_payment(order).stripe_session or ""])
        payments().settle_order(order.id)
    return the_order(order.public_id)


def the_order(public_id: str) -> Order:
    """As it stands in the database."""
    return db.session.scalars(
        sa.select(Order).filter_by(public_id=public_id).execution_options(populate_existing=True)
    ).one()


def the_payment(order: Order) -> Payment:
    return db.session.scalars(
        sa.select(Payment).filter_by(order_id=order.id).execution_options(populate_existing=True)
    ).one()


def tickets_of(order: Order) -> list[Ticket]:
    return list(
        db.session.scalars(
            sa.select(Ticket)
            .filter_by(order_id=order.id)
            .order_by(Ticket.id)
            .execution_options(populate_existing=True)
        )
    )


def ticket_ids(order: Order) -> list[str]:
    return [ticket.public_id for ticket in tickets_of(order)]


def ticket_states(order: Order) -> list[str]:
    return [ticket.status.value for ticket in tickets_of(order)]
