"""What clocks on a wall say, and the moment that is."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tixapp.core.walltime import (
    FIRST,
    SECOND,
    NoSuchTime,
    TwiceThatNight,
    moment_of,
    wall_of,
    which_of,
)

BERLIN = "Europe/Berlin"


def wall(text: str) -> datetime:
    """What a clock shows: without a zone."""
    return datetime.fromisoformat(text)


def test_an_ordinary_evening() -> None:
    at = moment_of(wall("2026-12-20 20:00"), BERLIN)
    assert at == datetime(2026, 12, 20, 19, tzinfo=UTC)
    assert wall_of(at, BERLIN) == wall("2026-12-20 20:00")
    assert which_of(at, BERLIN) == ""


def test_a_time_that_clocks_skip_is_refused_with_what_they_show_instead() -> None:
    with pytest.raises(NoSuchTime) as gap:
        moment_of(wall("2026-03-29 02:30"), BERLIN)
    assert gap.value.instead == wall("2026-03-29 03:30")


def test_a_time_that_comes_twice_has_to_be_chosen() -> None:
    night = wall("2026-10-25 02:30")
    with pytest.raises(TwiceThatNight):
        moment_of(night, BERLIN)
    first, second = (moment_of(night, BERLIN, which=which) for which in (FIRST, SECOND))
    assert first == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert second == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert [which_of(at, BERLIN) for at in (first, second)] == [FIRST, SECOND]


def test_half_an_hour_is_a_jump_too() -> None:
    with pytest.raises(NoSuchTime):
        moment_of(wall("2026-10-04 02:15"), "Australia/Lord_Howe")
    with pytest.raises(TwiceThatNight):
        moment_of(wall("2026-04-05 01:45"), "Australia/Lord_Howe")


@pytest.mark.parametrize("which", [FIRST, SECOND, "", "third"])
def test_a_choice_where_there_is_none_to_make_changes_nothing(which: str) -> None:
    assert moment_of(wall("2026-07-01 12:00"), BERLIN, which=which).hour == 10
