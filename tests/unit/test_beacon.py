"""Which round of the public dice a draw takes, and what is said of it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tixapp.waiting.rules import beacon

MOMENTS = st.datetimes(
    datetime(2024, 1, 1),  # noqa: DTZ001 - Hypothesis adds the zone
    datetime(2040, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


def test_the_number_of_a_round_follows_from_its_time() -> None:
    # https://api.drand.sh/52db9ba7…/public/1 was made at the genesis, and one every three seconds.
    assert beacon.Round(1).due_at == datetime(2023, 8, 23, 15, 9, 27, tzinfo=UTC)
    assert beacon.Round(21).due_at == datetime(2023, 8, 23, 15, 10, 27, tzinfo=UTC)
    # As drand's own clients count: midnight of 20 April 2026.
    assert beacon.Round(27_946_612).due_at == datetime(2026, 4, 20, tzinfo=UTC)
    assert beacon.Round(7).address.endswith("c84e971/public/7")


@given(MOMENTS)
def test_the_round_begins_after_the_entrants_are_fixed_and_is_the_first_that_does(
    opens_at: datetime,
) -> None:
    named = beacon.round_for(opens_at)
    late = named.due_at - opens_at
    assert timedelta(seconds=3) <= late < timedelta(seconds=6)


@pytest.mark.parametrize(
    ("text", "awaited"),
    [
        ("none", False),
        ("drand quicknet", True),
        ("drand quicknet 12345678", True),
        ("drand quicknet 12345678 " + "ab" * 32, False),
        ("none, drand quicknet 12345678 did not answer", False),
    ],
)
def test_a_draw_waits_for_what_was_promised_until_it_is_known(text: str, awaited: bool) -> None:
    assert beacon.is_awaited(text) is awaited


def test_a_round_is_read_as_it_is_written() -> None:
    for known in (beacon.Round(12), beacon.Round(12, "cd" * 32)):
        assert beacon.read(known.text) == known
    for other in ("none", "drand quicknet 0", "drand quicknet 12 xy", beacon.silent(known)):
        assert beacon.read(other) is None


def test_the_promise_names_its_number_from_the_first_day() -> None:
    opens_at = datetime(2026, 11, 20, 13, 0, tzinfo=UTC)
    assert beacon.announced("drand quicknet", opens_at) == "drand quicknet 34125413"
    assert beacon.announced("none", opens_at) == "none"
    assert beacon.announced("drand quicknet 5", opens_at) == "drand quicknet 5"
