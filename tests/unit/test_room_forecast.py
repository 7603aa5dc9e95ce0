"""What people are told of the end: the last place that is called, their odds, their wait."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tixapp.waiting.rules.control import Beliefs, Counts, History, Limits, Mark, odds, wait
from tixapp.waiting.rules.control.forecast import Outlook

LIMITS = Limits(rate=6_000, a_max=300, per_order=4, strict=False)
BELIEFS = Beliefs(shows=0.5, conversion=0.5, quantity=2, variance=0, kept=1)
# Of 1,000 called half came; half of these took two places each, and paid.
HISTORY = History(
    1_000, 500, 500, takes=250, ends=250, taken=500, squares=1_000, paid=500, returned=0
)
SETTLED = Mark(0.0, 1_000, 0, 0)
RANKS = st.integers(0, 100_000)


def outlook(counts: Counts, history: History = HISTORY, pending: int = 0) -> Outlook:
    return Outlook(LIMITS, counts, history, SETTLED, BELIEFS, pending)


def test_with_nobody_inside_the_end_follows_from_what_was_sold_so_far() -> None:
    """Two called for each place: 500 places are left, so 1,000 more are called."""
    low, middle, high = outlook(Counts(500, 0, 0, 0, 0)).last_rank()
    assert middle == 2_000
    assert 1_850 < low < 1_940
    assert 2_060 < high < 2_180


def test_of_the_undecided_half_are_expected_to_buy() -> None:
    """100 choose: 50 of them take 100 places, and 400 are left for others."""
    low, middle, high = outlook(Counts(500, 0, 100, 100, 0)).last_rank()
    assert middle == 1_800
    assert low < middle < high
    assert high - low > 2_180 - 1_850


def test_what_is_held_may_come_back() -> None:
    counts = Counts(0, 100, 50, 0, 0)
    assert outlook(counts).last_rank()[1] > 1_000
    assert outlook(replace(counts, held=0, active=0)).last_rank() == (1_000, 1_000, 1_000)


def test_who_was_called_and_may_still_come_needs_places_too() -> None:
    without = outlook(Counts(500, 0, 0, 0, 0)).last_rank()
    assert outlook(Counts(500, 0, 0, 0, 0), pending=100).last_rank()[1] == without[1] - 100
    assert outlook(Counts(500, 0, 0, 0, 0, gated=50)).last_rank()[1] == without[1] - 100


def test_a_promise_counts_as_somebody_who_chooses() -> None:
    promised = outlook(Counts(500, 0, 100, 0, 400))
    assert promised.open == 100
    assert promised.last_rank() == outlook(Counts(500, 0, 100, 100, 0)).last_rank()


def test_before_anything_is_known_what_is_usual_speaks() -> None:
    """0.7 come, 0.8 of them take 2 places, 0.85 of these are paid: 0.952 places for each called."""
    fresh = Outlook(LIMITS, Counts(952, 0, 0, 0, 0), History(0), Mark(0, 0, 0, 0), BELIEFS, 0)
    assert fresh.last_rank()[1] == 1_000


def test_odds_run_through_what_the_document_says() -> None:
    last = (1_000, 2_000, 3_000)
    asked = (1, 500, 1_000, 1_500, 2_000, 2_500, 3_000, 3_500, 4_000, 90_000)
    assert [odds(rank, last) for rank in asked] == [99, 94, 90, 70, 50, 30, 10, 6, 1, 1]


def test_odds_are_certain_of_nothing() -> None:
    assert odds(1, (0, 0, 0)) == 1
    assert odds(1, (10**9, 10**9, 10**9)) == 99


@given(st.tuples(RANKS, RANKS, RANKS).map(sorted), RANKS, RANKS)
def test_who_stands_further_back_never_has_better_odds(
    last: list[int], one: int, other: int
) -> None:
    near, far = sorted((one, other))
    low, middle, high = last
    better, worse = (odds(rank, (low, middle, high)) for rank in (near, far))
    assert 1 <= worse <= better <= 99


def test_a_wait_is_an_interval_and_unknown_when_nobody_is_called() -> None:
    assert wait(600, pace=60) == (420, 600, 960)
    assert wait(0, pace=0) == (0, 0, 0)
    assert wait(5, pace=0) is None
    assert wait(5, pace=0.5) == (420, 600, 960)


@pytest.mark.parametrize("free", [0, 1, 10, 1_000])
def test_nothing_known_and_nobody_there_still_gives_an_order(free: int) -> None:
    low, middle, high = Outlook(
        LIMITS, Counts(free, 0, 0, 0, 0), History(7), Mark(0, 0, 0, 0), BELIEFS, 0
    ).last_rank()
    assert 7 <= low <= middle <= high
