"""What the door is told."""

from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class Result(StrEnum):
    ADMITTED = "admitted"
    ALREADY_USED = "already_used"
    REFUNDED = "refunded"
    CANCELLED = "cancelled"
    TRANSFERRED = "transferred"
    WRONG_EVENT = "wrong_event"
    WRONG_GATE = "wrong_gate"
    LEFT = "left"
    NOT_INSIDE = "not_inside"
    UNKNOWN = "unknown"


class Direction(StrEnum):
    IN = "in"
    OUT = "out"


# What people at a door did, beside all that was only looked at.
DEEDS = (Result.ADMITTED, Result.LEFT)


@dataclass(frozen=True, slots=True)
class ScanResult:
    """One word, and what a person at the door may know. Nothing personal for a wrong event.

    `why`: more of what is unknown: forged, stale. `check`: what staff compare: the name. `entries`:
    from the second time on.
    """

    result: Result
    tier: str | None = None
    holder: str | None = None
    used_at: datetime | None = None
    gate: str | None = None
    why: str | None = None
    check: str | None = None
    entries: int | None = None

    def answer(self) -> dict[str, Any]:
        """As JSON: what is None is left out."""
        values = asdict(self) | {
            "result": self.result.value,
            "used_at": self.used_at.isoformat() if self.used_at else None,
        }
        return {name: value for name, value in values.items() if value is not None}

    @classmethod
    def from_answer(cls, answer: dict[str, Any]) -> "ScanResult":
        used_at = answer.get("used_at")
        return cls(
            result=Result(answer["result"]),
            tier=answer.get("tier"),
            holder=answer.get("holder"),
            used_at=datetime.fromisoformat(used_at) if used_at else None,
            gate=answer.get("gate"),
            why=answer.get("why"),
            check=answer.get("check"),
            entries=answer.get("entries"),
        )
