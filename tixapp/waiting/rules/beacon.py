"""The public random number that goes into a draw: which round it is, and what is said of it.

    none                                       there is no beacon
    drand quicknet                             promised: the first round after the opening
    drand quicknet 12345678                    its number, once the entrants are fixed
    drand quicknet 12345678 <64 hex digits>    its value: this is what goes into S_0
    none, drand quicknet 12345678 did not answer

A round of drand (drand.love) is made by many organisations together every few seconds; none of
them knows it before the others. Its time follows from its number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from .draw import NO_BEACON

NAME = "drand quicknet"
CHAIN = "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971"
GENESIS = datetime.fromtimestamp(1_692_803_367, UTC)
PERIOD = timedelta(seconds=3)
# The round begins so long after the opening: by then it is fixed who takes part.
MARGIN = timedelta(seconds=3)
# A draw waits for the answer so long after the round is due.
PATIENCE = timedelta(seconds=30)
VALUE = re.compile(rf"{NAME} ([1-9][0-9]{{0,11}})(?: ([0-9a-f]{{64}}))?")


@dataclass(frozen=True)
class Round:
    """`value` None: it is not there yet."""

    number: int
    value: str | None = None

    @property
    def due_at(self) -> datetime:
        return GENESIS + (self.number - 1) * PERIOD

    @property
    def gives_up_at(self) -> datetime:
        return self.due_at + PATIENCE

    @property
    def text(self) -> str:
        return f"{NAME} {self.number}" + (f" {self.value}" if self.value else "")

    @property
    def address(self) -> str:
        """Where anybody may look it up, behind whichever relay."""
        return f"/{CHAIN}/public/{self.number}"


def round_for(opens_at: datetime) -> Round:
    """The one that a sale which opens then is drawn by: known beforehand, its value is not."""
    return Round(-((GENESIS - opens_at - MARGIN) // PERIOD) + 1)


def read(beacon: str) -> Round | None:
    """The round that is named there, if one is."""
    found = VALUE.fullmatch(beacon)
    return Round(int(found[1]), found[2]) if found else None


def is_awaited(beacon: str) -> bool:
    """Whether the draw has to wait for it."""
    named = read(beacon)
    return beacon == NAME or (named is not None and named.value is None)


def silent(named: Round) -> str:
    """What goes into the draw, for everybody to see, when nobody answered in time."""
    return f"{NO_BEACON}, {named.text} did not answer"


def announced(beacon: str, opens_at: datetime) -> str:
    """What is said of it before the draw: with the number that follows from the opening."""
    return round_for(opens_at).text if beacon == NAME else beacon
