"""Checking tickets in."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, StringConstraints

from .base import Id, Moment, Shown, Taken, Word, without_nul

ScanWord = Literal[
    "admitted",
    "already_used",
    "refunded",
    "cancelled",
    "transferred",
    "wrong_event",
    "unknown",
]


class ScanTaken(Taken):
    """`code`: what the QR shows, or the 13 characters under it. With a `scan_id` the same scan may
    be sent again and gets the same answer. `gate`: any words; where they are the name of one of the
    event's gates, its rules hold here as they do at the gate."""

    code: str
    event_id: Id
    gate: Annotated[str, StringConstraints(max_length=60), AfterValidator(without_nul)] = ""
    scan_id: Word | None = None
    scanned_at: Moment | None = None


class ScanShown(Shown):
    """What is not known, or not for this door to know, is left out.

    A good ticket at a gate that does not take it is a `wrong_event` whose `why` says so; `go_to`
    names the gates that take it.
    """

    result: ScanWord
    tier: str | None = None
    holder: str | None = None
    used_at: datetime | None = None
    gate: str | None = None
    why: Literal["wrong_gate"] | None = None
    go_to: str | None = None
