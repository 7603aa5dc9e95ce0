"""The outcomes of many seeds, a line for each scene and control."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from statistics import mean

from .plan import CONTROLS, Run
from .watch import Outcome

HEAD = (
    "sale",
    "control",
    "seeds",
    "let in",
    "found it sold out",
    "waited in vain",
    "most at once",
    "99 % after",
    "all after",
    "ends held",
    "waits held",
)


def table(runs: list[Run]) -> str:
    """As Markdown, to be shown and to be published."""
    rows = [HEAD, tuple("---:" if at > 1 else "---" for at in range(len(HEAD)))]
    for scene in _in_order(runs):
        for control in CONTROLS:
            found = [r for r in runs if (r.scene, r.control) == (scene, control)]
            if found:
                rows.append(_row(scene, control, found))
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def broken(runs: Iterable[Run]) -> list[str]:
    return [f"{r.scene}, {r.control}, seed {r.seed}: {r.broken}" for r in runs if r.broken]


def _in_order(runs: list[Run]) -> list[str]:
    return list(dict.fromkeys(run.scene for run in sorted(runs, key=lambda run: run.nth)))


def _row(scene: str, control: str, runs: list[Run]) -> tuple[str, ...]:
    found = [run.outcome for run in runs if run.outcome is not None]
    if not found:
        return (scene, control, str(len(runs)), *("broken" for _ in HEAD[3:]))
    return (
        scene,
        control,
        str(len(runs)),
        f"{_mean(found, lambda o: o.admitted):,.0f}",
        _range(found, lambda o: o.turned_away),
        _range(found, lambda o: o.in_vain),
        f"{max(o.most_active for o in found):,}",
        f"{_mean(found, lambda o: o.nearly_sold_out_after) / 60:.0f} min",
        f"{_mean(found, lambda o: o.sold_out_after) / 60:.0f} min",
        _held(found, lambda o: o.honest, lambda o: o.asked),
        _held(found, lambda o: o.waits_held, lambda o: o.waits),
    )


def _held(
    found: list[Outcome], held: Callable[[Outcome], int], made: Callable[[Outcome], int]
) -> str:
    asked = sum(map(made, found))
    return f"{sum(map(held, found)) / asked:.0%}" if asked else "none made"


def _mean(found: list[Outcome], value: Callable[[Outcome], float]) -> float:
    return mean(value(outcome) for outcome in found)


def _range(found: list[Outcome], value: Callable[[Outcome], int]) -> str:
    low, high = min(map(value, found)), max(map(value, found))
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"
