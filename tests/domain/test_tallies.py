"""What an event has sold is counted as it happens, and is what the rows say."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from tests.factories.events import make_event, make_tier
from tests.factories.inventory import hold_places
from tests.factories.orders import buy, start_paying, tickets_of
from tests.fixtures.browser import Browser
from tests.fixtures.till import Till
from tests.fixtures.time import NOON
from tests.people import Person
from tixapp.core.db import db, transaction
from tixapp.events.models import Event, Tier
from tixapp.ops.audit.tallies import tallies_equal_their_rows
from tixapp.refunds.actions import Wish, refund_order
from tixapp.refunds.jobs import work_on_refunds
from tixapp.tallies.actions import count_holds
from tixapp.tallies.jobs import fold_tallies
from tixapp.tallies.models import Tally
from tixapp.tallies.queries import statement_of, tallies_of
from tixapp.tickets.actions import Door, check_in_by_id

pytestmark = pytest.mark.usefixtures("now")


@pytest.fixture
def event(alice: Person) -> Event:
    assert alice.seller
    return make_event(alice.seller, fee_passed_on=True)


@pytest.fixture
def floor(event: Event) -> Tier:
    return make_tier(event, capacity=10)


def counted(event: Event, *figures: str) -> int:
    return tallies_of(event.id).total(*figures)


def test_a_purchase_counts_money_tickets_and_one_order(
    till: Till, bob: Person, event: Event, floor: Tier
) -> None:
    balcony = make_tier(event, "Balcony", capacity=5, price_minor=1000)
    buy(till, event, bob.user, {floor: 2, balcony: 1})
    tallies = tallies_of(event.id)
    assert tallies.by_day("captured") == {date(2026, 11, 20): 6060}
    assert tallies.total("fee") == 60
    assert (tallies.total("tickets_issued"), tallies.total("ordered")) == (3, 1)
    assert sorted(row[:2] for row in tallies.rows if row[0] == "tickets_issued") == [
        ("tickets_issued", floor.id),
        ("tickets_issued", balcony.id),
    ]


def test_a_day_is_the_day_where_the_event_is(
    till: Till, alice: Person, bob: Person, at: Any
) -> None:
    assert alice.seller
    event = make_event(alice.seller, "Far", timezone="Pacific/Auckland")
    tier = make_tier(event)
    buy(till, event, bob.user, {tier: 1})  # noon in UTC is one in the morning, a day on
    assert tallies_of(event.id).by_day("tickets_issued") == {date(2026, 11, 21): 1}


def test_what_is_let_in_refunded_or_cancelled_leaves_one_count_for_another(
    till: Till, bob: Person, dan: Person, event: Event, floor: Tier
) -> None:
    order = buy(till, event, bob.user, {floor: 2})
    first, second = (ticket.public_id for ticket in tickets_of(order))
    door = Door(event.id, dan.id, "North")
    with transaction():
        check_in_by_id(first, door=door, scan_id=None, scanned_at=NOON, now=NOON)
    assert counted(event, "tickets_used") == 1
    wish = Wish("asked", asked_by=None, with_fee=True, tickets=[first, second], used_too=True)
    with transaction():
        refund_order(order.id, wish, now=NOON)
    work_on_refunds()
    assert (counted(event, "tickets_used"), counted(event, "tickets_refunded")) == (0, 2)
    assert counted(event, "refunded", "fee_returned") == -5050 - 50
    assert tallies_equal_their_rows() == []


def test_folding_changes_no_sum_and_leaves_one_row_for_a_day(
    till: Till, bob: Person, carol: Person, event: Event, floor: Tier
) -> None:
    buy(till, event, bob.user, {floor: 2})
    before = tallies_of(event.id)
    assert fold_tallies() == 4
    assert tallies_of(event.id) == before
    buy(till, event, carol.user, {floor: 1})
    fold_tallies()
    kept = db.session.query(Tally).filter_by(event_id=event.id).all()
    assert {row.folded for row in kept} == {True}
    assert len(kept) == 4  # captured, fee, issued, ordered
    assert counted(event, "captured") == 3 * 2525
    assert fold_tallies() == 0
    assert tallies_equal_their_rows() == []


def test_holds_are_counted_once_when_no_older_one_can_still_come(
    bob: Person, carol: Person, event: Event, floor: Tier
) -> None:
    hold_places(event, bob.user, {floor: 1})
    assert count_holds(now=NOON + timedelta(minutes=1)) == 0
    hold_places(event, carol.user, {floor: 1}, now=NOON + timedelta(minutes=1, seconds=30))
    assert count_holds(now=NOON + timedelta(minutes=3)) == 1
    assert count_holds(now=NOON + timedelta(minutes=3)) == 0
    assert count_holds(now=NOON + timedelta(minutes=4)) == 1
    assert counted(event, "held") == 2


def test_a_young_hold_keeps_those_after_it_from_being_counted_too_soon(
    bob: Person, carol: Person, event: Event, floor: Tier
) -> None:
    """A request that was slow has a lower id and a later time than one that came after."""
    hold_places(event, bob.user, {floor: 1}, now=NOON + timedelta(minutes=5))
    hold_places(event, carol.user, {floor: 1}, now=NOON)
    assert count_holds(now=NOON + timedelta(minutes=4)) == 0
    assert count_holds(now=NOON + timedelta(minutes=8)) == 2


def test_looks_at_a_page_are_counted_together_and_name_nobody(
    client: Browser, event: Event, at: Any, now: datetime
) -> None:
    for _ in range(3):
        assert client.get(f"/e/{event.slug}").status_code == 200
    client.get("/e/no-such-event")
    client.get(f"/e/{event.slug}", headers={"Sec-Purpose": "prefetch"})
    assert counted(event, "viewed") == 0
    at(now + timedelta(seconds=6))
    client.get(f"/e/{event.slug}")
    assert counted(event, "viewed") == 4
    columns = {column.name for column in sa.inspect(Tally).columns}
    assert columns == {"id", "event_id", "tier_id", "day", "figure", "amount", "folded"}


def test_an_open_payment_counts_nothing(bob: Person, till: Till, event: Event, floor: Tier) -> None:
    start_paying(event, bob.user, {floor: 1})
    assert tallies_of(event.id).rows == ()


def test_the_figures_of_an_event_are_read_by_index_alone(
    till: Till, bob: Person, event: Event, floor: Tier
) -> None:
    buy(till, event, bob.user, {floor: 1})
    _many_other_tallies()
    query = statement_of(event.id).compile(db.engine, compile_kwargs={"literal_binds": True})
    plan = "\n".join(db.session.scalars(sa.text(f"EXPLAIN {query}")))
    assert "uq_tallies_folded" in plan
    assert "ix_tallies_fresh" in plan
    assert "Seq Scan" not in plan


def test_the_audit_sees_a_count_that_is_wrong(
    till: Till, bob: Person, event: Event, floor: Tier
) -> None:
    buy(till, event, bob.user, {floor: 1})
    assert tallies_equal_their_rows() == []
    db.session.execute(sa.update(Tally).where(Tally.figure == "captured").values(amount=1))
    assert tallies_equal_their_rows() == [
        f"event {event.id}: 1 counted as captured, the rows say 2525"
    ]


def _many_other_tallies() -> None:
    db.session.execute(
        sa.text(
            "INSERT INTO tallies (event_id, day, figure, amount, folded)"
            " SELECT 1000000 + n, '2026-11-20', 'captured', 1, n % 2 = 0"
            " FROM generate_series(1, 20000) n"
        )
    )
    db.session.execute(sa.text("ANALYZE tallies"))
