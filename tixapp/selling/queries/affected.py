"""Whom a change of an event concerns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from tixapp.accounts.models import User
from tixapp.core.db import db
from tixapp.tickets.models import STANDING_TICKETS, Ticket


@dataclass(frozen=True)
class Affected:
    people: int
    tickets: int


def affected_by(event_id: int) -> Affected:
    """Everyone who has a ticket that still stands."""
    row = db.session.execute(
        sa.select(sa.func.count(Ticket.holder_id.distinct()), sa.func.count()).where(
            Ticket.event_id == event_id, Ticket.status.in_(STANDING_TICKETS)
        )
    ).one()
    return Affected(int(row[0]), int(row[1]))


def holders_after(event_id: int, last_id: int, *, limit: int) -> Sequence[User]:
    """The next of them, by id."""
    holds = sa.exists().where(
        Ticket.holder_id == User.id,
        Ticket.event_id == event_id,
        Ticket.status.in_(STANDING_TICKETS),
    )
    query = sa.select(User).where(holds, User.id > last_id, User.disabled_at.is_(None))
    return db.session.scalars(query.order_by(User.id).limit(limit)).all()
