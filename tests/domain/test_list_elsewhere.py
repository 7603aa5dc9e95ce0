"""What goes wrong with waiting lists elsewhere, and must not here: one test for each."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from time import perf_counter

import pytest
import sqlalchemy as sa
from flask import Flask
from redis import Redis

from tests.factories.events import make_event, make_tier
from tests.factories.inventory import counts, hold_places
from tests.factories.waiting import (
    HALF_AN_HOUR,
    accepts,
    ahead,
    join_list,
    leaves,
    states,
    stock_of,
)
from tests.fixtures.mailbox import Mailbox
from tests.fixtures.plans import Asked, rows_read
from tests.people import Person
from tixapp.config import Settings
from tixapp.core.db import db, transaction
from tixapp.events.models import Event, Tier
from tixapp.inventory.actions import resize_stock
from tixapp.inventory.errors import BelowCommitted, SoldOut
from tixapp.waiting.errors.list import TooManyJoins
from tixapp.waiting.jobs.list import lapse_offers
from tixapp.waiting.models import WaitingEntry

Move = Callable[[datetime | timedelta], datetime]
Work = Callable[[], Mailbox]
LONG = 50_000


@pytest.fixture
def event(now: datetime, alice: Person) -> Event:
    assert alice.seller
    return make_event(alice.seller)


@pytest.fixture
def floor(event: Event) -> Tier:
    return make_tier(event, "Floor", capacity=1)


def many_wait(event: Event, floor: Tier, count: int) -> None:
    """So many who want two together, counted as the actions count them, without the people."""
    for sql in (
        "ALTER TABLE waiting_entries DISABLE TRIGGER ALL",  # they need no rows of users
        """
        INSERT INTO waiting_entries (public_id, event_id, user_id, tier_id, tier_key, quantity,
            need, number, status, joined_at, passed_over)
        SELECT 'wait_' || n, :event, 1000000 + n, :tier, :tier, 2, 2, n, 'waiting', now(), 0
        FROM generate_series(1, :count) AS n
        """,
        """
        INSERT INTO waiting_counts (event_id, tier_key, level, stretch, waiting)
        SELECT :event, :tier, level, n / width, count(*)
        FROM generate_series(1, :count) AS n,
            (VALUES (1, 100), (2, 10000), (3, 1000000)) AS levels (level, width)
        GROUP BY level, n / width
        """,
        """
        INSERT INTO waiting_lists (event_id, next_number, waiting)
        VALUES (:event, :count + 1, :count)
        """,
    ):
        values = {"event": event.id, "tier": floor.id, "count": count}
        statement = sa.text(sql)
        db.session.execute(statement, values if ":event" in sql else {})
    db.session.execute(sa.text("ALTER TABLE waiting_entries ENABLE TRIGGER ALL"))
    db.session.commit()
    db.session.execute(sa.text("ANALYZE waiting_entries, waiting_counts, holds"))


def test_a_newcomer_does_not_jump_in_between_expiry_and_the_next_offer(
    now: datetime, at: Move, event: Event, floor: Tier, bob: Person, carol: Person, dan: Person,
    work: Work,
) -> None:  # fmt: skip
    first, second = join_list(event, bob.user, floor), join_list(event, carol.user, floor)
    work()
    at(HALF_AN_HOUR)
    with pytest.raises(SoldOut):
        hold_places(event, dan.user, {floor: 1}, now=now + HALF_AN_HOUR)
    lapse_offers()
    with pytest.raises(SoldOut):
        hold_places(event, dan.user, {floor: 1}, now=now + HALF_AN_HOUR)
    assert (states(first, second), counts(floor)) == (["expired", "offered"], (1, 0))


def test_a_list_can_be_joined_once_everything_is_sold_out(
    event: Event, floor: Tier, bob: Person, carol: Person
) -> None:
    hold_places(event, carol.user, {floor: 1})
    assert states(join_list(event, bob.user, floor)) == ["waiting"]


def test_ones_place_is_found_among_fifty_thousand_in_under_five_milliseconds(
    now: datetime, event: Event, floor: Tier, bob: Person
) -> None:
    hold_places(event, bob.user, {floor: 1})
    many_wait(event, floor, LONG)
    mine = join_list(event, bob.user, floor)
    assert ahead(mine) == LONG
    times = []
    for _ in range(20):
        begin = perf_counter()
        ahead(mine)
        times.append(perf_counter() - begin)
    assert min(times) < 0.005


def test_finding_ones_place_reads_no_more_rows_because_the_list_is_long(
    now: datetime, event: Event, floor: Tier, bob: Person, asked: Asked
) -> None:
    hold_places(event, bob.user, {floor: 1})
    many_wait(event, floor, LONG)
    mine = join_list(event, bob.user, floor)
    asked.clear()
    ahead(mine)
    statements = list(asked)
    assert rows_read(statements) <= 3 * 100 + 100


def test_freeing_a_place_reads_no_more_rows_because_the_list_is_long(
    now: datetime, event: Event, floor: Tier, bob: Person, asked: Asked
) -> None:
    hold_places(event, bob.user, {floor: 1})
    many_wait(event, floor, LONG)
    asked.clear()
    with transaction():
        resize_stock(floor.id, 2, now=now)
        statements = [one for one in asked if "FOR NO KEY" not in one[0]]
    read = [one for one in statements if "waiting" in one[0]]
    assert len(read) >= 2
    assert rows_read(read) < 500


def test_the_sweep_for_offers_reads_only_those_that_are_over(
    now: datetime, at: Move, event: Event, floor: Tier, bob: Person, carol: Person, asked: Asked,
    work: Work,
) -> None:  # fmt: skip
    """An expiry sweep that scans the whole table."""
    for _ in range(3):
        leaves(join_list(event, bob.user, floor))
    join_list(event, carol.user, floor)
    work()
    asked.clear()
    lapse_offers()
    db.session.execute(sa.text("SET LOCAL enable_seqscan = off"))
    [sweep] = [one for one in asked if "holds" in one[0]]
    plan = db.session.connection().exec_driver_sql(f"EXPLAIN {sweep[0]}", sweep[1])
    assert "ix_holds_offered" in " ".join(row[0] for row in plan)


def test_an_emptied_redis_loses_no_place_and_lifts_no_limit(
    app: Flask, settings: Settings, now: datetime, alice: Person, event: Event, bob: Person
) -> None:
    assert alice.seller
    full = make_tier(event, "Pit", capacity=1, sold=1)
    first = join_list(event, bob.user, full)
    for n in range(2):
        other = make_event(alice.seller, f"Show {n}")
        join_list(other, bob.user, make_tier(other, "Floor", capacity=1, sold=1))
    Redis.from_url(settings.redis_url).flushdb()
    fourth = make_event(alice.seller, "Show 4")
    tier = make_tier(fourth, "Floor", capacity=1, sold=1)
    with pytest.raises(TooManyJoins):
        join_list(fourth, bob.user, tier)
    assert (states(first), ahead(first)) == (["waiting"], 0)


def test_capacity_is_never_lowered_below_what_is_sold_and_offered(
    now: datetime, event: Event, bob: Person
) -> None:
    floor = make_tier(event, "Pit", capacity=5, sold=2)
    entry = join_list(event, bob.user, floor, 2)
    with pytest.raises(BelowCommitted), transaction():
        resize_stock(floor.id, 3, now=now)
    assert (states(entry), stock_of(floor)) == (["offered"], (2, 2, 0))


def test_an_offer_that_was_accepted_twice_is_one_reservation(
    event: Event, floor: Tier, bob: Person
) -> None:
    entry = join_list(event, bob.user, floor)
    assert accepts(entry).id == accepts(entry).id
    assert db.session.query(WaitingEntry).count() == 1
    assert counts(floor) == (1, 0)
