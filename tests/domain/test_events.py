"""Events: making them, changing them, publishing and cancelling."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from tests.factories.events import IN_A_MONTH, make_details, make_event, make_tier
from tests.fixtures.time import NOON
from tests.people import Person
from tixapp.core.db import db, transaction
from tixapp.core.errors import Invalid
from tixapp.core.facts import StoredFact
from tixapp.core.states import IllegalMove
from tixapp.events import actions, queries
from tixapp.events.errors import AlreadyOver, NotReady, StaleVersion
from tixapp.events.jobs import end_events
from tixapp.events.models import Event, EventStatus, Tier, Venue
from tixapp.events.rules import TierDetails
from tixapp.sellers.models import Seller

Clock = Callable[[datetime | timedelta], datetime]


@pytest.fixture
def seller(alice: Person) -> Seller:
    assert alice.seller
    return alice.seller


def facts() -> list[tuple[str, int]]:
    rows = db.session.scalars(sa.select(StoredFact).order_by(StoredFact.id))
    return [(fact.name, fact.payload["event_id"]) for fact in rows]


def count(table: type) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def test_a_new_event_is_a_draft_with_a_slug_a_colour_and_a_venue(seller: Seller) -> None:
    with transaction():
        event = actions.create_event(
            seller, make_details("Café Noir: Live", address="Knaackstraße 97"), by=None, now=NOON
        )
    assert (event.status, event.slug, event.version) == (EventStatus.DRAFT, "cafe-noir-live", 1)
    assert (event.currency, event.purchase_limit, event.created_at) == ("EUR", 6, NOON)
    assert (event.venue.name, event.place) == ("Kesselhaus", "Kesselhaus, Knaackstraße 97, Berlin")
    assert event.hue % 10 == 0
    assert facts() == []


def test_two_events_of_one_name_have_two_addresses_and_share_a_venue(seller: Seller) -> None:
    with transaction():
        first = actions.create_event(seller, make_details(), by=None, now=NOON)
        second = actions.create_event(seller, make_details(), by=None, now=NOON)
    assert first.slug == "night-trains"
    assert second.slug.startswith("night-trains-")
    assert first.venue_id == second.venue_id
    assert first.hue == second.hue


def test_another_sellers_venue_of_the_same_name_is_not_touched(seller: Seller, bob: Person) -> None:
    theirs = Seller(name="Bob's", created_at=NOON)
    db.session.add(theirs)
    db.session.flush()
    with transaction():
        event = actions.create_event(seller, make_details(), by=None, now=NOON)
        other = actions.create_event(theirs, make_details(), by=None, now=NOON)
    assert event.venue_id != other.venue_id


def test_what_does_not_fit_is_named_and_nothing_is_made(seller: Seller) -> None:
    wrong = make_details(
        " \u202e ",
        timezone="Europe/Atlantis",
        currency="XXX",
        ends_at=IN_A_MONTH - timedelta(hours=1),
        purchase_limit=0,
    )
    with pytest.raises(Invalid) as refused, transaction():
        actions.create_event(seller, wrong, by=None, now=NOON)
    assert set(refused.value.faults) == {
        "name",
        "timezone",
        "currency",
        "ends_at",
        "purchase_limit",
    }
    assert (count(Event), count(Venue)) == (0, 0)


def test_an_edit_writes_everything_and_counts_the_version_up(seller: Seller) -> None:
    event = make_event(seller, status=EventStatus.DRAFT)
    details = replace(actions.details_of(event), name="Day Trains", city="Hamburg")
    with transaction():
        actions.edit_event(event.id, details, version=1, by=None, now=NOON)
    after = queries.event_by_id(event.public_id)
    assert (after.name, after.venue.city, after.version) == ("Day Trains", "Hamburg", 2)
    assert after.slug == "night-trains"  # an address that was passed on stays
    assert actions.details_of(after) == details


def test_the_second_of_two_editors_is_told_and_nothing_is_lost(seller: Seller) -> None:
    event = make_event(seller)
    seen = actions.details_of(event)
    with transaction():
        actions.edit_event(event.id, replace(seen, name="First"), version=1, by=None, now=NOON)
    with pytest.raises(StaleVersion) as refused, transaction():
        actions.edit_event(event.id, replace(seen, name="Second"), version=1, by=None, now=NOON)
    assert refused.value.version == 2
    assert queries.event_by_id(event.public_id).name == "First"


def test_moving_a_published_event_is_news(seller: Seller) -> None:
    event = make_event(seller)
    seen = actions.details_of(event)
    with transaction():
        actions.edit_event(
            event.id, replace(seen, description="New words"), version=1, by=None, now=NOON
        )
    assert facts() == []
    later = replace(seen, starts_at=IN_A_MONTH + timedelta(days=1))
    with transaction():
        actions.edit_event(event.id, later, version=2, by=None, now=NOON)
    assert facts() == [("EventMoved", event.id)]


def test_the_currency_stays_once_there_are_prices(seller: Seller) -> None:
    event = make_event(seller)
    make_tier(event)
    details = replace(actions.details_of(event), currency="USD")
    with pytest.raises(Invalid) as refused, transaction():
        actions.edit_event(event.id, details, version=1, by=None, now=NOON)
    assert refused.value.faults == {"currency": "stays as it is once there are tiers"}
    assert queries.event_by_id(event.public_id).currency == "EUR"


def test_tiers_stand_in_the_order_of_adding(seller: Seller) -> None:
    event = make_event(seller, status=EventStatus.DRAFT)
    with transaction():
        for name in ("Floor", "Balcony"):
            actions.add_tier(event.id, TierDetails(name, 2500), by=None, now=NOON)
    tiers = queries.event_by_id(event.public_id).tiers
    assert [(tier.name, tier.position, tier.price_minor) for tier in tiers] == [
        ("Floor", 0, 2500),
        ("Balcony", 1, 2500),
    ]


@pytest.mark.parametrize("price", [-1, 49, 100_000_000])
def test_a_price_that_stripe_would_refuse_is_refused(seller: Seller, price: int) -> None:
    event = make_event(seller)
    with pytest.raises(Invalid) as refused, transaction():
        actions.add_tier(event.id, TierDetails("Floor", price), by=None, now=NOON)
    assert list(refused.value.faults) == ["price"]
    assert count(Tier) == 0


def test_a_tier_is_edited_under_its_version(seller: Seller) -> None:
    tier = make_tier(make_event(seller))
    details = replace(actions.tier_details_of(tier), price_minor=3000)
    with transaction():
        actions.edit_tier(tier, details, version=1, by=None, now=NOON)
    with pytest.raises(StaleVersion), transaction():
        actions.edit_tier(tier, replace(details, price_minor=1), version=1, by=None, now=NOON)
    fresh = queries.tier_by_id(tier.public_id)
    assert (fresh.price_minor, fresh.version) == (3000, 2)


def test_publishing_tells_all_that_is_missing(seller: Seller) -> None:
    seller.charges_enabled = False
    event = make_event(seller, status=EventStatus.DRAFT, starts_at=NOON)
    with pytest.raises(NotReady) as refused, transaction():
        actions.publish(event.id, by=None, now=NOON)
    assert set(refused.value.missing) == {"tiers", "starts_at"}
    make_tier(event)
    with pytest.raises(NotReady) as refused, transaction():
        actions.publish(event.id, by=None, now=NOON)
    assert set(refused.value.missing) == {"account", "starts_at"}
    assert queries.event_by_id(event.public_id).status == EventStatus.DRAFT
    assert facts() == []


def test_a_free_event_needs_no_account(seller: Seller) -> None:
    seller.charges_enabled = False
    event = make_event(seller, status=EventStatus.DRAFT, published_at=None)
    make_tier(event, price_minor=0)
    with transaction():
        actions.publish(event.id, by=None, now=NOON)
    published = queries.published_event(event.slug)
    assert (published.status, published.published_at) == (EventStatus.PUBLISHED, NOON)
    assert facts() == [("EventPublished", event.id)]


def test_publishing_twice_is_told_once(seller: Seller) -> None:
    event = make_event(seller, status=EventStatus.DRAFT)
    make_tier(event)
    for _ in range(2):
        with transaction():
            actions.publish(event.id, by=None, now=NOON)
    assert facts() == [("EventPublished", event.id)]


def test_a_pause_keeps_its_first_moment_and_can_be_ended(seller: Seller) -> None:
    event = make_event(seller)
    for moment in (NOON, NOON + timedelta(hours=1)):
        with transaction():
            actions.pause(event.id, by=None, now=moment)
    assert queries.event_by_id(event.public_id).paused_at == NOON
    with transaction():
        actions.resume(event.id, by=None, now=NOON)
    assert queries.event_by_id(event.public_id).paused_at is None


def test_a_cancelled_event_stays_cancelled(seller: Seller) -> None:
    event = make_event(seller)
    for _ in range(2):
        with transaction():
            actions.cancel(event.id, by=None, now=NOON)
    assert facts() == [("EventCancelled", event.id)]
    details = actions.details_of(event)
    with pytest.raises(AlreadyOver), transaction():
        actions.edit_event(event.id, replace(details, name="Back"), version=2, by=None, now=NOON)
    with pytest.raises(AlreadyOver), transaction():
        actions.add_tier(event.id, TierDetails("Floor", 0), by=None, now=NOON)
    with pytest.raises(IllegalMove), transaction():
        actions.publish(event.id, by=None, now=NOON)
    after = queries.event_by_id(event.public_id)
    assert (after.status, after.name, after.tiers) == (EventStatus.CANCELLED, "Night Trains", [])


@pytest.mark.parametrize(
    ("ends_at", "over_at"),
    [(IN_A_MONTH + timedelta(hours=3), timedelta(hours=3)), (None, timedelta(hours=6))],
)
def test_an_event_ends_when_it_is_over(
    seller: Seller, ends_at: datetime | None, over_at: timedelta
) -> None:
    event = make_event(seller, ends_at=ends_at)
    moment = IN_A_MONTH + over_at
    assert queries.events_over(now=moment - timedelta(seconds=1)) == []
    assert queries.events_over(now=moment) == [event.id]
    with transaction():
        actions.end(event.id, now=moment)
    assert queries.event_by_id(event.public_id).status == EventStatus.ENDED
    assert queries.events_over(now=moment) == []


def test_an_event_that_was_put_off_does_not_end(seller: Seller) -> None:
    event = make_event(seller)
    with transaction():
        actions.end(event.id, now=IN_A_MONTH)
    assert queries.event_by_id(event.public_id).status == EventStatus.PUBLISHED


def test_the_sweep_ends_all_that_is_over_and_nothing_else(seller: Seller, at: Clock) -> None:
    names = {"Yesterday": -24, "This morning": -6, "Just now": -5}
    for name, hours in names.items():
        make_event(seller, name, starts_at=NOON + timedelta(hours=hours))
    at(NOON)
    assert end_events() == 2
    assert end_events() == 0
    ended = sa.select(Event.name).where(Event.status == EventStatus.ENDED).order_by(Event.id)
    assert db.session.scalars(ended).all() == ["Yesterday", "This morning"]
