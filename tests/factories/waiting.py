"""Places on a waiting list, by the actions that everyone else uses."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from tests.fixtures.time import NOON
from tixapp.accounts.models import User
from tixapp.core.db import db, transaction
from tixapp.events.models import Event, Tier
from tixapp.events.queries import event_by_id
from tixapp.inventory.models import Hold, HoldStatus, Stock
from tixapp.waiting.actions import entries
from tixapp.waiting.actions.join import Terms, Wish, join
from tixapp.waiting.flows.list import change
from tixapp.waiting.models import WaitingEntry, WaitingList
from tixapp.waiting.queries.list import ahead_of, tier_ids_of

HALF_AN_HOUR = timedelta(minutes=30)
TERMS = Terms(offer=HALF_AN_HOUR, most_joins=3, per=HALF_AN_HOUR)


def join_list(
    event: Event,
    person: User,
    tier: Tier | None = None,
    quantity: int = 1,
    *,
    together: bool = False,
    number: int | None = None,
    now: datetime = NOON,
) -> WaitingEntry:
    """As the list's page does it; without `tier` for any. `number` was set aside for them. Raises
    what `join` raises."""
    wish = Wish(tier.id if tier else None, quantity, together)
    with transaction():
        whole = event_by_id(event.public_id)
        return join(whole, wish, user_id=person.id, terms=TERMS, now=now, number=number)


def leaves(entry: WaitingEntry, *, now: datetime = NOON) -> None:
    change(entry.public_id, entry.user_id, lambda e: entries.leave(e, terms=TERMS, now=now))


def declines(entry: WaitingEntry, *, now: datetime = NOON) -> None:
    change(entry.public_id, entry.user_id, lambda e: entries.decline(e, now=now))


def pauses(entry: WaitingEntry, *, now: datetime = NOON) -> None:
    change(entry.public_id, entry.user_id, lambda e: entries.pause(e, terms=TERMS, now=now))


def comes_back(entry: WaitingEntry, *, now: datetime = NOON) -> None:
    change(entry.public_id, entry.user_id, lambda e: entries.come_back(e, terms=TERMS, now=now))


def accepts(entry: WaitingEntry, *, now: datetime = NOON) -> Hold:
    def deed(fresh: WaitingEntry) -> Hold:
        return entries.accept(fresh, event_by_id(fresh.event.public_id), now=now)

    return change(entry.public_id, entry.user_id, deed)


def states(*entries: WaitingEntry) -> list[str]:
    """Where each stands, in the database."""
    rows = db.session.execute(sa.select(WaitingEntry.id, WaitingEntry.status)).all()
    found = {row.id: row.status.value for row in rows}
    return [found[entry.id] for entry in entries]


def granted(entry: WaitingEntry) -> int | None:
    return db.session.scalar(sa.select(WaitingEntry.granted).filter_by(id=entry.id))


def hold_of_offer(entry: WaitingEntry) -> Hold:
    """Fresh."""
    return db.session.scalars(
        sa.select(Hold)
        .join(WaitingEntry, WaitingEntry.hold_id == Hold.id)
        .where(WaitingEntry.id == entry.id)
        .execution_options(populate_existing=True)
    ).one()


def ahead(entry: WaitingEntry) -> int:
    return ahead_of(entry, tier_ids_of(entry.event_id))


def stock_of(tier: Tier) -> tuple[int, int, int]:
    """(held, sold, reserved) as they stand in the database."""
    query = sa.select(Stock.held, Stock.sold, Stock.reserved).filter_by(tier_id=tier.id)
    row = db.session.execute(query).one()
    return row.held, row.sold, row.reserved


def how_many_wait(event: Event) -> int:
    return db.session.scalar(sa.select(WaitingList.waiting).filter_by(event_id=event.id)) or 0


def offers_open() -> int:
    query = sa.select(sa.func.count()).where(Hold.status == HoldStatus.OFFERED)
    return db.session.scalar(query) or 0
