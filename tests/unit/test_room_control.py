"""How far the cut moves: with the places, with those who shop, with the rate, and never back."""

from __future__ import annotations

import json
from dataclasses import replace
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tixapp.waiting.rules.control import (
    Beliefs,
    Counts,
    Decision,
    History,
    Limits,
    Memory,
    admit,
    believed,
    decide,
    most_places,
    places_for,
    settled,
)
from tixapp.waiting.rules.control.gate import n_max
from tixapp.waiting.rules.draw import Cut

LIMITS = Limits(rate=6000, a_max=300, per_order=4, strict=False)
STRICT = replace(LIMITS, strict=True)
PLENTY = Counts(free=20_000, held=0, active=0, loose=0, owed=0)
USUAL = believed(Memory(), LIMITS)
SHARES = st.floats(0.02, 1.0)
BELIEFS = st.builds(Beliefs, SHARES, SHARES, st.floats(1, 8), st.floats(0, 9), SHARES)
NUMBERS = st.integers(0, 5_000)
COUNTS = st.builds(Counts, NUMBERS, NUMBERS, NUMBERS, NUMBERS, NUMBERS, NUMBERS)
LIMIT = st.builds(
    Limits, st.floats(0.1, 60_000), st.integers(1, 3_000), st.integers(1, 10), st.booleans()
)


def tick(
    memory: Memory,
    limits: Limits = LIMITS,
    counts: Counts = PLENTY,
    *,
    called: int = 0,
    claims: int = 0,
    settled_claims: int = 0,
    people: int = 1_000_000,
    now: float = 0,
    paused: bool = False,
) -> Decision:
    history = History(called, claims, settled_claims)
    return decide(
        memory, limits, counts, history, people=people, cut=Cut(0, called), now=now, paused=paused
    )


def test_the_first_wave_fills_the_shop_with_those_who_will_probably_come() -> None:
    """300 may shop, seven of ten come: 428 are called, if the rate lets so many pass."""
    first = tick(Memory(), replace(LIMITS, rate=100_000))
    assert (first.called, first.reason, first.state) == (428, "shoppers", "open")
    assert tick(first.memory, called=428, now=1).wave == 0


def test_the_rate_holds_the_wave_back() -> None:
    first = tick(Memory())
    assert (first.wave, first.reason) == (100, "rate")
    assert tick(first.memory, called=100, now=2).wave == 200


def test_a_slow_rate_saves_up_parts_of_people() -> None:
    memory, called = Memory(), 0
    for second in range(120):
        decision = tick(memory, replace(LIMITS, rate=5), called=called, now=second)
        memory, called = decision.memory, decision.called
    assert called == 10


def test_a_dead_control_owes_nothing_when_it_comes_back() -> None:
    first = tick(Memory())
    late = tick(first.memory, called=100, claims=70, settled_claims=70, now=601)
    assert late.wave <= 5 * LIMITS.rate / 60


def test_clocks_that_go_back_move_nothing_back() -> None:
    first = tick(Memory(), now=1_000)
    back = tick(first.memory, called=100, now=940)
    assert back.called >= 100
    assert back.memory.at == 1_000


def test_a_pause_calls_nobody_and_nobodys_minute_runs() -> None:
    memory = tick(Memory(), now=0).memory
    memory = tick(memory, called=100, now=10).memory
    for second in range(11, 400):
        decision = tick(memory, called=110, now=second, paused=True)
        assert (decision.wave, decision.state, decision.reason) == (0, "paused", "paused")
        assert not decision.gate
        memory = decision.memory
    assert settled(memory, now=400).called == 0
    after = tick(memory, called=110, now=460)
    assert settled(after.memory, now=460).called == 100


def test_who_was_called_and_has_a_minute_left_counts_as_coming() -> None:
    memory = tick(Memory(), replace(LIMITS, rate=100_000), now=0).memory
    memory = tick(memory, called=428, now=5).memory
    waits = replace(PLENTY, active=100, loose=100)
    assert tick(memory, counts=waits, called=428, claims=100, now=30).wave == 0
    later = tick(memory, counts=waits, called=428, claims=100, settled_claims=100, now=66)
    assert later.reason in {"shoppers", "rate"}
    assert later.wave > 0


def test_two_hundred_samples_outweigh_what_is_usual() -> None:
    memory = tick(Memory(), now=0).memory
    memory = tick(memory, called=400, now=5).memory
    late = tick(memory, called=400, claims=80, settled_claims=80, now=66)
    assert believed(late.memory, LIMITS).shows == pytest.approx(0.2)
    few = replace(late.memory, shows=replace(late.memory.shows, samples=100))
    assert believed(few, LIMITS).shows == pytest.approx(0.45)


def test_conversion_and_quantity_are_learned_from_passes() -> None:
    history = History(
        called=0, takes=300, ends=100, taken=600, squares=1_500, paid=450, returned=150
    )
    decision = decide(Memory(), LIMITS, PLENTY, history, people=1_000_000, cut=Cut(0, 0), now=0)
    found = believed(decision.memory, LIMITS)
    assert (found.conversion, found.quantity, found.variance, found.kept) == (0.75, 2, 1, 0.75)
    assert found.mean == 1.5
    assert found.spread == 0.75 * 5 - 1.5**2


def test_nothing_free_and_nothing_held_is_sold_out() -> None:
    gone = replace(PLENTY, free=0)
    assert tick(Memory(), counts=gone).state == "sold_out"
    held = tick(Memory(), counts=replace(gone, held=3))
    assert (held.state, held.reason, held.wave, held.gate) == ("open", "all_held", 0, False)


def test_when_everyone_has_been_called_the_reason_says_so() -> None:
    decision = tick(Memory(), called=50, people=50)
    assert (decision.wave, decision.reason) == (0, "everyone_called")


@given(BELIEFS, st.integers(0, 100_000))
def test_n_max_is_the_largest_crowd_that_the_places_bear(beliefs: Beliefs, available: int) -> None:
    most = n_max(available, beliefs)
    assert most >= 0
    assert places_for(most, beliefs) <= available + 1e-6
    assert places_for(most + 1, beliefs) > available - 1e-6


def test_n_max_is_that_of_the_formula() -> None:
    beliefs = Beliefs(0.7, 0.7, 2, 1, 0.85)
    mean, spread = 1.4, 0.7 * 5 - 1.4**2
    expected = next(n for n in range(2_000) if mean * (n + 1) + 4 * sqrt(spread * (n + 1)) > 1_000)
    assert n_max(1_000, beliefs) == expected == 625


@given(LIMIT, COUNTS, st.integers(0, 10_000), st.integers(0, 10_000), st.floats(0, 1e6))
def test_the_cut_never_goes_back_and_never_beyond_the_crowd(
    limits: Limits, counts: Counts, called: int, people: int, now: float
) -> None:
    decision = tick(Memory(), limits, counts, called=called, people=people, now=now)
    assert called <= decision.called <= max(called, people)
    assert decision.wave == decision.called - called
    low, middle, high = decision.last_rank
    assert called <= low <= middle <= high


@given(LIMIT, COUNTS, BELIEFS)
def test_the_gate_lets_in_no_more_than_may_shop(
    limits: Limits, counts: Counts, beliefs: Beliefs
) -> None:
    promised = admit(limits, counts, beliefs)
    assert admit(limits, counts, beliefs, paused=True) is None
    if promised is not None:
        assert counts.active < limits.a_max
        assert counts.owed + promised <= counts.free
        assert promised <= limits.per_order
        assert promised or not limits.strict


@given(st.data())
def test_in_a_strict_sale_everyone_who_is_in_finds_a_place(data: st.DataObject) -> None:
    """Passes, holds, ends and holds that come back in any order: what is promised is there."""
    limits = Limits(600, data.draw(st.integers(1, 30)), data.draw(st.integers(1, 6)), strict=True)
    free, inside, held = data.draw(st.integers(0, 60)), [], []
    for _ in range(data.draw(st.integers(0, 60))):
        owed = sum(inside)
        step = data.draw(st.sampled_from(["claim", "take", "leave", "release"]))
        if step == "claim":
            counts = Counts(free, sum(held), len(inside), 0, owed)
            if (promised := admit(limits, counts, USUAL)) is not None:
                inside.append(promised)
        elif step == "take" and inside:
            promised = inside.pop(data.draw(st.integers(0, len(inside) - 1)))
            most = most_places(promised, limits, free=free, owed=owed)
            assert most >= promised >= 1
            held.append(data.draw(st.integers(1, most)))
            free -= held[-1]
        elif step == "leave" and inside:
            inside.pop()
        elif step == "release" and held:
            free += held.pop()
        assert sum(inside) <= free
        assert len(inside) <= limits.a_max


def test_the_last_places_of_a_hybrid_sale_are_promised() -> None:
    assert admit(LIMITS, replace(PLENTY, free=200), USUAL) == 0
    assert admit(LIMITS, replace(PLENTY, free=199), USUAL) == 4
    assert admit(LIMITS, replace(PLENTY, free=3), USUAL) == 3
    assert admit(LIMITS, replace(PLENTY, free=3, owed=3), USUAL) is None
    assert admit(STRICT, PLENTY, USUAL) == 4


def test_those_without_a_promise_are_not_robbed_by_it() -> None:
    """60 loose passes take some 106 of the places, and 144 in the worst case: these are not
    promised to anybody."""
    worst = places_for(60, USUAL)
    assert 60 * USUAL.mean == pytest.approx(105.6)
    assert 144 < worst < 145
    assert admit(LIMITS, Counts(int(worst), 0, 60, 60, 0), USUAL) is None
    assert admit(LIMITS, Counts(int(worst) + 3, 0, 60, 60, 0), USUAL) == 2


def test_a_promise_is_a_floor_and_what_is_left_over_a_ceiling() -> None:
    assert most_places(2, LIMITS, free=10, owed=10) == 2
    assert most_places(2, LIMITS, free=11, owed=10) == 3
    assert most_places(0, LIMITS, free=50, owed=10) == 4
    assert most_places(0, LIMITS, free=10, owed=10) == 0


def test_what_was_learned_survives_as_json() -> None:
    memory = tick(Memory(), now=0).memory
    memory = tick(memory, called=100, claims=70, settled_claims=0, now=7).memory
    assert Memory.of(json.loads(json.dumps(memory.as_dict()))) == memory
    assert Memory.of({}) == Memory()
