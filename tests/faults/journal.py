"""Every operation of the load, written down: ok, failed (refused), or unknown (no word of it)."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

OK, FAILED, UNKNOWN = "ok", "failed", "unknown"


@dataclass(frozen=True)
class Operation:
    """`status` of the last try, None where none came. `told`: what the answer acknowledged."""

    at: float
    who: str
    op: str
    key: str
    state: str
    status: int | None
    code: str
    tries: int
    told: dict[str, Any] = field(default_factory=dict)


class Journal:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.began = time.monotonic()
        self.operations: list[Operation] = []
        self.answers: Counter[int | None] = Counter()
        self._lock = threading.Lock()
        self._file = path.open("a")

    def note(
        self,
        who: str,
        op: str,
        key: str,
        *,
        state: str,
        status: int | None = None,
        code: str = "",
        tries: int = 1,
        told: dict[str, Any] | None = None,
    ) -> None:
        at = round(time.monotonic() - self.began, 3)
        done = Operation(at, who, op, key, state, status, code, tries, told or {})
        with self._lock:
            self.operations.append(done)
            self._file.write(json.dumps(asdict(done)) + "\n")

    def count_answer(self, status: int | None) -> None:
        """Of each single try."""
        with self._lock:
            self.answers[status] += 1

    def close(self) -> None:
        self._file.close()

    def states(self) -> dict[str, Counter[str]]:
        """Operation → how many ended in which state."""
        found: dict[str, Counter[str]] = {}
        for done in self.operations:
            found.setdefault(done.op, Counter())[done.state] += 1
        return found

    def told(self, name: str, *ops: str) -> set[str]:
        """What was acknowledged: the values of `name` in the answers to `ops`, or to any."""
        return {
            done.told[name]
            for done in self.operations
            if done.state == OK and name in done.told and (not ops or done.op in ops)
        }
