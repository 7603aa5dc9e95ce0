"""The list when nobody is looking. Three ways end an offer in time, any one is enough: the worker's
own chain of jobs, the clock's sweep, and whoever looks at the offer."""

from datetime import datetime
from typing import Any

from tixapp.core.clock import clock
from tixapp.core.db import db, transaction
from tixapp.core.sweeps import each
from tixapp.inventory.facts import OfferEnded, StockFreed
from tixapp.inventory.models import HoldStatus
from tixapp.inventory.offers import offers_over
from tixapp.waiting.actions.ending import end_list, lapse, note_letter
from tixapp.waiting.actions.offers import follow_hold, go_on, offer_free
from tixapp.waiting.letters.list import (
    write_ended_letters,
    write_lapsed_letter,
    write_offer_letters,
)
from tixapp.waiting.queries.due import kept_back, letters_to_note, lists_over
from tixapp.waiting.terms import terms


def offer_freed(fact: StockFreed) -> None:
    """At once, when places come free."""
    offer_free(fact.event_id, fact.tier_ids, length=terms().offer, now=fact.now)


def follow_offer(fact: OfferEnded) -> None:
    """At once, when an offer's hold ends."""
    follow_hold(fact.hold_id, HoldStatus(fact.status), now=fact.now)


def hand_out_more(fact: dict[str, Any]) -> None:
    """The reaction to more places than one transaction hands out."""
    with transaction():
        go_on(int(fact["event_id"]), int(fact["tier_id"]), length=terms().offer, now=clock.now())


def tell_of_offers(fact: dict[str, Any]) -> None:
    """The reaction to offers."""
    write_offer_letters(fact["entry_ids"], now=clock.now())


def tell_of_lapse(fact: dict[str, Any]) -> None:
    """The reaction to an offer that nobody took."""
    write_lapsed_letter(int(fact["entry_id"]), int(fact.get("hold_id", 0)), now=clock.now())


def tell_of_end(fact: dict[str, Any]) -> None:
    """The reaction to a list that ends with its event."""
    write_ended_letters(fact["entry_ids"], now=clock.now())


def lapse_offers() -> int:
    """Ends offers whose time is over, one a transaction; how many that were."""
    now = clock.now()
    due = offers_over(now=now)
    db.session.rollback()
    return sum(each(due, lambda hold_id: lapse_one(hold_id, now=now)))


def lapse_one(hold_id: int, *, now: datetime) -> bool:
    with transaction():
        return lapse(hold_id, length=terms().offer, now=now)


def tend_lists() -> int:
    """Places kept back are offered on, late letters make offers longer, lists of events that are
    over are ended; how many rows there were to look at."""
    now = clock.now()
    length = terms().offer

    def more(row: tuple[int, int]) -> None:
        with transaction():
            go_on(*row, length=length, now=now)

    def note(entry_id: int) -> None:
        with transaction():
            note_letter(entry_id, length=length, now=now)

    def end(event_id: int) -> None:
        with transaction():
            end_list(event_id, now=now)

    kept, letters, over = kept_back(), letters_to_note(), lists_over()
    db.session.rollback()
    return len([*each(kept, more), *each(letters, note), *each(over, end)])
