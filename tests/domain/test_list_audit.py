"""The audit finds a waiting list that counts wrongly and an offer without its places."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from tests.factories.events import make_tier
from tests.factories.waiting import accepts, hold_of_offer, join_list
from tests.people import Person
from tixapp.core.db import db
from tixapp.events.models import Event, Tier
from tixapp.ops.audit.counts import counters_equal_their_rows
from tixapp.ops.audit.lists import (
    lists_count_who_waits,
    offers_have_their_places,
    only_free_places_are_kept_back,
)
from tixapp.waiting.models import WaitingEntry


@pytest.fixture
def floor(event: Event) -> Tier:
    return make_tier(event, "Floor", capacity=1)


@pytest.fixture
def entry(event: Event, floor: Tier, bob: Person, carol: Person) -> WaitingEntry:
    """Offered; another waits behind it."""
    offered = join_list(event, bob.user, floor)
    join_list(event, carol.user, floor)
    return offered


def plant(sql: str) -> None:
    db.session.execute(sa.text(sql))
    db.session.commit()


def found() -> list[str]:
    checks = (lists_count_who_waits, offers_have_their_places, only_free_places_are_kept_back)
    return counters_equal_their_rows() + [line for check in checks for line in check()]


def test_a_list_in_order_has_no_differences(entry: WaitingEntry) -> None:
    assert found() == []
    accepts(entry)
    assert found() == []


def test_a_list_that_counts_wrongly(event: Event, entry: WaitingEntry) -> None:
    plant("UPDATE waiting_lists SET waiting = 2")
    assert found() == [f"list of event {event.id}: 2 counted as waiting, 1 entries"]


def test_a_stretch_that_counts_wrongly(event: Event, floor: Tier, entry: WaitingEntry) -> None:
    plant("UPDATE waiting_counts SET waiting = 0 WHERE level = 2")
    assert found() == [
        f"event {event.id}, tier {floor.id}, stretch 0 of level 2: 0 counted as waiting, 1 entries"
    ]


def test_an_offer_without_its_places(entry: WaitingEntry) -> None:
    hold = hold_of_offer(entry)
    assert hold.status == "offered"
    plant("UPDATE holds SET status = 'expired'")
    assert f"waiting list entry {entry.public_id} is offered and its hold expired" in found()


def test_more_kept_back_than_is_free(floor: Tier, entry: WaitingEntry) -> None:
    plant("ALTER TABLE stocks DROP CONSTRAINT ck_stocks_not_oversold")
    plant("UPDATE stocks SET reserved = 3")
    assert found() == [f"tier {floor.id}: 3 kept back of 0 free places"]
