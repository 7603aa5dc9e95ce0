"""`draw-<hash>.bin`: how keys are spread, small enough for a crowd to share.

With it a browser turns its own key into its rank: off by some 15 places among ten million.

    4 bytes  "TXDR"
    1 byte   version, 1
    1 byte   b: there are 2^b steps
    2 bytes  l: how many late windows
    4 bytes  each of 2^b: how many keys of window 0 are below (i + 1) · 2^(63 - b), for i = 0, 1, …
    8 bytes  each of l: a late window's number and how many joined in it, ascending

All numbers are big-endian and unsigned.
"""

from __future__ import annotations

import hashlib
import struct
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from .draw import KEY_BITS, KEYS

MAGIC = b"TXDR"
VERSION = 1
HEAD = struct.Struct(">4sBBH")
# 4 KB are exact enough up to here, 16 KB beyond.
FEW = 1_000_000
BITS_FOR_FEW, BITS_FOR_MANY = 10, 12
MOST_BITS = 16


class BadSpread(ValueError):
    """These bytes are no table of keys."""


@dataclass(frozen=True)
class Spread:
    """`below[i]`: keys of window 0 in the steps 0 … i. `late`: (window, how many), ascending."""

    below: tuple[int, ...]
    late: tuple[tuple[int, int], ...] = ()

    @property
    def bits(self) -> int:
        return len(self.below).bit_length() - 1

    @property
    def first_window(self) -> int:
        """How many are in window 0."""
        return self.below[-1]

    @property
    def windows(self) -> tuple[tuple[int, int], ...]:
        return (0, self.first_window), *self.late

    def before(self, win: int, key: int) -> int:
        """How many come before (win, key), an entry or a cut: about, and exactly at each step."""
        return self._first(key) if win == 0 else self._late(win, key)

    def rank(self, win: int, key: int) -> int:
        """The place of the entry with this key, from 1. Raises KeyError for an unknown window."""
        if win not in dict(self.windows):
            raise KeyError(win)
        return self.before(win, key) + 1

    def _first(self, key: int) -> int:
        width = KEY_BITS - self.bits
        step = key >> width
        start = self.below[step - 1] if step else 0
        return start + _share(self.below[step] - start, key & ((1 << width) - 1), width)

    def _late(self, win: int, key: int) -> int:
        at = bisect_left(self.late, win, key=lambda pair: pair[0])
        start = self.first_window + sum(count for _, count in self.late[:at])
        own = dict(self.late[at : at + 1]).get(win, 0)
        return start + _share(own, key, KEY_BITS)

    def pack(self) -> bytes:
        head = HEAD.pack(MAGIC, VERSION, self.bits, len(self.late))
        late = [number for pair in self.late for number in pair]
        return head + struct.pack(f">{len(self.below) + len(late)}I", *self.below, *late)


def bits_for(entrants: int) -> int:
    """How many bits of a key say in which step it is: count `key >> (63 - bits)`."""
    return BITS_FOR_FEW if entrants <= FEW else BITS_FOR_MANY


def spread(counts: Mapping[int, int], late: Sequence[tuple[int, int]] = (), *, bits: int) -> Spread:
    """From step → how many keys of window 0 are in it (steps without keys may be left out)."""
    steps = 1 << bits
    if any(not 0 <= step < steps for step in counts):
        raise ValueError(f"a step of {bits} bits is at least 0 and less than {steps}")
    return Spread(tuple(accumulate(counts.get(step, 0) for step in range(steps))), tuple(late))


def spread_of(keys: Iterable[int], late: Sequence[tuple[int, int]] = (), *, bits: int) -> Spread:
    """The same from the keys themselves."""
    counts: dict[int, int] = {}
    for key in keys:
        if not 0 <= key < KEYS:
            raise ValueError("a key has 63 bits")
        step = key >> (KEY_BITS - bits)
        counts[step] = counts.get(step, 0) + 1
    return spread(counts, late, bits=bits)


def file_name(packed: bytes) -> str:
    """Its content names it, so that it may be kept for ever."""
    return f"draw-{hashlib.sha256(packed).hexdigest()[:16]}.bin"


def unpack(packed: bytes) -> Spread:
    """Raises BadSpread for anything that `pack` could not have written."""
    if len(packed) < HEAD.size:
        raise BadSpread("too short")
    magic, version, bits, late = HEAD.unpack_from(packed)
    if (magic, version) != (MAGIC, VERSION) or bits > MOST_BITS:
        raise BadSpread("not a table of keys of this version")
    steps = 1 << bits
    if len(packed) != HEAD.size + 4 * steps + 8 * late:
        raise BadSpread("cut short, or too long")
    numbers = struct.unpack_from(f">{steps + 2 * late}I", packed, HEAD.size)
    below, pairs = numbers[:steps], tuple(zip(numbers[steps::2], numbers[steps + 1 :: 2]))  # noqa: B905
    if any(b < a for a, b in pairwise(below)) or any(b[0] <= a[0] for a, b in pairwise(pairs)):
        raise BadSpread("its numbers do not ascend")
    if pairs and pairs[0][0] == 0:
        raise BadSpread("window 0 is not late")
    return Spread(below, pairs)


def _share(count: int, part: int, bits: int) -> int:
    """How many of `count` evenly spread keys, one of them mine, lie before `part` of 2^bits."""
    return max(0, count - 1) * part >> bits
