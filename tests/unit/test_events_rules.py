"""What may be said of an event, and the names made from it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tixapp.core.money import Money
from tixapp.events.rules import (
    EventDetails,
    TierDetails,
    cleaned,
    event_faults,
    fold,
    hue_of,
    price_fault,
    search_words,
    slug_words,
    tier_faults,
)

EIGHT = datetime(2026, 12, 20, 20, tzinfo=UTC)
HOUR = timedelta(hours=1)


def details(**said: object) -> EventDetails:
    usual = {
        "name": "Night Trains",
        "venue": "Kesselhaus",
        "city": "Berlin",
        "timezone": "Europe/Berlin",
        "currency": "EUR",
        "starts_at": EIGHT,
    }
    return EventDetails(**(usual | said))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Night Trains", "night-trains"),
        ("Café Noir: Live!", "cafe-noir-live"),
        ("Smørrebrød & Łódź", "smorrebrod-lodz"),
        ("Straße, Œuvre, Þing", "strasse-oeuvre-thing"),
        ("東京ナイト ガラ", "東京ナイト-ガラ"),
        ("한국 밤", "한국-밤"),
        ("../../etc/passwd", "etc-passwd"),
        ("one" * 30, "one" * 20),
        ("a word and another " * 5, "a-word-and-another-a-word-and-another-a-word-and-another-a"),
        ("🎷", ""),
    ],
)
def test_a_slug_is_made_of_the_words(name: str, slug: str) -> None:
    assert slug_words(name) == slug


def test_folding_takes_accents_and_case_away() -> None:
    assert fold("ÀÉÎÕÜ İstanbul ΣΟΦΟΣ") == "aeiou istanbul σοφοσ"


def test_search_words_hold_no_operators() -> None:
    assert search_words("rock & roll | !(drop:*) 'quoted' <-> ab_c") == [
        "rock", "roll", "drop", "quoted", "ab", "c",
    ]  # fmt: skip
    assert search_words("\x00 -- $$ ;") == []
    assert len(search_words("word " * 1000)) == 8
    assert len(search_words("w" * 1000)[0]) == 40


def test_a_name_always_gets_the_same_hue_in_steps_of_ten() -> None:
    assert hue_of("Night Trains") == hue_of("Night Trains")
    assert {hue_of(str(n)) for n in range(2000)} == set(range(0, 360, 10))


@pytest.mark.parametrize(
    ("minor", "currency", "fault"),
    [
        (0, "EUR", ""),
        (50, "EUR", ""),
        (49, "EUR", "is less than 50 minor units of EUR, the least that can be paid"),
        (29, "GBP", "is less than 30 minor units of GBP, the least that can be paid"),
        (99_999_999, "USD", ""),
        (100_000_000, "USD", "has more than eight digits"),
        (-1, "USD", "is less than nothing"),
        (5_000, "KWD", ""),
        (5_001, "KWD", "does not end in 0, as an amount of KWD must"),
    ],
)
def test_a_price_is_free_or_what_stripe_takes(minor: int, currency: str, fault: str) -> None:
    assert price_fault(Money(minor, currency)) == fault


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "n" * 121}, "name"),
        ({"description": "d" * 20_001}, "description"),
        ({"venue": ""}, "venue"),
        ({"city": ""}, "city"),
        ({"timezone": "localtime"}, "timezone"),
        ({"timezone": "../../etc/passwd"}, "timezone"),
        ({"currency": "DOGE"}, "currency"),
        ({"purchase_limit": 101}, "purchase_limit"),
        ({"minimum_age": 22}, "minimum_age"),
        ({"starts_at": EIGHT.replace(tzinfo=None)}, "starts_at"),
        ({"starts_at": datetime(9999, 12, 31, tzinfo=UTC)}, "starts_at"),
        ({"ends_at": EIGHT}, "ends_at"),
        ({"doors_at": EIGHT + HOUR}, "doors_at"),
        ({"on_sale_at": EIGHT + 6 * HOUR}, "on_sale_at"),
    ],
)
def test_what_does_not_fit_is_named_by_its_field(said: dict[str, object], field: str) -> None:
    assert list(event_faults(details(**said))) == [field]


def test_what_fits_has_no_faults() -> None:
    said = details(
        ends_at=EIGHT + HOUR,
        doors_at=EIGHT - HOUR,
        on_sale_at=EIGHT - 100 * HOUR,
        minimum_age=18,
        timezone="America/New_York",
        currency="JPY",
    )
    assert event_faults(said) == {}


def test_a_tiers_window_ends_after_it_begins() -> None:
    tier = TierDetails("Early", 2500, sale_starts_at=EIGHT, sale_ends_at=EIGHT)
    assert tier_faults(tier, "EUR") == {"sale_ends_at": "is not after the start of the sale"}


def test_unseen_characters_and_line_breaks_are_taken_out() -> None:
    said = cleaned(
        details(
            name=" Night\r\nTrains\u202e \x00",
            description="One\r\n\x07two\n",
            category="Live Music",
            currency="eur",
        )
    )
    assert said.name == "Night Trains"
    assert said.description == "One\ntwo"
    assert (said.category, said.currency) == ("live-music", "EUR")
