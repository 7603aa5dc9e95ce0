"""The findings as one table, in Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def table(found: dict[str, Any]) -> str:
    return "\n".join([*_rates(found), "", *_costs(found)])


def _rates(found: dict[str, Any]) -> Iterator[str]:
    yield "| what | clients | a second | p50 ms | p95 ms | p99 ms | bare view | share of it |"
    yield "|---|--:|--:|--:|--:|--:|--:|--:|"
    for row in found["rows"]:
        bare = row.get("bare")
        yield (
            f"| {row['name']} | {row['clients']} | {row['rate']} | {row['p50']} | {row['p95']} |"
            f" {row['p99']} | {bare['rate'] if bare else ''} |"
            f" {format(row['share'], '.0%') if bare else ''} |"
        )


def _costs(found: dict[str, Any]) -> Iterator[str]:
    yield "| | |"
    yield "|---|--:|"
    if "fulfilments" in found:
        yield f"| fulfilled by webhook, a second | {found['fulfilments']} |"
    if crowd := found.get("crowd"):
        yield f"| {crowd['people']:,} joined one room, a second | {crowd['joins']['rate']} |"
        yield f"| seconds until they were drawn | {crowd['drawn_seconds']} |"
        yield f"| seconds until each had an exact place | {crowd['sealed_seconds']} |"
    for name, count in found["statements"].items():
        yield f"| statements a {name} | {count} |"
    for name, spent in found["cpu"].items():
        parts = ", ".join(f"{part} {ms}" for part, ms in spent.items() if part != "all")
        yield f"| ms of CPU: {name} ({parts}) | {spent['all']} |"
    for when, sizes in found["memory"].items():
        parts = ", ".join(f"{name} {size}" for name, size in sizes.items())
        yield f"| MB of memory, {when} ({parts}) | {round(sum(sizes.values()), 1)} |"
