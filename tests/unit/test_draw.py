"""The order of a waiting room: pinned to the byte, the same for everyone, unmoved by haste."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tixapp.waiting.rules import draw
from tixapp.waiting.rules.draw import KEYS, UNDRAWN, Cut, Entry

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "draw.json").read_text())
MASTER, ENTRY_KEY = bytes.fromhex(VECTORS["master"]), bytes.fromhex(VECTORS["entry_key"])
EVENT = VECTORS["event"]
SALTS = {int(win): bytes.fromhex(salt) for win, salt in VECTORS["salts"].items()}
OPENS = datetime(2026, 11, 20, 12, tzinfo=UTC)
SEEDS = st.binary(min_size=32, max_size=32)


def entry(row: dict[str, str]) -> Entry:
    return Entry(int(row["win"]), bytes.fromhex(row["eid"]), int(row["account"]))


ENTRIES = [entry(row) for row in VECTORS["entries"]]


def crowd(seed: bytes, size: int) -> list[Entry]:
    return [Entry(0, draw.entry_id(seed, EVENT, account), account) for account in range(size)]


def salted(seed: bytes, entries: list[Entry]) -> dict[int, bytes]:
    root = draw.entrants_root(e.eid for e in entries)
    return {0: draw.first_salt(seed, EVENT, root, draw.NO_BEACON)}


def test_every_value_of_the_draw_is_pinned_to_the_byte() -> None:
    assert draw.commitment(MASTER).hex() == VECTORS["commit"]
    root = draw.entrants_root(e.eid for e in ENTRIES if e.win == 0)
    assert root.hex() == VECTORS["root"]
    assert draw.entrants_root([]).hex() == VECTORS["root_of_nobody"]
    assert draw.first_salt(MASTER, EVENT, root, VECTORS["beacon"]) == SALTS[0]
    assert draw.late_salt(MASTER, EVENT, 1) == SALTS[1]
    assert draw.late_salt(MASTER, EVENT, 7) == SALTS[7]


@pytest.mark.parametrize("row", VECTORS["entries"], ids=lambda row: f"account {row['account']}")
def test_an_account_has_its_entry_its_key_and_its_rank(row: dict[str, str]) -> None:
    mine = entry(row)
    assert draw.entry_id(ENTRY_KEY, EVENT, mine.account) == mine.eid
    assert draw.key(SALTS[mine.win], mine.eid) == int(row["key"])
    assert draw.rank(mine, ENTRIES, SALTS) == row["rank"]


@pytest.mark.parametrize("row", VECTORS["extremes"], ids=["zeros", "ones"])
def test_a_key_is_the_first_63_bits_big_end_first(row: dict[str, str]) -> None:
    key = draw.key(bytes.fromhex(row["salt"]), bytes.fromhex(row["eid"]))
    assert key == int(row["key"])
    assert 0 <= key < KEYS


def test_the_order_is_by_window_then_key_then_account() -> None:
    ranked = draw.ranking(reversed(ENTRIES), SALTS)
    assert [e.win for e in ranked] == [0] * 8 + [1] * 2 + [7] * 2
    assert {e.account: place for place, e in enumerate(ranked, 1)} == {
        row["account"]: row["rank"] for row in VECTORS["entries"]
    }
    twins = [Entry(0, ENTRIES[0].eid, account) for account in (9, 2, 5)]
    assert [e.account for e in draw.ranking(twins, SALTS)] == [2, 5, 9]


def test_who_is_in_an_unsealed_window_has_no_place_yet() -> None:
    known = {win: salt for win, salt in SALTS.items() if win < 7}
    assert len(draw.ranking(ENTRIES, known)) == 10
    last = next(e for e in ENTRIES if e.win == 1)
    assert draw.rank(last, ENTRIES, known) in {9, 10}


def test_an_entry_says_nothing_about_another_event() -> None:
    here, there = (draw.entry_id(ENTRY_KEY, event, 1) for event in (EVENT, "evt_other"))
    assert here != there
    assert draw.entry_id(bytes(32), EVENT, 1) != here


@given(SEEDS, st.integers(2, 60), st.randoms())
def test_the_order_does_not_depend_on_who_came_first(seed: bytes, size: int, dice: object) -> None:
    entries = crowd(seed, size)
    salts = salted(seed, entries)
    shuffled = list(entries)
    dice.shuffle(shuffled)  # type: ignore[attr-defined]
    assert salted(seed, shuffled) == salts
    assert draw.digest(draw.ranking(shuffled, salts)) == draw.digest(draw.ranking(entries, salts))


@given(SEEDS, st.integers(2, 40))
def test_one_entrant_more_or_less_draws_everybody_anew(seed: bytes, size: int) -> None:
    entries = crowd(seed, size)
    assert salted(seed, entries) != salted(seed, entries[:-1])


def test_arrival_and_rank_are_independent() -> None:
    size = 20_000
    entries = crowd(MASTER, size)
    ranked = draw.ranking(entries, salted(MASTER, entries))
    middle = (size - 1) / 2
    spread = sum((place - middle) ** 2 for place in range(size))
    together = sum((e.account - middle) * (place - middle) for place, e in enumerate(ranked))
    assert abs(together / spread) < 3 / size**0.5


def test_a_beacon_is_one_line_and_an_event_has_no_bar() -> None:
    with pytest.raises(ValueError, match="one line"):
        draw.first_salt(MASTER, EVENT, bytes(32), "round 1\nround 2")
    with pytest.raises(ValueError, match="bar"):
        draw.late_salt(MASTER, "evt_a|1", 1)
    with pytest.raises(ValueError, match="from 1"):
        draw.late_salt(MASTER, EVENT, 0)


@pytest.mark.parametrize(
    ("seconds", "expected"), [(-3600, 0), (-0.001, 0), (0, 1), (9.999, 1), (10, 2), (3600, 361)]
)
def test_a_join_falls_into_ten_seconds(seconds: float, expected: int) -> None:
    assert draw.window(OPENS + timedelta(seconds=seconds), OPENS) == expected


def test_a_slow_clock_gets_nobody_into_a_sealed_window() -> None:
    early = OPENS - timedelta(seconds=30)
    assert draw.window(early, OPENS, sealed=UNDRAWN) == 0
    assert draw.window(early, OPENS, sealed=0) == 1
    assert draw.window(OPENS, OPENS, sealed=41) == 42
    assert draw.window(OPENS + timedelta(hours=1), OPENS, sealed=41) == 361


@pytest.mark.parametrize(
    ("seconds", "expected"), [(-1, UNDRAWN), (1.999, UNDRAWN), (2, 0), (11.9, 0), (12, 1), (62, 6)]
)
def test_a_window_is_sealed_two_seconds_after_its_end(seconds: float, expected: int) -> None:
    assert draw.sealable(OPENS + timedelta(seconds=seconds), OPENS) == expected


@given(st.floats(-100, 10_000), st.floats(0, 100))
def test_what_is_sealed_is_joined_no_more(joined: float, later: float) -> None:
    at = OPENS + timedelta(seconds=joined)
    sealed = draw.sealable(at + timedelta(seconds=later), OPENS)
    assert draw.window(at, OPENS, sealed=sealed) > sealed


@pytest.mark.parametrize("row", VECTORS["approximate_cuts"], ids=lambda row: str(row["called"]))
def test_a_cut_before_exact_ranks_is_a_share_of_all_keys(row: dict[str, str]) -> None:
    windows = [(0, 8), (1, 2), (7, 2)]
    cut = draw.approximate_cut(int(row["called"]), windows)
    assert cut == Cut(int(row["win"]), int(row["key"]))


def test_a_share_of_all_keys_lets_in_about_as_many_people() -> None:
    entries = crowd(MASTER, 20_000)
    salt = salted(MASTER, entries)[0]
    cut = draw.approximate_cut(5_000, [(0, 20_000)])
    inside = sum((0, draw.key(salt, e.eid)) < cut for e in entries)
    assert abs(inside - 5_000) < 4 * (20_000 * 0.25 * 0.75) ** 0.5


@given(st.lists(st.integers(0, 50), min_size=1, max_size=6), st.integers(0, 300))
def test_calling_more_never_moves_the_cut_back(counts: list[int], called: int) -> None:
    windows = list(enumerate(counts))
    assert draw.approximate_cut(called, windows) <= draw.approximate_cut(called + 1, windows)


def test_an_exact_cut_stands_right_behind_the_last_one_called() -> None:
    ranked = draw.ranking(ENTRIES, SALTS)
    third = ranked[2]
    cut = draw.cut_after(0, draw.key(SALTS[0], third.eid))
    assert cut == Cut(0, int(VECTORS["cut_after_three"]["key"]))
    inside = [e for e in ranked if draw.order(e, SALTS[e.win])[:2] < cut]
    assert inside == ranked[:3]
    assert draw.cut_after(3, KEYS - 1) == Cut(4, 0)
