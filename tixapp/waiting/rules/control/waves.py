"""One tick: how far the cut moves."""

from __future__ import annotations

from dataclasses import replace
from math import ceil, exp

from tixapp.waiting.rules.draw import Cut

from .forecast import Outlook
from .gate import admit, n_max, promises, spare
from .learning import Beliefs, believed, learned
from .values import Counts, Decision, History, Limits, Mark, Memory, Reason, State

# Whoever was called and has not come within a minute is taken to be away. They may still come.
PATIENCE = 60.0
# No more is saved up than what so many seconds allow: a dead control is a pause, not a debt.
SAVED_UP = 5.0
MARK_EVERY = 5.0
PACE_OVER = 60.0
NOWHERE = Mark(0.0, 0, 0, 0)


def settled(memory: Memory, *, now: float) -> Mark:
    """The last mark whose people have had their time to come."""
    due = [mark for mark in memory.marks if mark.at <= now - PATIENCE]
    return due[-1] if due else NOWHERE


def decide(
    memory: Memory,
    limits: Limits,
    counts: Counts,
    history: History,
    *,
    people: int,
    cut: Cut,
    now: float,
    paused: bool = False,
) -> Decision:
    """`people`: in all sealed windows; `cut`: where it stands, with `history.called` before it;
    `now`: in seconds. Clocks that go back or jump are borne."""
    mark = settled(memory, now=now)
    memory = learned(memory, history, mark)
    beliefs = believed(memory, limits)
    pending = max(0, history.called - mark.called - _fresh(history))
    state = _state(counts, paused=paused)
    credit = _credit(memory, limits, now=now)
    bounds: dict[Reason, float] = {
        "everyone_called": people - history.called,
        **_bounds(limits, counts, beliefs, pending),
        "rate": credit,
    }
    reason, bound = min(bounds.items(), key=lambda item: item[1])
    wave = max(0, int(bound)) if state == "open" else 0
    memory = replace(
        memory,
        at=max(now, memory.at or now),
        credit=credit - wave,
        pace=_pace(memory, wave, now=now) if state == "open" else memory.pace,
        marks=_marks(memory, Mark(now, history.called, *cut), stands=state == "paused"),
    )
    return Decision(
        state=state,
        reason=_reason(state, counts, reason),
        called=history.called + wave,
        wave=wave,
        gate=state == "open" and admit(limits, counts, beliefs) is not None,
        n_max=n_max(counts.free - counts.owed, beliefs),
        pace=memory.pace,
        last_rank=Outlook(limits, counts, history, mark, beliefs, pending).last_rank(),
        memory=memory,
    )


def _fresh(history: History) -> int:
    """How many of those called lately have come."""
    return max(0, history.claims - history.settled_claims)


def _state(counts: Counts, *, paused: bool) -> State:
    if counts.free <= 0 and counts.held <= 0:
        return "sold_out"
    return "paused" if paused else "open"


def _bounds(limits: Limits, counts: Counts, beliefs: Beliefs, pending: int) -> dict[Reason, float]:
    """How many more may be called before too many shop, or too many want what is left."""
    shoppers = limits.a_max - counts.active - counts.gated
    if promises(limits, counts):
        passes = ceil(spare(counts, beliefs) / limits.per_order)
    else:
        passes = n_max(counts.free - counts.owed, beliefs) - counts.loose
    return {
        "stock": (passes - counts.gated) / beliefs.shows - pending,
        "shoppers": shoppers / beliefs.shows - pending,
    }


def _credit(memory: Memory, limits: Limits, *, now: float) -> float:
    """How many the rate allows; parts of a person are carried over, so that slow rates move too."""
    a_second = limits.rate / 60
    most = max(1.0, SAVED_UP * a_second)
    return min(most, memory.credit + a_second * _elapsed(memory, now=now))


def _elapsed(memory: Memory, *, now: float) -> float:
    return 1.0 if memory.at is None else max(0.0, now - memory.at)


def _pace(memory: Memory, wave: int, *, now: float) -> float:
    if memory.at is None:
        return memory.pace
    passed = max(0.0, now - memory.at)
    if not passed:
        return memory.pace
    return memory.pace + (wave * 60 / passed - memory.pace) * (1 - exp(-passed / PACE_OVER))


def _marks(memory: Memory, mark: Mark, *, stands: bool) -> tuple[Mark, ...]:
    """The new one, those that are not settled yet, and the last that is.

    During a pause nobody can come, so nobody's minute runs: the marks go along with the time.
    """
    if stands:
        passed = max(0.0, mark.at - (memory.at or mark.at))
        return tuple(replace(m, at=m.at + passed) for m in memory.marks)
    marks = memory.marks
    if marks and mark.at < marks[-1].at + MARK_EVERY:
        return marks
    first = max((at for at, m in enumerate(marks) if m.at <= mark.at - PATIENCE), default=0)
    return (*marks[first:], mark)


def _reason(state: State, counts: Counts, bound: Reason) -> Reason:
    if state != "open":
        return "paused" if state == "paused" else ""
    return "all_held" if counts.free <= 0 else bound
