"""Places set aside for somebody who has not said yes: the holds of the waiting list.

They count in the stock and in nobody's allowance: a freeing transaction holds a stock's lock and
must not wait for another person's. Accepting takes the locks in their order and checks the limit.
"""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from tixapp.core.db import db
from tixapp.core.ids import new_id
from tixapp.events.models import Event

from .actions import lock_allowance, over_limit
from .errors import HoldBeingPaid, HoldOver
from .freeing import let_go
from .models import Hold, HoldLine, HoldStatus, Stock
from .queries import locked_hold


def offer_places(
    stock: Stock,
    event_id: int,
    grants: Sequence[tuple[int, int]],
    *,
    until: datetime,
    now: datetime,
) -> list[Hold]:
    """A hold for each (user, quantity), in their order. The stock is locked and has the places."""
    holds = [
        Hold(
            public_id=new_id("hold"),
            event_id=event_id,
            user_id=user_id,
            status=HoldStatus.OFFERED,
            placed_at=now,
            expires_at=until,
            is_offer=True,
            lines=[HoldLine(tier_id=stock.tier_id, quantity=quantity)],
        )
        for user_id, quantity in grants
    ]
    stock.offer(sum(quantity for _user, quantity in grants))
    db.session.add_all(holds)
    db.session.flush()
    return holds


def accept_offer(hold_id: int, event: Event, *, user_id: int, now: datetime) -> Hold:
    """The offered places become the person's own reservation, instead of one that they had here.

    Twice is no fault. Raises HoldOver, HoldBeingPaid, LimitReached.
    """
    allowance = lock_allowance(event.id, user_id)
    offered, earlier = _locked_pair(hold_id, event.id, user_id)
    if offered is None or offered.status not in {HoldStatus.OFFERED, HoldStatus.ACTIVE}:
        raise HoldOver("This offer has ended.")
    if offered.status == HoldStatus.ACTIVE:
        return offered
    if offered.expires_at <= now:
        raise HoldOver("The time for this offer is over.")
    if earlier is not None and earlier.paying_since is not None:
        raise HoldBeingPaid(earlier.public_id)
    held = allowance.held - (earlier.quantity if earlier else 0)
    if held + allowance.sold + offered.quantity > event.purchase_limit:
        raise over_limit(event, have=held + allowance.sold)
    allowance.held = held + offered.quantity
    if earlier is not None:
        earlier.release(now=now)
        db.session.flush()  # the index allows one active hold: the old one ends first
    offered.accept()
    db.session.flush()
    if earlier is not None:
        let_go(earlier, now=now)
    return offered


def refuse_offer(hold_id: int, *, now: datetime) -> bool:
    """The person says no before they have accepted. False when it has ended otherwise."""
    hold = locked_hold(hold_id)
    if hold is None or hold.status != HoldStatus.OFFERED:
        return False
    hold.release(now=now)
    let_go(hold, now=now)
    return True


def lapse_offer(hold: Hold, *, now: datetime) -> None:
    """The time for an offer is over. The hold is locked."""
    hold.expire(now=now)
    let_go(hold, now=now)


def lengthen_offer(hold: Hold, until: datetime) -> None:
    """Its letter came late. The hold is locked."""
    hold.expires_at = max(hold.expires_at, until)


def offers_over(*, now: datetime, limit: int = 500) -> list[int]:
    """Ids of offers nobody has accepted in time, the oldest first."""
    query = sa.select(Hold.id).where(Hold.status == HoldStatus.OFFERED, Hold.expires_at <= now)
    return list(db.session.scalars(query.order_by(Hold.expires_at).limit(limit)))


def _locked_pair(hold_id: int, event_id: int, user_id: int) -> tuple[Hold | None, Hold | None]:
    """The offered hold and another active one of the same person here, ids ascending."""
    is_other = sa.and_(
        Hold.event_id == event_id, Hold.user_id == user_id, Hold.status == HoldStatus.ACTIVE
    )
    ids = sa.select(Hold.id).where(sa.or_(Hold.id == hold_id, is_other)).order_by(Hold.id)
    holds = [hold for found in db.session.scalars(ids) if (hold := locked_hold(found))]
    offered = next((hold for hold in holds if hold.id == hold_id), None)
    others = (hold for hold in holds if hold.id != hold_id and hold.status == HoldStatus.ACTIVE)
    return offered, next(others, None)
