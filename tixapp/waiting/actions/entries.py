"""What people do with their places on a list: leave, rest, come back, accept and decline.

Locks: hold, stock of each tier concerned, list, entry. Who acts on an entry reads it first and
looks again once all is locked: PlaceMoved means that it has changed, and reading again helps.
"""

from datetime import datetime

from tixapp.core.db import db
from tixapp.events.models import Event
from tixapp.inventory.models import Hold
from tixapp.inventory.offers import accept_offer, refuse_offer
from tixapp.inventory.queries import locked_hold, locked_stocks
from tixapp.inventory.rules import check_sale
from tixapp.waiting.errors.list import NotOffered, OfferAccepted, PlaceMoved
from tixapp.waiting.models import EntryStatus, WaitingEntry, WaitingList
from tixapp.waiting.queries.list import locked_entries, tickets_of, tier_ids_of

from .join import Terms, check_allowed
from .numbers import count_in, count_out, open_list
from .offers import offer_free


def leave(entry: WaitingEntry, *, terms: Terms, now: datetime) -> None:
    """Leaving twice is no fault. Raises OfferAccepted, PlaceMoved."""
    if not entry.is_live:
        return
    hold, line, fresh = _locked(entry)
    if fresh.accepted_at is not None:
        raise OfferAccepted("This offer is a reservation now: let it go at the checkout.")
    if fresh.status == EntryStatus.WAITING:
        count_out(line, [fresh])
    fresh.leave(now=now)
    _give_up(hold, fresh, terms=terms, now=now)


def decline(entry: WaitingEntry, *, now: datetime) -> None:
    """Of fewer than asked for, the place is kept. Raises NotOffered, OfferAccepted, PlaceMoved."""
    if entry.status != EntryStatus.OFFERED:
        raise NotOffered("There is no offer to decline.")
    hold, line, fresh = _locked(entry)
    if fresh.accepted_at is not None:
        raise OfferAccepted("This offer is a reservation now: let it go at the checkout.")
    fresh.decline(now=now)
    if fresh.status == EntryStatus.WAITING:
        count_in(line, [fresh])
    db.session.flush()
    if hold is not None:
        refuse_offer(hold.id, now=now)


def pause(entry: WaitingEntry, *, terms: Terms, now: datetime) -> None:
    """Nothing is offered meanwhile, and the place is kept. Raises NotOffered, PlaceMoved."""
    if entry.status == EntryStatus.PAUSED:
        return
    if entry.status != EntryStatus.WAITING:
        raise NotOffered("Only who waits can pause.")
    hold, line, fresh = _locked(entry)
    count_out(line, [fresh])
    fresh.pause()
    _give_up(hold, fresh, terms=terms, now=now)


def come_back(entry: WaitingEntry, *, terms: Terms, now: datetime) -> None:
    """To the same place. Raises NotOffered, LimitReached, PlaceMoved."""
    if entry.status in {EntryStatus.WAITING, EntryStatus.OFFERED}:
        return
    if entry.status != EntryStatus.PAUSED:
        raise NotOffered("This place on the list has ended.")
    event = db.session.get_one(Event, entry.event_id)
    check_allowed(event, entry.need, tickets_of(event.id, entry.user_id))
    _hold, line, fresh = _locked(entry)
    fresh.come_back()
    count_in(line, [fresh])
    db.session.flush()
    offer_free(entry.event_id, _tiers_of(fresh), length=terms.offer, now=now)


def accept(entry: WaitingEntry, event: Event, *, now: datetime) -> Hold:
    """The offered places become a reservation with the offer's deadline. Twice is no fault.

    Raises NotOffered, HoldOver, HoldBeingPaid, LimitReached, SalePaused, NotOnSale.
    """
    if entry.status != EntryStatus.OFFERED or entry.hold_id is None:
        raise NotOffered("There is no offer, or not any more.")
    check_sale(event, now=now)
    hold = accept_offer(entry.hold_id, event, user_id=entry.user_id, now=now)
    locked_entries([entry.id])[entry.id].accept(now=now)
    db.session.flush()
    return hold


def _locked(entry: WaitingEntry) -> tuple[Hold | None, WaitingList, WaitingEntry]:
    """All that a change of `entry` touches. Raises PlaceMoved if it is not as it was read."""
    offered = entry.hold_id if entry.status == EntryStatus.OFFERED else None
    hold = locked_hold(offered) if offered is not None else None
    seen = (entry.status, entry.hold_id)
    locked_stocks(_tiers_of(entry))
    line = open_list(entry.event_id)
    fresh = locked_entries([entry.id])[entry.id]
    if (fresh.status, fresh.hold_id) != seen:
        raise PlaceMoved("Your place has just changed. Look again.")
    return hold, line, fresh


def _tiers_of(entry: WaitingEntry) -> list[int]:
    return [entry.tier_id] if entry.tier_id is not None else tier_ids_of(entry.event_id)


def _give_up(hold: Hold | None, entry: WaitingEntry, *, terms: Terms, now: datetime) -> None:
    """What was offered to them, or kept back for them, goes to the next."""
    db.session.flush()
    if hold is not None:
        refuse_offer(hold.id, now=now)
    else:
        offer_free(entry.event_id, _tiers_of(entry), length=terms.offer, now=now)
