"""Reading the end of a log file, and noticing what should not be overlooked in it."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from pathlib import Path

_ALARMING = re.compile(r"\[(error|critical) *\]|^(Traceback|\w+(\.\w+)*(Error|Exception):)")
_LONGEST_LINE = 160
_QUIET_FOR = 10.0  # one line, then silence for a while: the log has the rest


class Watch:
    """Repeats alarming lines of some logs, not more often than somebody can read."""

    def __init__(self, logs: Iterable[Path]) -> None:
        self._read = {log: size(log) for log in logs}
        self._quiet_until = dict.fromkeys(self._read, 0.0)

    def news(self) -> list[str]:
        """One line for each log that has had something alarming to say since the last time."""
        found = []
        for log, offset in self._read.items():
            text = since(log, offset) if size(log) != offset else ""
            self._read[log] = offset + len(text.encode(errors="replace"))
            alarming = [line for line in text.splitlines() if _ALARMING.search(line)]
            if alarming and time.monotonic() >= self._quiet_until[log]:
                self._quiet_until[log] = time.monotonic() + _QUIET_FOR
                line = alarming[-1].strip()[:_LONGEST_LINE]
                found.append(f"{log.stem} reports: {line} (more in {log})")
        return found


def size(log: Path) -> int:
    return log.stat().st_size if log.exists() else 0


def since(log: Path, offset: int) -> str:
    """What was written to `log` after its first `offset` bytes."""
    if not log.exists():
        return ""
    with log.open("rb") as file:
        file.seek(offset)
        return file.read().decode(errors="replace")


def last_line(text: str, *marks: str) -> str:
    """The last line that holds one of `marks`, from the mark on; else the last line."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    for line in reversed(lines):
        for mark in marks:
            if mark in line:
                return line[line.index(mark) + len(mark) :].strip()
    return lines[-1] if lines else "it gave no reason"
