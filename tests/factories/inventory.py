"""Places set aside, by the action that everyone else uses."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import sqlalchemy as sa

from tests.fixtures.time import NOON
from tixapp.accounts.models import User
from tixapp.core.db import db, transaction
from tixapp.events.models import Event, Tier
from tixapp.events.queries import event_by_id
from tixapp.inventory.actions import place_hold
from tixapp.inventory.models import Allowance, Hold, HoldStatus, Stock

TEN_MINUTES = timedelta(minutes=10)


def hold_places(
    event: Event,
    buyer: User,
    picks: Mapping[Tier, int],
    *,
    now: datetime = NOON,
    length: timedelta = TEN_MINUTES,
) -> Hold:
    """As the event's page does it. Raises what `place_hold` raises."""
    wanted = {tier.id: quantity for tier, quantity in picks.items()}
    with transaction():
        whole = event_by_id(event.public_id)
        return place_hold(whole, wanted, buyer_id=buyer.id, now=now, length=length)


def counts(tier: Tier) -> tuple[int, int]:
    """(held, sold) of the tier, as they stand in the database."""
    row = db.session.execute(sa.select(Stock.held, Stock.sold).filter_by(tier_id=tier.id)).one()
    return row.held, row.sold


def allowance(event: Event, buyer: User) -> tuple[int, int]:
    """(held, sold) of one person at one event."""
    row = db.session.execute(
        sa.select(Allowance.held, Allowance.sold).filter_by(event_id=event.id, user_id=buyer.id)
    ).first()
    return (row.held, row.sold) if row else (0, 0)


def hold_statuses() -> list[HoldStatus]:
    """Of all holds, in the order in which they were placed."""
    return list(db.session.scalars(sa.select(Hold.status).order_by(Hold.id)))
