"""Twenty phones for one hour at the doors of one event, on a network that comes and goes.

Time is made up; the actions, the list and the database are the real ones.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from uuid import uuid4

from tests.factories.doors import Phone, make_keys, send
from tixapp.core.db import transaction
from tixapp.door.lists import Wish, door_list
from tixapp.events.models import Event
from tixapp.tickets.actions import Door, check_in_by_id

HOUR = 3600
TICK = 60
LINES_AT_ONCE = 100
USED = ("u", "l")


@dataclass
class Staff:
    """One phone with what it knows: its list, its log, what it has to send."""

    phone: Phone
    gate: str
    online: list[tuple[float, float]]
    known: dict[str, str] = field(default_factory=dict)
    seq: str | None = None
    unsent: list[str] = field(default_factory=list)

    def has_network(self, second: float) -> bool:
        return any(start <= second < end for start, end in self.online)


@dataclass
class Evening:
    """`came`: who was let in, by the scan's id: ticket and the true moment."""

    event: Event
    begin: datetime
    staff: list[Staff]
    dice: Random
    came: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)

    def at(self, second: float) -> datetime:
        return self.begin + timedelta(seconds=second)

    def scan(self, staff: Staff, ticket: str, second: float) -> None:
        """Somebody holds up a ticket; now and then the server's answer gets lost on its way."""
        at, scan_id = self.at(second), uuid4().hex.upper()
        result = ""
        if staff.has_network(second):
            with transaction():
                device = staff.phone.device
                door = Door(self.event.id, None, staff.gate, device.id, staff.phone.gate_number)
                result = check_in_by_id(
                    ticket, door=door, scan_id=scan_id, scanned_at=at, now=at
                ).result.value
        if not result or self.dice.random() < 0.05:
            result = self.judged(staff, ticket)
        self.write(staff, staff.phone.note(ticket, at, result=result.upper(), scan_id=scan_id))
        if result == "admitted":
            staff.known[ticket] = "u"
            self.came[scan_id] = (ticket, at)
            if self.dice.random() < 0.02:
                self.think_again(staff, ticket, scan_id, second + 20)

    def judged(self, staff: Staff, ticket: str) -> str:
        """By the phone alone: it may be wrong, and will be."""
        state = staff.known.get(ticket, "v")
        if state in USED:
            return "already_used"
        return {"r": "refunded"}.get(state, "admitted")

    def think_again(self, staff: Staff, ticket: str, scan_id: str, second: float) -> None:
        at = self.at(second)
        undo = staff.phone.note(ticket, at, kind="UNDO", result="UNDONE", undoes=scan_id)
        self.write(staff, undo)
        del self.came[scan_id]
        staff.known[ticket] = "v"

    def write(self, staff: Staff, line: str) -> None:
        self.lines.append(line)
        staff.unsent.append(line)

    def tick(self, second: float) -> None:
        for staff in self.staff:
            if staff.has_network(second):
                self.sync(staff, second)
            elif staff.unsent and self.dice.random() < 0.2:
                # Two phones show each other their codes.
                self.dice.choice(self.staff).unsent += staff.unsent[-9:]

    def sync(self, staff: Staff, second: float) -> None:
        again = self.dice.sample(self.lines, min(5, len(self.lines)))
        outbox = [*staff.unsent, *again]
        self.dice.shuffle(outbox)
        for start in range(0, len(outbox), LINES_AT_ONCE):
            part = outbox[start : start + LINES_AT_ONCE]
            answers = send(self.event, staff.phone, *part, at=self.at(second))
            assert {answer[1] for answer in answers} <= {"new", "known"}, answers
        if self.dice.random() > 0.1:  # else its answer was lost, and all of it is sent again
            staff.unsent.clear()
        with transaction():
            news = door_list(
                self.event, Wish.read(staff.seq, None), make_keys(), now=self.at(second)
            )
        staff.seq = news["seq"]
        staff.known |= {row[0]: row[2] for row in news["rows"]}

    def standing_by_right(self) -> dict[str, str]:
        """For each ticket the scan that was truly the first."""
        first: dict[str, tuple[datetime, str]] = {}
        for scan_id, (ticket, at) in self.came.items():
            first[ticket] = min(first.get(ticket, (at, scan_id)), (at, scan_id))
        return {ticket: scan_id for ticket, (_, scan_id) in first.items()}


def network(dice: Random) -> list[tuple[float, float]]:
    """Stretches with a network, and longer ones without."""
    stretches, second = [], dice.uniform(0, 240)
    while second < HOUR:
        end = second + dice.uniform(60, 300)
        stretches.append((second, end))
        second = end + dice.uniform(120, 600)
    return stretches
