"""Reading the end of a log file."""

from __future__ import annotations

from pathlib import Path


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
