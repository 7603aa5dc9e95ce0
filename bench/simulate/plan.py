"""Which sales are run, side by side, within a bounded time."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from typing import Any

from .controls import Blind, Control, Full, Steered
from .sale import Sale
from .scenes import AS_ASSUMED, Scene
from .watch import Outcome
from .world import World

CONTROLS: dict[str, Callable[[World], Control]] = {
    "strict": lambda world: Steered(world, strict=True),
    "hybrid": lambda world: Steered(world, strict=False),
    "blind waves": Blind,
    "fill to capacity": Full,
}
OURS = ("strict", "hybrid")


@dataclass(frozen=True)
class Job:
    nth: int
    scene: Scene
    control: str
    seed: int


@dataclass(frozen=True)
class Run:
    """`broken`: what did not hold; empty when all did. `took`: seconds of this machine."""

    nth: int
    scene: str
    control: str
    seed: int
    took: float
    broken: str = ""
    outcome: Outcome | None = None

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def jobs(scenes: list[Scene], *, seeds: int, faulty_seeds: int) -> list[Job]:
    """Seed after seed, so that whatever the time allows is spread over everything."""
    found = [
        Job(nth, scene, control, seed)
        for nth, scene in enumerate(scenes)
        for control in (CONTROLS if scene.name == AS_ASSUMED else OURS)
        for seed in range(1, (seeds if scene.name == AS_ASSUMED else faulty_seeds) + 1)
    ]
    return sorted(found, key=lambda job: job.seed)


def run(job: Job) -> Run:
    begun = time.perf_counter()
    sale = Sale(job.scene.world, CONTROLS[job.control](job.scene.world), job.seed)
    broken, outcome = "", None
    try:
        outcome = sale.run()
    except AssertionError as fault:
        broken = f"{fault}, {sale.now:.0f} s after the opening"
    took = time.perf_counter() - begun
    return Run(job.nth, job.scene.name, job.control, job.seed, took, broken, outcome)


def run_all(todo: list[Job], *, seconds: float, say: Callable[[Run], None]) -> list[Run]:
    """Those that could be begun within `seconds`, in the order of their ending."""
    ends, done = time.monotonic() + seconds, []
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        futures = [pool.submit(_unless_late, job, ends) for job in todo]
        for future in as_completed(futures):
            if (found := future.result()) is not None:
                say(found)
                done.append(found)
    return done


def _unless_late(job: Job, ends: float) -> Run | None:
    return run(job) if time.monotonic() < ends else None
