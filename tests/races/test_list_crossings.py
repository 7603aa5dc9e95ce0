"""Two hands on one place of a list, in the worst of moments: both have read before either writes.
Each with its control: without the locks the same crossing breaks what the test asks for."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from importlib import import_module
from threading import Barrier, BrokenBarrierError, get_ident
from typing import Any

import pytest
from flask import Flask

from tests.factories.accounts import make_user
from tests.factories.events import make_event, make_tier
from tests.factories.inventory import hold_places
from tests.factories.sellers import make_seller
from tests.factories.waiting import (
    HALF_AN_HOUR,
    accepts,
    hold_of_offer,
    join_list,
    leaves,
    states,
    stock_of,
)
from tests.fixtures.app import DbSession
from tests.races.test_list import books, lets_go
from tests.races.threads import at_once, errors, unlocked
from tixapp.core.db import db
from tixapp.events.models import Event
from tixapp.waiting.jobs.list import lapse_one

# Whoever waits for a lock does not come to the meeting: the other goes on alone. Without locks both
# come, however busy the machine is.
A_MOMENT, LONG = 0.5, 20.0


@pytest.fixture
def event(db_session: DbSession, now: datetime) -> Event:
    return make_event(make_seller(make_user("Alice")))


@pytest.fixture
def crossing(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Both meet once, after they have read what these functions read."""
    meeting, met = Barrier(2), set[int]()

    def meets(really: Callable[..., Any], patience: float) -> Callable[..., Any]:
        def read(*given: Any) -> Any:
            found = really(*given)
            if get_ident() not in met:
                met.add(get_ident())
                with suppress(BrokenBarrierError):
                    meeting.wait(patience)
            return found

        return read

    def arrange(name: str, *modules: str, patience: float = A_MOMENT) -> None:
        for module in map(import_module, modules):
            monkeypatch.setattr(module, name, meets(getattr(module, name), patience))

    return arrange


@pytest.fixture
def without_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tixapp.inventory.queries.locked", unlocked)
    monkeypatch.setattr("tixapp.waiting.queries.list.locked", unlocked)


def leaving_while_offered(app: Flask, event: Event) -> tuple[list[str], list[str], Any]:
    """What went wrong, where both stand, and the counts of the tier."""
    tier = make_tier(event, capacity=1)
    hold = hold_places(event, make_user("Holder"), {tier: 1})
    first = join_list(event, make_user("First"), tier)
    second = join_list(event, make_user("Second"), tier)
    frees = partial(lets_go, hold.id, hold.user_id, event.id)
    faults = errors(at_once(app, [frees, partial(leaves, first)]))
    found = faults, states(first, second), stock_of(tier)
    db.session.rollback()
    return found


def accepting_while_it_lapses(app: Flask, event: Event, now: datetime) -> tuple[bool, Any]:
    """Whether it was accepted, and what the lapse says of itself."""
    tier = make_tier(event, capacity=1)
    entry = join_list(event, make_user("First"), tier)
    join_list(event, make_user("Second"), tier)
    hold_id = hold_of_offer(entry).id
    db.session.rollback()
    just_in_time = partial(accepts, entry, now=now + HALF_AN_HOUR - timedelta(seconds=1))
    too_late = partial(lapse_one, hold_id, now=now + 2 * HALF_AN_HOUR)
    accepted, lapsed = at_once(app, [just_in_time, too_late])
    db.session.rollback()
    return not isinstance(accepted, Exception), lapsed


ENTRIES = ("locked_entries", "tixapp.waiting.actions.entries", "tixapp.waiting.actions.offers")
GONE_TO_THE_NEXT: tuple[list[str], list[str], Any] = ([], ["left", "offered"], (1, 0, 0))
HOLDS = ("locked_hold", "tixapp.inventory.offers", "tixapp.waiting.actions.ending")


def test_leaving_at_the_moment_of_the_offer_gives_it_to_the_next(
    app: Flask, event: Event, crossing: Callable[..., None]
) -> None:
    crossing(*ENTRIES)
    assert leaving_while_offered(app, event) == GONE_TO_THE_NEXT
    assert books() == []


@pytest.mark.usefixtures("without_locks")
def test_without_the_locks_they_get_in_each_others_way(
    app: Flask, event: Event, crossing: Callable[..., None]
) -> None:
    """The control: the offer goes to somebody who has left, or both wait for each other."""
    crossing(*ENTRIES, patience=LONG)
    assert leaving_while_offered(app, event) != GONE_TO_THE_NEXT


def test_an_offer_is_accepted_or_lapses(
    app: Flask, event: Event, now: datetime, crossing: Callable[..., None]
) -> None:
    crossing(*HOLDS)
    accepted, lapsed = accepting_while_it_lapses(app, event, now)
    assert lapsed is not accepted
    assert books() == []


@pytest.mark.usefixtures("without_locks")
def test_without_the_locks_it_is_accepted_and_given_to_the_next(
    app: Flask, event: Event, now: datetime, crossing: Callable[..., None]
) -> None:
    """The control."""
    crossing(*HOLDS, patience=LONG)
    assert accepting_while_it_lapses(app, event, now) == (True, True)
    assert books() != []
