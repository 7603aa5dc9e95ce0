"""Proof that the books are in order: every invariant as a question to the live database.

Each check returns one line a difference, and none when all is well.
"""

from collections.abc import Callable

from tixapp.core.db import db

from .counts import counters_equal_their_rows, nothing_is_oversold
from .lists import (
    lists_count_who_waits,
    offers_have_their_places,
    only_free_places_are_kept_back,
)
from .money import (
    money_has_reasons,
    money_has_tickets_or_a_refund,
    refunds_stay_below_payments,
)
from .provider import books_equal_the_providers
from .rights import orders_have_their_tickets, tickets_admit_once, tickets_have_orders
from .rooms import (
    passes_were_below_their_cut,
    room_holds_had_a_pass,
    rooms_can_be_drawn,
    rooms_have_one_pass_a_person,
)
from .tallies import tallies_equal_their_rows

Check = Callable[[], list[str]]

CHECKS: tuple[Check, ...] = (
    nothing_is_oversold,
    counters_equal_their_rows,
    tallies_equal_their_rows,
    orders_have_their_tickets,
    tickets_have_orders,
    tickets_admit_once,
    refunds_stay_below_payments,
    money_has_reasons,
    money_has_tickets_or_a_refund,
    lists_count_who_waits,
    offers_have_their_places,
    only_free_places_are_kept_back,
    passes_were_below_their_cut,
    rooms_have_one_pass_a_person,
    room_holds_had_a_pass,
    rooms_can_be_drawn,
    books_equal_the_providers,
)


def run_audit() -> list[str]:
    found = [line for check in CHECKS for line in check()]
    db.session.rollback()
    return found
