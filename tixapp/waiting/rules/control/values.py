"""What the control is told, what it remembers, and what it says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from tixapp.waiting.rules.draw import Cut

State = Literal["open", "paused", "sold_out"]
Reason = Literal["", "rate", "shoppers", "stock", "all_held", "everyone_called", "paused"]


@dataclass(frozen=True, slots=True)
class Limits:
    """What the seller has set. `rate`: people called a minute at the most; `a_max`: how many may
    shop at once; `per_order`: the most places that one order may have."""

    rate: float
    a_max: int
    per_order: int
    strict: bool


@dataclass(frozen=True, slots=True)
class Counts:
    """This moment. `free` places, and those `held`: by buyers, or as offers of the waiting list.

    `active`: live passes; `loose`: those of them that hold nothing and were promised nothing;
    `owed`: places promised to live passes that they have not taken yet; `gated`: people whose turn
    it is, who have asked for a pass in the last half minute, and were told to wait.
    """

    free: int
    held: int
    active: int
    loose: int
    owed: int
    gated: int = 0


@dataclass(frozen=True, slots=True)
class History:
    """Since the sale opened. `called`: how many stand before the cut; `claims`: how many of them
    have come (got a pass, or wait at the gate); `settled_claims`: those of them who stand before
    the cut that `settled` names.

    Of passes that have ended: `takes` led to places, `ends` did not; `taken`: the places of all
    takes; `squares`: the sum of their squares; `paid` and `returned`: places taken and then bought,
    or given back.
    """

    called: int
    claims: int = 0
    settled_claims: int = 0
    takes: int = 0
    ends: int = 0
    taken: int = 0
    squares: int = 0
    paid: int = 0
    returned: int = 0


@dataclass(frozen=True, slots=True)
class Average:
    """A moving average and how many samples speak in it."""

    mean: float = 0.0
    samples: float = 0.0


@dataclass(frozen=True, slots=True)
class Mark:
    """Where the cut stood at a moment, and how many had been called by then."""

    at: float
    called: int
    win: int
    key: int

    @property
    def cut(self) -> Cut:
        return Cut(self.win, self.key)


@dataclass(frozen=True)
class Memory:
    """What is carried from tick to tick. `as_dict` and `of` keep it as JSON."""

    at: float | None = None
    credit: float = 0.0
    pace: float = 0.0
    marks: tuple[Mark, ...] = ()
    seen: History = History(0)
    settled_called: int = 0
    shows: Average = Average()
    conversion: Average = Average()
    quantity: Average = Average()
    square: Average = Average()
    kept: Average = Average()

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, saved: Mapping[str, Any]) -> Memory:
        """Of what `as_dict` gave; of nothing at all, a new one."""
        if not saved:
            return cls()
        averages = ("shows", "conversion", "quantity", "square", "kept")
        return cls(
            at=saved["at"],
            credit=saved["credit"],
            pace=saved["pace"],
            marks=tuple(Mark(**mark) for mark in saved["marks"]),
            seen=History(**saved["seen"]),
            settled_called=saved["settled_called"],
            **{name: Average(**saved[name]) for name in averages},
        )


@dataclass(frozen=True)
class Decision:
    """`called`: how many shall have been called in all, never fewer than before; `wave`: now.

    `gate`: whether one more claim would be taken; `n_max`: how many passes without a promise the
    free places bear; `pace`: people called a minute, measured; `last_rank`: the last place in the
    order that will probably be called before all is sold: at the least, probably, at the most.
    """

    state: State
    reason: Reason
    called: int
    wave: int
    gate: bool
    n_max: int
    pace: float
    last_rank: tuple[int, int, int]
    memory: Memory
