"""Free places go to those who wait, in the transaction that frees them.

The stocks are locked by the caller; then the list, then the entries. Everything that makes an entry
wait takes the stock's lock first, so who frees a place sees everyone who waits for it.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from tixapp.core.db import db
from tixapp.core.facts import record
from tixapp.events.models import Event, EventStatus, Tier
from tixapp.inventory.errors import NotOnSale, SalePaused
from tixapp.inventory.models import HoldStatus, Stock
from tixapp.inventory.offers import offer_places
from tixapp.inventory.queries import locked_stocks
from tixapp.inventory.rules import check_sale, check_tier_sale
from tixapp.waiting.facts.list import OfferLapsed, OffersMade, PlacesKept
from tixapp.waiting.models import Because, WaitingList
from tixapp.waiting.queries.list import (
    how_many_wait,
    line_for,
    locked_entries,
    locked_entry_of_hold,
    locked_list,
)
from tixapp.waiting.rules.list import InLine, Plan, hand_out

from .numbers import count_out


def offer_free(event_id: int, tier_ids: Iterable[int], *, length: timedelta, now: datetime) -> None:
    """Offers what is free of these tiers, whose stock is locked, to the first in line.

    What cannot be handed out just now although somebody waits for it is kept back.
    """
    waiting = how_many_wait(event_id)
    if waiting is None:
        return
    tier_ids = sorted(tier_ids)
    line = locked_list(event_id) if waiting else None
    if line is None:
        _keep_nothing(tier_ids)
        return
    event = db.session.get_one(Event, event_id)
    made: list[int] = []
    for tier_id in tier_ids:
        stock = db.session.get_one(Stock, tier_id)
        tier = db.session.get_one(Tier, tier_id)
        made += _offer_tier(line, event, tier, stock, length=length, now=now)
    db.session.flush()
    if made:
        record(OffersMade(made))


def go_on(event_id: int, tier_id: int, *, length: timedelta, now: datetime) -> None:
    """Hands out what was kept back. Run twice, it finds nothing the second time."""
    locked_stocks([tier_id])
    offer_free(event_id, [tier_id], length=length, now=now)


def follow_hold(hold_id: int, status: HoldStatus, *, now: datetime) -> None:
    """An offer's hold has ended, and with it the entry; who was never told of the offer keeps the
    place. The hold is locked."""
    entry = locked_entry_of_hold(hold_id)
    if entry is None:
        return
    if status == HoldStatus.CONVERTED:
        entry.purchase(now=now)
    elif status == HoldStatus.RELEASED:
        entry.leave(now=now)
    else:
        is_untold = entry.mailed_at is None and entry.accepted_at is None
        entry.rest_untold() if is_untold else entry.expire(now=now)
        record(OfferLapsed(entry.id, hold_id))
    db.session.flush()


def _keep_nothing(tier_ids: Sequence[int]) -> None:
    for tier_id in tier_ids:
        stock = db.session.get_one(Stock, tier_id)
        if stock.reserved:
            stock.reserve(0)


def _offer_tier(
    line: WaitingList,
    event: Event,
    tier: Tier,
    stock: Stock,
    *,
    length: timedelta,
    now: datetime,
) -> list[int]:
    """The entries that got an offer."""
    most = min(tier.per_order_limit, event.purchase_limit, stock.capacity)
    people = line_for(event.id, tier.id, most=most, limit=event.purchase_limit)
    if stock.free < 1 or not people or _is_over(event, tier, now=now):
        stock.reserve(0)
        return []
    if not _is_open(event, tier, now=now):
        stock.reserve(stock.free)
        return []
    plan = hand_out(people, stock.free, most=most)
    _write(plan, line, stock, until=now + length, now=now)
    stock.reserve(stock.free if plan.keeps_rest else 0)
    if plan.goes_on:
        record(PlacesKept(event.id, tier.id))
    return [grant.to.entry_id for grant in plan.grants]


def _write(plan: Plan, line: WaitingList, stock: Stock, *, until: datetime, now: datetime) -> None:
    holds = offer_places(
        stock,
        line.event_id,
        [(grant.to.user_id, grant.quantity) for grant in plan.grants],
        until=until,
        now=now,
    )
    entries = locked_entries(person.entry_id for person in _touched(plan))
    for grant, hold in zip(plan.grants, holds, strict=True):
        entries[grant.to.entry_id].offer(hold, grant.quantity, now=now)
    for person in plan.rests:
        entries[person.entry_id].pause(because=Because.LIMIT)
    if plan.passed_over is not None:
        entries[plan.passed_over.entry_id].passed_over += 1
    gone = [*(grant.to for grant in plan.grants), *plan.rests]
    count_out(line, (entries[person.entry_id] for person in gone))


def _touched(plan: Plan) -> list[InLine]:
    people = [*(grant.to for grant in plan.grants), *plan.rests]
    return [*people, plan.passed_over] if plan.passed_over else people


def _is_over(event: Event, tier: Tier, *, now: datetime) -> bool:
    """Nothing of this will be sold any more."""
    ends = tier.sale_ends_at
    is_up = event.status == EventStatus.PUBLISHED and now < event.sales_end_at
    return not is_up or (ends is not None and now >= ends)


def _is_open(event: Event, tier: Tier, *, now: datetime) -> bool:
    """Whether an offer could be accepted now: its time does not run while the sale is paused."""
    try:
        check_sale(event, now=now)
        check_tier_sale(tier, now=now)
    except (NotOnSale, SalePaused):
        return False
    return True
