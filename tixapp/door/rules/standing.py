"""What stands of all that was done with one ticket.

Phones without a network do not know of each other, and what they did arrives late, twice and in any
order. So the order of arrival decides nothing: the deeds are laid in order of their corrected time
and the rules of entry are played through again. The same deeds give the same outcome.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tixapp.events.models import Entry

# An undo counts within 60 s; what the clocks of server and phone disagree about is given on top.
UNDO_WITHIN = timedelta(seconds=65)


@dataclass(frozen=True, slots=True)
class Deed:
    """`row`: its scan; below zero for a check-in that has none. `kind`: in, out or undo."""

    row: int
    kind: str
    at: datetime
    is_doubtful: bool = False
    device: int | None = None
    scan_id: str = ""
    undoes: str = ""
    is_undone: bool = False

    @property
    def turn(self) -> tuple[bool, datetime, int, str, int]:
        """Exact times before doubtful ones; at the same moment the order is fixed all the same."""
        return (self.is_doubtful, self.at, self.device or 0, self.scan_id, self.row)


@dataclass(slots=True)
class Stay:
    """One time that the holder was inside."""

    row: int
    left_at: datetime | None = None


@dataclass(slots=True)
class Outcome:
    """`conflicts`: deeds that the rules do not allow, and the stay that was in their way. `undone`:
    those that did not happen after all."""

    stays: list[Stay] = field(default_factory=list)
    conflicts: dict[int, int] = field(default_factory=dict)
    undone: set[int] = field(default_factory=set)

    @property
    def is_inside(self) -> bool:
        return bool(self.stays) and self.stays[-1].left_at is None


def played(deeds: Iterable[Deed], entry: Entry) -> Outcome:
    deeds = list(deeds)
    outcome = Outcome(undone=_undone(deeds))
    for deed in sorted(deeds, key=lambda one: one.turn):
        if deed.row in outcome.undone or deed.kind == "undo":
            continue
        if deed.kind == "out":
            _leave(outcome, deed)
        else:
            _enter(outcome, deed, entry)
    return outcome


def _enter(outcome: Outcome, deed: Deed, entry: Entry) -> None:
    last = outcome.stays[-1] if outcome.stays else None
    if last is not None and entry == Entry.MULTIPLE:
        last.left_at = last.left_at or deed.at
    elif last is not None and (entry == Entry.SINGLE or last.left_at is None):
        outcome.conflicts[deed.row] = last.row
        return
    outcome.stays.append(Stay(deed.row))


def _leave(outcome: Outcome, deed: Deed) -> None:
    """An exit of somebody who did not come in changes nothing."""
    if outcome.is_inside:
        outcome.stays[-1].left_at = deed.at


def _undone(deeds: list[Deed]) -> set[int]:
    """Rows that a person took back, here or by an undo of the phone that did them."""
    undos = {(one.device, one.undoes): one.at for one in deeds if one.kind == "undo"}
    return {
        one.row
        for one in deeds
        if one.is_undone
        or (
            (one.device, one.scan_id) in undos
            and abs(undos[one.device, one.scan_id] - one.at) <= UNDO_WITHIN
        )
    }
