"""Many clients at once, for a while, and what they saw."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from .client import Line, Request, connect

Act = Callable[[Line], Awaitable[int]]
"""One unit of work on an open line; its status. Raises StopAsyncIteration when there is no more."""

WARM_UP = 8


@dataclass(frozen=True)
class Measured:
    """Rates are a second, times are milliseconds."""

    clients: int
    done: int
    rate: float
    p50: float
    p95: float
    p99: float
    statuses: dict[str, int]

    @property
    def went_well(self) -> bool:
        return set(self.statuses) <= {"200", "201", "304"}


def asking(requests: Callable[[], Request]) -> Act:
    async def act(line: Line) -> int:
        status, _ = await line.ask(requests())
        return status

    return act


def measure(port: int, act: Act, *, clients: int, seconds: float) -> Measured:
    return asyncio.run(_measure(port, act, clients, seconds))


async def _measure(port: int, act: Act, clients: int, seconds: float) -> Measured:
    lines = [await connect(port) for _ in range(clients)]
    for number in range(WARM_UP):
        await act(lines[number % clients])
    times: list[float] = []
    statuses: Counter[str] = Counter()
    began = time.perf_counter()
    end = began + seconds

    async def one(line: Line) -> None:
        while time.perf_counter() < end:
            at = time.perf_counter()
            try:
                statuses[str(await act(line))] += 1
            except StopAsyncIteration:
                return
            times.append(time.perf_counter() - at)

    await asyncio.gather(*(one(line) for line in lines))
    took = time.perf_counter() - began
    for line in lines:
        line.close()
    return Measured(
        clients,
        done=len(times),
        rate=round(len(times) / took, 1),
        p50=_percentile(times, 0.50),
        p95=_percentile(times, 0.95),
        p99=_percentile(times, 0.99),
        statuses=dict(statuses),
    )


def _percentile(times: list[float], share: float) -> float:
    ordered = sorted(times)
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000, 2)
