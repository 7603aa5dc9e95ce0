"""Joining a list. Locks: the account's joins, stock of each tier concerned, list."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from tixapp.core.db import db
from tixapp.events.models import Event, EventStatus, Tier
from tixapp.inventory.errors import BadPicks, LimitReached, NotOnSale
from tixapp.inventory.queries import locked_stocks
from tixapp.inventory.rules import check_tier_sale
from tixapp.waiting.errors.list import ListClosed, StillOnSale, TooManyJoins, WaitsElsewhere
from tixapp.waiting.models import ANY_TIER, EntryStatus, WaitingEntry, WaitingList
from tixapp.waiting.queries.list import joins_since, live_entries, tickets_of

from .numbers import count_in, open_list
from .offers import offer_free


@dataclass(frozen=True)
class Wish:
    """`tier_id` None: any tier. `together`: all of them or none."""

    tier_id: int | None
    quantity: int
    together: bool


@dataclass(frozen=True)
class Terms:
    """How long an offer stands, and how many new places one account may take in a while."""

    offer: timedelta
    most_joins: int
    per: timedelta


def join(
    event: Event,
    wish: Wish,
    *,
    user_id: int,
    terms: Terms,
    now: datetime,
    number: int | None = None,
) -> WaitingEntry:
    """A place at the end, or the one the person has. Where places are free and nobody waits it has
    an offer at once. `event` comes with its tiers; `number` was set aside for this person.

    Raises ListClosed, NotOnSale, StillOnSale, WaitsElsewhere, BadPicks, LimitReached, TooManyJoins.
    """
    # One account's joins come one after the other, so that they can be counted.
    one_by_one = sa.func.hashtextextended(f"joins:{user_id}", 0)
    db.session.execute(sa.select(sa.func.pg_advisory_xact_lock(one_by_one)))
    if (known := _known(event, wish, user_id)) is not None:
        return known
    tiers = _wanted_tiers(event, wish, now=now)
    _check_wish(event, wish, tiers, tickets_of(event.id, user_id))
    _check_joins(user_id, terms, now=now)
    stocks = locked_stocks(tier.id for tier in tiers)
    line = open_list(event.id)
    if line.closed_at is not None:
        raise ListClosed("The list takes no more names.")
    if event.has_room and not line.waiting and any(stock.left > 0 for stock in stocks.values()):
        raise StillOnSale("Tickets are left: the waiting room leads to them.")
    entry = WaitingEntry(
        event_id=event.id,
        user_id=user_id,
        tier_id=wish.tier_id,
        tier_key=wish.tier_id or ANY_TIER,
        quantity=wish.quantity,
        need=wish.quantity if wish.together else 1,
        number=_number(line, number),
        status=EntryStatus.WAITING,
        joined_at=now,
        passed_over=0,
    )
    db.session.add(entry)
    db.session.flush()
    count_in(line, [entry])
    db.session.flush()
    offer_free(event.id, stocks, length=terms.offer, now=now)
    return entry


def set_numbers_aside(event_id: int, count: int) -> int:
    """So many numbers in a row for people whose order is known already; the first of them."""
    first = open_list(event_id).take_numbers(count)
    db.session.flush()
    return first


def _known(event: Event, wish: Wish, user_id: int) -> WaitingEntry | None:
    """The place they have. Who waits for any tier waits for each, so it is one or the other."""
    key = wish.tier_id or ANY_TIER
    live = live_entries(event.id, user_id)
    same = next((entry for entry in live if entry.tier_key == key), None)
    if same is None and live and ANY_TIER in {key, *(entry.tier_key for entry in live)}:
        raise WaitsElsewhere(live[0].public_id)
    return same


def _wanted_tiers(event: Event, wish: Wish, *, now: datetime) -> list[Tier]:
    """Those that can still be had. Raises ListClosed, NotOnSale, BadPicks."""
    if not event.has_waiting_list:
        raise ListClosed("This event keeps no waiting list.")
    if event.status != EventStatus.PUBLISHED or now >= event.sales_end_at:
        raise NotOnSale("This event is over.")
    if event.on_sale_at is not None and now < event.on_sale_at:
        raise NotOnSale("The sale has not opened yet.", opens_at=event.on_sale_at)
    if wish.tier_id is None:
        tiers = [t for t in event.tiers if t.sale_ends_at is None or now < t.sale_ends_at]
        if not tiers:
            raise NotOnSale("Nothing of this event is on sale any more.")
        return tiers
    tier = next((tier for tier in event.tiers if tier.id == wish.tier_id), None)
    if tier is None:
        raise BadPicks("That tier is not part of this event.", {"tier_id": "is unknown"})
    check_tier_sale(tier, now=now)
    return [tier]


def _check_wish(event: Event, wish: Wish, tiers: Iterable[Tier], have: int) -> None:
    if type(wish.quantity) is not int or wish.quantity < 1:
        raise BadPicks("A quantity is at least 1.", {"quantity": "must be at least 1"})
    most = min(event.purchase_limit, max(tier.per_order_limit for tier in tiers))
    if wish.quantity > most:
        raise LimitReached(f"One order may have {most}.", limit=most)
    check_allowed(event, wish.quantity, have)


def check_allowed(event: Event, wanted: int, have: int) -> None:
    if have + wanted > event.purchase_limit:
        limit = event.purchase_limit
        raise LimitReached(f"One person may have {limit} tickets.", limit=limit, have=have)


def _check_joins(user_id: int, terms: Terms, *, now: datetime) -> None:
    recent = joins_since(user_id, now - terms.per, most=terms.most_joins)
    if len(recent) < terms.most_joins:
        return
    again_at = recent[-1] + terms.per
    seconds = max(1, -int((now - again_at).total_seconds() // 1))
    raise TooManyJoins(most=terms.most_joins, again_at=again_at, retry_after=seconds)


def _number(line: WaitingList, number: int | None) -> int:
    """The one that was set aside, unless its owner has used it up."""
    taken = sa.exists().where(WaitingEntry.event_id == line.event_id, WaitingEntry.number == number)
    if number is not None and not db.session.scalar(sa.select(taken)):
        return number
    return line.take_numbers(1)
