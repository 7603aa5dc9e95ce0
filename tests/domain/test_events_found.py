"""Finding events: search, filters, pages, counts."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.factories.events import make_event, make_tier
from tests.fixtures.time import NOON
from tests.people import Person
from tixapp.core.db import db
from tixapp.core.errors import NotFound
from tixapp.events import queries as events
from tixapp.events.models import EventStatus
from tixapp.events.queries import Filters, listing
from tixapp.events.rules import fold
from tixapp.sellers.models import Seller

DAY = timedelta(days=1)


@pytest.fixture
def seller(alice: Person) -> Seller:
    assert alice.seller
    return alice.seller


def found(**filters: object) -> list[str]:
    chosen = events.coming(Filters(**filters), now=NOON)  # type: ignore[arg-type]
    return [event.name for event in chosen]


def test_coming_events_are_published_not_over_and_soonest_first(seller: Seller) -> None:
    make_event(seller, "Later", starts_at=NOON + 2 * DAY)
    make_event(seller, "Soon", starts_at=NOON + DAY)
    make_event(seller, "Running", starts_at=NOON - DAY, ends_at=NOON + DAY)
    make_event(seller, "Over", starts_at=NOON - DAY, ends_at=NOON)
    for status in (EventStatus.DRAFT, EventStatus.CANCELLED, EventStatus.ENDED):
        make_event(seller, f"Hidden {status}", status=status)
    assert found() == ["Running", "Soon", "Later"]


def test_a_draft_is_not_found_by_its_address_or_id(seller: Seller) -> None:
    draft = make_event(seller, status=EventStatus.DRAFT)
    with pytest.raises(NotFound):
        events.published_event(draft.slug)
    with pytest.raises(NotFound):
        events.published_event_by_id(draft.public_id)
    assert events.event_by_slug(draft.slug).id == draft.id


def test_a_cancelled_event_keeps_its_page(seller: Seller) -> None:
    event = make_event(seller, status=EventStatus.CANCELLED)
    assert events.published_event(event.slug).id == event.id


@pytest.mark.parametrize("slug", ["nothing", "", "a\x00b", "' OR 1=1 --"])
def test_an_unknown_address_is_not_found(slug: str) -> None:
    with pytest.raises(NotFound):
        events.published_event(slug)


@pytest.mark.parametrize(
    "typed",
    ["cafe", "CAFÉ", "noir caf", "strasse", "straße", "jazz", "café & noir | ! :*", "live berl"],
)
def test_search_finds_beginnings_of_words_without_accents_or_case(
    seller: Seller, typed: str
) -> None:
    make_event(seller, "Café Noir: Live", description="Late jazz.", place="Straße 5, Berlin")
    make_event(seller, "Night Trains", place="Hall, Köln", city="Köln")
    assert found(q=typed) == ["Café Noir: Live"]


@pytest.mark.parametrize("typed", ["!!!", "café trains", "afé", "\x00"])
def test_search_finds_nothing_where_nothing_fits(seller: Seller, typed: str) -> None:
    make_event(seller, "Café Noir")
    make_event(seller, "Night Trains")
    assert found(q=typed) == []


def test_the_database_folds_words_as_python_does() -> None:
    for text in (
        "ÀÉÎÕÜ ßẞ ÆŒØĐÐŁÞ",
        "İstanbul \u0131ss\u0131z",
        "ΣΟΦΟΣ ς",
        "ガ 한국 Чайка",
        "ﬁ ½ ①",
    ):
        assert db.session.scalar(sa.select(sa.func.fold_words(text))) == fold(text)


def test_filters_for_place_kind_and_time(seller: Seller) -> None:
    make_event(seller, "A", city="Köln", category="concert", starts_at=NOON + DAY)
    make_event(seller, "B", city="Berlin", category="concert", starts_at=NOON + 2 * DAY)
    make_event(seller, "C", city="Berlin", category="basketball", starts_at=NOON + 3 * DAY)
    assert found(city="koln") == ["A"]
    assert found(city="Berl\x00in") == []
    assert found(category="Concert") == ["A", "B"]
    assert found(city="Berlin", category="concert") == ["B"]
    assert found(starts_from=NOON + 2 * DAY) == ["B", "C"]
    assert found(starts_to=NOON + 2 * DAY) == ["A"]


@pytest.mark.parametrize(
    ("when", "names"),
    [
        ("today", ["Friday in Berlin"]),
        ("weekend", ["Friday in Berlin", "Saturday in Tokyo", "Sunday in New York"]),
        ("week", ["Friday in Berlin", "Saturday in Tokyo", "Sunday in New York", "Thursday"]),
    ],
)
def test_days_are_those_of_the_place(seller: Seller, when: str, names: list[str]) -> None:
    """It is Friday noon in London. Late on Sunday in New York is Monday in Europe."""
    evening = NOON + timedelta(hours=7)
    make_event(seller, "Friday in Berlin", starts_at=evening)
    tokyo = {"timezone": "Asia/Tokyo", "starts_at": NOON + timedelta(hours=8)}
    make_event(seller, "Saturday in Tokyo", **tokyo)
    new_york = {"timezone": "America/New_York", "starts_at": evening + 2 * DAY + DAY / 3}
    make_event(seller, "Sunday in New York", **new_york)
    make_event(seller, "Thursday", starts_at=evening + 6 * DAY)
    make_event(seller, "Next Friday", starts_at=evening + 7 * DAY)
    assert found(when=when) == names


def test_days_of_the_calendar_are_both_included(seller: Seller) -> None:
    for n in range(4):
        make_event(seller, f"Event {n}", starts_at=NOON + n * DAY + timedelta(hours=7))
    saturday = NOON.date() + DAY
    assert found(day_from=saturday, day_to=saturday + DAY) == ["Event 1", "Event 2"]


def test_a_price_filter_counts_in_each_currency(seller: Seller) -> None:
    for name, currency, minor in [
        ("Euro 20", "EUR", 2000),
        ("Euro 21", "EUR", 2100),
        ("Yen 20", "JPY", 20),
        ("Yen 2000", "JPY", 2000),
        ("Free", "EUR", 0),
    ]:
        make_tier(make_event(seller, name, currency=currency), price_minor=minor)
    assert sorted(found(price_to=20)) == ["Euro 20", "Free", "Yen 20"]
    assert found(free=True) == ["Free"]


def test_a_price_filter_counts_a_fee_that_is_passed_on(seller: Seller) -> None:
    make_tier(make_event(seller, "Absorbed"), price_minor=2500)
    make_tier(make_event(seller, "Just fits", fee_passed_on=True), price_minor=2475)
    make_tier(make_event(seller, "Too much", fee_passed_on=True), price_minor=2476)
    assert found(price_to=25, fee_bps=100) == ["Absorbed", "Just fits"]
    make_tier(make_event(seller, "Dear", fee_passed_on=True), price_minor=99_999_999)
    seller.fee_bps = 0
    assert found(price_to=25, fee_bps=10_000) == ["Absorbed", "Just fits", "Too much"]


def test_pages_follow_each_other_without_a_gap_or_a_repeat(seller: Seller) -> None:
    for n in range(5):
        make_event(seller, f"Event {n}", starts_at=NOON + (n // 2 + 1) * DAY)
    names, after = [], None
    while page := events.coming(Filters(), now=NOON, after=after, limit=2):
        names += [event.name for event in page]
        after = page[-1].public_id
    assert names == [f"Event {n}" for n in range(5)]
    assert events.coming(Filters(), now=NOON, after="evt_unknown\x00") == []


def test_the_home_page_gets_the_first_of_each_span_in_two_statements(
    seller: Seller, queries
) -> None:
    for n in range(6):
        make_tier(make_event(seller, f"Event {n}", starts_at=NOON + (n + 1) * DAY))
    spans = [
        Filters(starts_to=NOON + 2.5 * DAY),
        Filters(starts_from=NOON + 3.5 * DAY, starts_to=NOON + 6 * DAY),
    ]
    with queries() as asked:
        first = events.soonest_of_each(spans, now=NOON, limit=2)
        assert [event.name for event in first] == ["Event 0", "Event 1", "Event 3", "Event 4"]
        assert first[0].venue.city == "Berlin"
        assert len(first[0].tiers) == 1
    assert len(asked) == 2


def test_cities_and_kinds_are_counted_together(seller: Seller, queries) -> None:
    make_event(seller, "A", city="Köln", category="concert")
    make_event(seller, "B", city="Berlin", category="concert")
    make_event(seller, "C", city="Berlin", category="basketball")
    make_event(seller, "D", city="Wien", status=EventStatus.DRAFT)
    with queries() as asked:
        facets = events.facets(now=NOON)
    assert facets.cities == {"Berlin": 2, "Köln": 1}
    assert facets.categories == {"concert": 2, "basketball": 1}
    assert len(asked) == 1


def test_it_is_known_which_filter_excludes(seller: Seller) -> None:
    make_event(seller, "A", city="Köln", category="concert")
    make_event(seller, "B", city="Berlin", category="basketball")
    filters = Filters(city="Köln", category="basketball")
    assert found(city="Köln", category="basketball") == []
    assert events.counts_without_each(filters, now=NOON) == {"city": 1, "category": 1}
    assert events.counts_without_each(Filters(fee_bps=100), now=NOON) == {}


def test_the_list_of_events_is_read_from_its_index(seller: Seller) -> None:
    """Planned as if the table were large: the index gives the order, and nothing else is read."""
    for way in ("seqscan", "bitmapscan", "sort", "hashjoin"):
        db.session.execute(sa.text(f"SET LOCAL enable_{way} = off"))
    query = listing._soonest(listing._coming(Filters(), now=NOON)).limit(24)
    words = str(query.compile(db.engine, compile_kwargs={"literal_binds": True}))
    plan = "\n".join(db.session.scalars(sa.text(f"EXPLAIN {words}".replace(":", "\\:"))))
    assert "ix_events_coming" in plan
    assert "Sort" not in plan
