"""Setting places aside and giving them back.

Locks are taken in this order everywhere: order, allowance, hold, stock, ticket; ids ascending.
Whatever frees places says so under the stock's lock: see freeing.py.
"""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from tixapp.core.db import db, locked
from tixapp.core.ids import new_id
from tixapp.events.models import Event, EventStatus, Tier

from .at_once import NoneLeft, place_at_once
from .codes import check_hidden, check_payable, claim_code
from .errors import HoldBeingPaid, HoldOver, LimitReached, SoldOut
from .freeing import ended, freed, let_go, with_stock
from .models import Allowance, Hold, HoldLine, HoldStatus, Stock
from .queries import is_paused, locked_hold, locked_stocks
from .rules import Picks, check_hold

_ALLOWANCE_OF = locked(
    sa.select(Allowance.held)
    .join(Hold, sa.and_(Hold.event_id == Allowance.event_id, Hold.user_id == Allowance.user_id))
    .where(Hold.public_id == sa.bindparam("public_id"), Hold.user_id == sa.bindparam("user_id")),
    of=Allowance,
)


def open_stock(tier_id: int, capacity: int, *, now: datetime) -> Stock:
    """Gives a new tier its places."""
    stock = Stock(tier_id=tier_id, capacity=capacity, held=0, sold=0, reserved=0)
    db.session.add(stock)
    freed(db.session.get_one(Tier, tier_id).event_id, [tier_id], now=now)
    return stock


def resize_stock(tier_id: int, capacity: int, *, now: datetime) -> Stock:
    """Raises BelowCommitted, changing nothing, for fewer than are held and sold."""
    stock = locked_stocks([tier_id])[tier_id]
    stock.resize(capacity)
    freed(db.session.get_one(Tier, tier_id).event_id, [tier_id], now=now)
    return stock


def drop_stock(tier_id: int) -> None:
    """Takes a tier's places away, before the tier itself is. Raises BelowCommitted for one of which
    something is held or sold."""
    stock = locked_stocks([tier_id])[tier_id]
    stock.resize(0)
    db.session.delete(stock)
    db.session.flush()


def place_hold(
    event: Event,
    picks: Picks,
    *,
    buyer_id: int,
    now: datetime,
    length: timedelta,
    code: str = "",
) -> Hold:
    """Sets the picked places aside for the buyer, all of them or none.

    A hold that the buyer has here already is replaced and its deadline kept. `event` comes with
    its tiers and its seller. Raises NotOnSale, SalePaused, PaymentsStopped, BadPicks, LimitReached,
    HoldBeingPaid, SoldOut; with a `code` CodeUnknown and CodeUsedUp.
    """
    check_hold(event, picks, now=now)
    tiers = {tier.id: tier for tier in event.tiers}
    expires_at = now + length
    if not code:
        check_hidden(tiers, picks, None)
        hold = _at_once(event, picks, buyer_id=buyer_id, now=now, expires_at=expires_at)
        if hold is not None:
            return hold
    earlier = _make_room_for(event, buyer_id, sum(picks.values()), now=now)
    claimed = claim_code(event, code, picks, buyer_id=buyer_id, now=now) if code else None
    if claimed is not None:
        check_hidden(tiers, picks, claimed)
        check_payable(tiers, picks, claimed, event.currency)
    if earlier is not None and earlier.expires_at > now:
        # Choosing again keeps the first deadline: places are not held for ever by re-adding.
        expires_at = min(expires_at, earlier.expires_at)
    hold = Hold(
        public_id=new_id("hold"),
        event_id=event.id,
        user_id=buyer_id,
        placed_at=now,
        expires_at=expires_at,
        status=HoldStatus.ACTIVE,
        code_id=claimed.id if claimed else None,
        lines=[HoldLine(tier_id=tier_id, quantity=n) for tier_id, n in sorted(picks.items())],
    )
    db.session.add(hold)
    db.session.flush()
    # The stock is what everyone waits for: it is locked last and for the shortest time.
    given_back = {line.tier_id: line.quantity for line in earlier.lines} if earlier else {}
    names = {tier.id: tier.name for tier in event.tiers}
    stocks = locked_stocks({*picks, *given_back})
    for tier_id, quantity in given_back.items():
        stocks[tier_id].let_go(quantity)
    for tier_id, quantity in picks.items():
        stocks[tier_id].take(quantity, named=names[tier_id])
    db.session.flush()
    if earlier is not None:
        ended(earlier, now=now)
        freed(event.id, given_back, now=now)
    return hold


def release_hold(hold_id: int, *, event_id: int, user_id: int, now: datetime) -> None:
    """The buyer lets go. Raises HoldBeingPaid while a payment may still succeed, HoldOver when it
    has ended otherwise; releasing twice is no fault."""
    lock_allowance(event_id, user_id)
    hold = locked_hold(hold_id)
    if hold is None or hold.status == HoldStatus.RELEASED:
        return
    if hold.status != HoldStatus.ACTIVE:
        raise HoldOver("This reservation has ended.")
    if hold.paying_since is not None:
        raise HoldBeingPaid(hold.public_id)
    hold.release(now=now)
    give_back_held(hold, now=now)


def expire_hold(hold_id: int, *, event_id: int, user_id: int, now: datetime) -> bool:
    """Ends a hold whose time is over, unless it is being paid or someone else was faster."""
    lock_allowance(event_id, user_id)
    hold = locked_hold(hold_id)
    if hold is None or hold.status != HoldStatus.ACTIVE or hold.paying_since is not None:
        return False
    if hold.expires_at > now or is_paused(event_id):
        return False
    hold.expire(now=now)
    give_back_held(hold, now=now)
    return True


def lengthen_holds(event_id: int, *, since: datetime, now: datetime) -> None:
    """Gives open holds back the time of a pause that began at `since`. What is being paid goes by
    its payment."""
    db.session.execute(
        sa.update(Hold)
        .where(
            Hold.event_id == event_id,
            Hold.status == HoldStatus.ACTIVE,
            Hold.paying_since.is_(None),
            ~Hold.is_offer,
            Hold.expires_at > since,
        )
        .values(expires_at=Hold.expires_at + (now - since))
    )


def give_back_held(hold: Hold, *, now: datetime) -> None:
    """The counters of an ended hold. The allowance is locked by the caller."""
    allowance = _allowance(hold.event_id, hold.user_id)
    allowance.held -= hold.quantity
    let_go(hold, now=now)


def convert_hold(hold: Hold, *, now: datetime) -> None:
    """The held places are sold. Order, allowance and hold are locked by the caller."""
    hold.convert(now=now)
    allowance = _allowance(hold.event_id, hold.user_id)
    allowance.held -= hold.quantity
    allowance.sold += hold.quantity
    for line, stock in with_stock(hold.lines):
        stock.sell(line.quantity)
    ended(hold, now=now)


def retake(event: Event, user_id: int, picks: Picks) -> bool:
    """Sells places that had been given back already: if all of them are free, the event still
    takes place and the buyer's limit allows it. For late money. The allowance is locked."""
    allowance, wanted = _allowance(event.id, user_id), sum(picks.values())
    within_limit = allowance.held + allowance.sold + wanted <= event.purchase_limit
    if event.status != EventStatus.PUBLISHED or not within_limit:
        return False
    stocks = locked_stocks(picks)
    if any(stocks[tier_id].left < quantity for tier_id, quantity in picks.items()):
        return False
    for tier_id, quantity in picks.items():
        stocks[tier_id].sold += quantity
    allowance.sold += wanted
    return True


def give_back_sold(allowance: Allowance, picks: Picks, *, now: datetime) -> None:
    """Refunded or cancelled places come back. The allowance is locked by the caller."""
    allowance.sold -= sum(picks.values())
    stocks = locked_stocks(picks)
    for tier_id, quantity in picks.items():
        stocks[tier_id].give_back(quantity)
    freed(allowance.event_id, picks, now=now)


def lock_allowance(event_id: int, user_id: int) -> Allowance:
    """One person's row at one event, made if need be, locked and fresh."""
    wanted = locked(sa.select(Allowance).filter_by(event_id=event_id, user_id=user_id))
    found: Allowance | None = db.session.scalar(wanted)
    if found is not None:
        return found
    db.session.execute(
        insert(Allowance)
        .values(event_id=event_id, user_id=user_id, held=0, sold=0)
        .on_conflict_do_nothing()
    )
    made: Allowance = db.session.scalars(wanted).one()
    return made


def lock_allowance_of(hold_public_id: str, user_id: int) -> None:
    """The allowance that a hold of this person's counts on; of nobody else's hold."""
    asked = {"public_id": hold_public_id, "user_id": user_id}
    db.session.connection().execute(_ALLOWANCE_OF, asked)


def _at_once(
    event: Event, picks: Picks, *, buyer_id: int, now: datetime, expires_at: datetime
) -> Hold | None:
    """Raises SoldOut. None when it takes more than one statement."""
    if len(picks) > 1 or sum(picks.values()) > event.purchase_limit:
        return None
    [(tier_id, quantity)] = picks.items()
    try:
        return place_at_once(
            event.id,
            tier_id,
            quantity,
            most=event.purchase_limit,
            buyer_id=buyer_id,
            now=now,
            expires_at=expires_at,
        )
    except NoneLeft:
        name = next(tier.name for tier in event.tiers if tier.id == tier_id)
        stock = locked_stocks([tier_id])[tier_id]
        raise SoldOut(name, wanted=quantity, left=stock.left) from None


def _make_room_for(event: Event, buyer_id: int, wanted: int, *, now: datetime) -> Hold | None:
    """Counts `wanted` on the buyer's allowance; the hold that had to make room, if any.

    The usual case is one statement: no hold here yet, and within the limit.
    """
    if wanted > event.purchase_limit:
        raise over_limit(event, have=0)
    claimed = db.session.execute(
        insert(Allowance)
        .values(event_id=event.id, user_id=buyer_id, held=wanted, sold=0)
        .on_conflict_do_update(
            index_elements=["event_id", "user_id"],
            set_={"held": wanted},
            where=sa.and_(Allowance.held == 0, Allowance.sold + wanted <= event.purchase_limit),
        )
        .returning(Allowance.held)
    ).first()
    if claimed is not None:
        return None
    allowance = lock_allowance(event.id, buyer_id)
    earlier = _release_earlier(event.id, buyer_id, now=now)
    if earlier is not None:
        allowance.held -= earlier.quantity
    if allowance.held + allowance.sold + wanted > event.purchase_limit:
        raise over_limit(event, have=allowance.held + allowance.sold)
    allowance.held += wanted
    return earlier


def _release_earlier(event_id: int, buyer_id: int, *, now: datetime) -> Hold | None:
    """Ends the hold; its counters are the caller's, who locks all stock at once."""
    found = db.session.scalar(
        sa.select(Hold.id).filter_by(event_id=event_id, user_id=buyer_id, status=HoldStatus.ACTIVE)
    )
    earlier = locked_hold(found) if found else None
    if earlier is None or earlier.status != HoldStatus.ACTIVE:
        return None
    if earlier.paying_since is not None:
        raise HoldBeingPaid(earlier.public_id)
    earlier.release(now=now)
    db.session.flush()  # the index allows one active hold: the old one ends before the new begins
    return earlier


def over_limit(event: Event, *, have: int) -> LimitReached:
    return LimitReached(
        f"One person may have {event.purchase_limit} tickets for this event.",
        limit=event.purchase_limit,
        have=have,
    )


def _allowance(event_id: int, user_id: int) -> Allowance:
    found = db.session.get(Allowance, (event_id, user_id))
    return found if found is not None else lock_allowance(event_id, user_id)
