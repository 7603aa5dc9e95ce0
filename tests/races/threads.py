"""Many at once: threads that start at the same moment, each with a session of its own."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any, TypeVar

from flask import Flask

T = TypeVar("T")


def at_once(app: Flask, works: list[Callable[[], T]]) -> list[T | Exception]:
    """What each answers, or the error it raised, in the order of `works`."""
    together = Barrier(len(works))

    def run(work: Callable[[], T]) -> T | Exception:
        with app.app_context():
            together.wait(timeout=20)
            try:
                return work()
            except Exception as fault:
                return fault

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def errors(answers: list[Any]) -> list[str]:
    """The names of what was raised, sorted."""
    return sorted(type(answer).__name__ for answer in answers if isinstance(answer, Exception))


def unlocked(rows: Any, **_: object) -> Any:
    """`core.db.locked` with the lock taken out: still read afresh."""
    return rows.execution_options(populate_existing=True)
