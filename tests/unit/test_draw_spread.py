"""A small table from which a browser reads its rank."""

from __future__ import annotations

import json
import random
from bisect import bisect_left
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tixapp.waiting.rules.draw import KEYS
from tixapp.waiting.rules.spread import (
    BadSpread,
    Spread,
    bits_for,
    file_name,
    spread,
    spread_of,
    unpack,
)

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "draw.json").read_text())
TABLE = VECTORS["table"]
KEY = st.integers(0, KEYS - 1)


def of_the_vectors() -> Spread:
    keys = [int(row["key"]) for row in VECTORS["entries"] if row["win"] == 0]
    return spread_of(keys, [tuple(pair) for pair in TABLE["late"]], bits=TABLE["bits"])


def test_the_file_is_pinned_to_the_byte() -> None:
    packed = of_the_vectors().pack()
    assert packed.hex() == TABLE["hex"]
    assert file_name(packed) == TABLE["name"]
    read = unpack(bytes.fromhex(TABLE["hex"]))
    assert read == of_the_vectors()
    assert list(read.below) == TABLE["below"]
    assert read.windows == ((0, 8), (1, 2), (7, 2))


@pytest.mark.parametrize("row", VECTORS["entries"], ids=lambda row: f"account {row['account']}")
def test_a_rank_is_read_from_it_alike_everywhere(row: dict[str, str]) -> None:
    assert of_the_vectors().rank(int(row["win"]), int(row["key"])) == row["rank_from_table"]


def test_a_window_that_is_not_in_it_has_no_rank_yet() -> None:
    table = of_the_vectors()
    with pytest.raises(KeyError):
        table.rank(2, 5)
    assert table.before(2, 0) == 10
    assert table.before(8, 0) == 12


@given(st.lists(KEY, max_size=300), st.integers(0, 6), KEY)
def test_it_is_exact_at_each_step_and_off_by_less_than_a_step_between(
    keys: list[int], bits: int, mine: int
) -> None:
    table = spread_of(keys, bits=bits)
    ranked = sorted(keys)
    edge = mine >> (63 - bits) << (63 - bits)
    assert table.before(0, edge) == bisect_left(ranked, edge)
    in_step = sum(key >> (63 - bits) == mine >> (63 - bits) for key in keys)
    assert abs(table.before(0, mine) - bisect_left(ranked, mine)) <= in_step
    assert unpack(table.pack()) == table


@given(st.lists(KEY, min_size=1, max_size=200), st.integers(0, 8))
def test_ranks_keep_the_order_of_the_keys(keys: list[int], bits: int) -> None:
    table = spread_of(keys, bits=bits)
    ranks = [table.rank(0, key) for key in sorted(keys)]
    assert ranks == sorted(ranks)
    assert ranks[0] >= 1
    assert ranks[-1] <= len(keys)


def test_ten_million_keys_in_16_kilobytes_are_off_by_some_15_places() -> None:
    """Between two steps of 4,096 lie some 2,441 keys, as evenly spread as chance has it."""
    dice = random.Random(15)  # noqa: S311 - dice with a seed
    steps = 1 << bits_for(10_000_000)
    assert steps == 4096
    off = []
    for _ in range(40):
        inside = sorted(dice.randrange(KEYS // steps) for _ in range(10_000_000 // steps))
        table = spread({0: len(inside)}, bits=12)
        off += [abs(table.before(0, key) - place) for place, key in enumerate(inside)]
    assert 12 < sum(off) / len(off) < 19
    assert len(table.pack()) == 16_392


def test_a_million_need_4_kilobytes() -> None:
    assert len(spread({}, bits=bits_for(1_000_000)).pack()) == 4_104


def test_a_step_beyond_the_table_is_refused() -> None:
    with pytest.raises(ValueError, match="less than 4"):
        spread({4: 1}, bits=2)
    with pytest.raises(ValueError, match="63 bits"):
        spread_of([KEYS], bits=2)


@pytest.mark.parametrize(
    ("at", "byte"), [(0, 0), (4, 2), (5, 17), (5, 200), (7, 3), (11, 255), (24, 0x7F)]
)
def test_bytes_that_are_no_table_are_refused(at: int, byte: int) -> None:
    spoilt = bytearray.fromhex(TABLE["hex"])
    spoilt[at] = byte
    with pytest.raises(BadSpread):
        unpack(bytes(spoilt))


@given(st.binary(max_size=64))
def test_any_bytes_are_a_table_or_refused(packed: bytes) -> None:
    with suppress(BadSpread):
        assert unpack(packed).pack() == packed
