"""The demo data: what is promised of it, and that loading it twice does nothing twice."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from tests.factories.accounts import make_user
from tests.fixtures.time import NOON
from tixapp.accounts.models import User
from tixapp.accounts.passwords import fits
from tixapp.core.db import db, transaction
from tixapp.demo.concerts import concerts
from tixapp.demo.games import games
from tixapp.demo.load import Loaded, is_empty, load_demo
from tixapp.demo.people import LOGINS
from tixapp.demo.shapes import Days
from tixapp.events.models import Event, EventStatus, Tier
from tixapp.events.rules import EventDetails
from tixapp.inventory.models import Stock
from tixapp.inventory.queries import availability
from tixapp.ops.audit.counts import counters_equal_their_rows, nothing_is_oversold
from tixapp.ops.audit.rights import orders_have_their_tickets, tickets_have_orders
from tixapp.sellers.actions import copy_account, create_seller
from tixapp.sellers.queries import role_of
from tixapp.tickets.models import Ticket
from tixapp.waiting.models import WaitingEntry


@pytest.fixture
def loaded(now: datetime) -> Loaded:
    return load_demo(NOON, open_seller=open_seller)


def open_seller(owner_id: int, name: str) -> int:
    """As the command does it, with an account that Stripe has nothing against."""
    with transaction():
        seller = create_seller(owner_id, name, now=NOON)
        can = {"charges_enabled": True, "payouts_enabled": True}
        copy_account(seller.id, **can, requirements={}, now=NOON)
    return seller.id


def events() -> list[Event]:
    return list(db.session.scalars(sa.select(Event).order_by(Event.id)))


def user(email: str) -> User:
    return db.session.scalars(sa.select(User).where(User.email == email)).one()


def test_ten_events_all_but_one_published_some_free_some_with_a_room(loaded: Loaded) -> None:
    assert loaded.events == 10
    kinds = Counter(event.category == "basketball" for event in events())
    assert kinds == {True: 4, False: 6}
    assert Counter(event.status for event in events()) == {
        EventStatus.PUBLISHED: 9,
        EventStatus.DRAFT: 1,
    }
    with_room = [event for event in events() if event.has_room]
    assert len(with_room) == 2
    assert all(event.on_sale_at and event.on_sale_at > NOON for event in with_room)
    assert {event.currency for event in events()} == {"EUR", "GBP", "USD", "CHF"}


def test_the_five_logins_work_and_have_their_roles(loaded: Loaded) -> None:
    for person in LOGINS:
        assert fits("tixapp-demo", user(person.email).password_hash)
        assert user(person.email).confirmed_at is not None
    seller_id = events()[0].seller_id
    assert {event.seller_id for event in events()} == {seller_id}
    assert role_of(user("seller@example.com").id, seller_id) == "owner"
    assert role_of(user("door@example.com").id, seller_id) == "door"
    assert role_of(user("buyer@example.com").id, seller_id) is None
    assert user("admin@example.com").is_admin


def test_the_sold_out_event_is_sold_out_by_real_tickets(loaded: Loaded) -> None:
    event = next(event for event in events() if event.name == "The Paper Orchestra")
    left = availability([event.id], now=NOON)
    assert [found.remaining for found in left.values()] == [0, 0]
    tickets = db.session.scalars(sa.select(Ticket).where(Ticket.event_id == event.id)).all()
    assert len(tickets) == 24
    for check in (
        nothing_is_oversold,
        counters_equal_their_rows,
        orders_have_their_tickets,
        tickets_have_orders,
    ):
        assert check() == []


def test_two_stand_in_line_for_the_sold_out_event(loaded: Loaded) -> None:
    found = db.session.scalars(sa.select(WaitingEntry).order_by(WaitingEntry.number)).all()
    assert [(entry.status.value, entry.quantity) for entry in found] == [
        ("waiting", 1),
        ("waiting", 2),
    ]


def test_loading_again_adds_nothing(loaded: Loaded) -> None:
    assert load_demo(NOON + timedelta(days=3), open_seller=open_seller) == Loaded(0, 0)
    assert len(events()) == 10
    assert db.session.scalar(sa.select(sa.func.count(Ticket.id))) == 24


def test_loading_goes_on_where_it_stopped(loaded: Loaded) -> None:
    draft = next(event for event in events() if event.status == EventStatus.DRAFT)
    tiers = sa.select(Tier.id).where(Tier.event_id == draft.id)
    with transaction():
        db.session.execute(sa.delete(Stock).where(Stock.tier_id.in_(tiers)))
        db.session.execute(sa.delete(Tier).where(Tier.event_id == draft.id))
        db.session.execute(sa.delete(Event).where(Event.id == draft.id))
    assert load_demo(NOON, open_seller=open_seller) == Loaded(people=0, events=1)
    assert len(events()) == 10


def test_the_demo_is_offered_only_to_an_empty_house(now: datetime) -> None:
    assert is_empty()
    load_demo(NOON, open_seller=open_seller)
    assert not is_empty()


def test_a_house_with_a_stranger_in_it_is_not_empty() -> None:
    make_user("Bob")
    assert not is_empty()


def test_a_demo_that_stopped_half_way_is_offered_again(now: datetime) -> None:
    def power_fails(_owner_id: int, _name: str) -> int:
        raise OSError("no power")

    with pytest.raises(OSError, match="no power"):
        load_demo(NOON, open_seller=power_fails)
    assert is_empty()
    assert load_demo(NOON, open_seller=open_seller) == Loaded(people=0, events=10)
    assert not is_empty()


@pytest.mark.parametrize("hour", range(0, 24, 3))
@pytest.mark.parametrize("day", range(7))
def test_whenever_it_is_loaded_everything_is_still_to_come(day: int, hour: int) -> None:
    moment = NOON + timedelta(days=day, hours=hour)
    for wanted in (*games(moment), *concerts(moment)):
        details = wanted.details
        assert details.starts_at > moment + timedelta(hours=1)
        assert details.doors_at is None or details.doors_at < details.starts_at
        assert local_time(details).minute in {0, 30}


@pytest.mark.parametrize("hour", range(24))
def test_at_any_hour_something_is_on_today(hour: int) -> None:
    moment = NOON + timedelta(hours=hour)
    all_events = [wanted.details for wanted in (*games(moment), *concerts(moment))]
    today = [d for d in all_events if local_time(d).date() == local_time(d, moment).date()]
    assert today


def local_time(details: EventDetails, at: datetime | None = None) -> datetime:
    return (at or details.starts_at).astimezone(ZoneInfo(details.timezone))


def test_tonight_is_today_while_there_is_time() -> None:
    days = Days(NOON, "Europe/Berlin")
    assert days.tonight(20, 30).isoformat() == "2026-11-20T20:30:00+01:00"
    late = Days(NOON + timedelta(hours=7), "Europe/Berlin")
    assert late.tonight(20, 30).isoformat() == "2026-11-21T20:30:00+01:00"
