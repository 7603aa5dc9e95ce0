"""What people are told of the end: the last place that is called, and their wait."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tixapp.waiting.rules.control import Beliefs, Counts, History, Limits, Mark, wait
from tixapp.waiting.rules.control.forecast import Outlook

LIMITS = Limits(rate=6_000, a_max=300, per_order=4, strict=False)
BELIEFS = Beliefs(shows=0.5, conversion=0.5, quantity=2, variance=0, kept=1)
# Of 1,000 called half came; half of these took two places each, and paid.
HISTORY = History(
    1_000, 500, 500, takes=250, ends=250, taken=500, squares=1_000, paid=500, returned=0
)
SETTLED = Mark(0.0, 1_000, 0, 0)


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


def test_a_wait_is_an_interval_and_unknown_when_nobody_is_called() -> None:
    assert wait(600, pace=60) == (510, 1_020)
    assert wait(0, pace=60) == (0, 0)
    assert wait(5, pace=0) is None
    assert wait(5, pace=0.5) == (510, 1_020)


@pytest.mark.parametrize("free", [0, 1, 10, 1_000])
def test_nothing_known_and_nobody_there_still_gives_an_order(free: int) -> None:
    low, middle, high = Outlook(
        LIMITS, Counts(free, 0, 0, 0, 0), History(7), Mark(0, 0, 0, 0), BELIEFS, 0
    ).last_rank()
    assert 7 <= low <= middle <= high
