"""What a phone sends at once, and what becomes of each line of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tixapp.door.models import Device
from tixapp.door.rules.lines import Line
from tixapp.events.models import Event
from tixapp.tickets.models import Ticket

# An offset beyond what any clock shows is kept out of the arithmetic.
FARTHEST_MS = 10**13


@dataclass(frozen=True, slots=True)
class Sending:
    """One request: what a phone sends, who brings it (None: a member), and when by both clocks."""

    lines: Sequence[object]
    sender: Device | None
    sent_ms: int
    received: datetime

    @property
    def offset_ms(self) -> int:
        """Our time less the sender's."""
        return int(self.received.timestamp() * 1000) - self.sent_ms


@dataclass(slots=True)
class Taken:
    """What becomes of one line: `state` new, known or refused, and then `why`."""

    scan_id: str
    state: str = "known"
    why: str = ""

    def refuse(self, why: str) -> None:
        self.state, self.why = "refused", why

    def answer(self) -> list[str]:
        return [part for part in (self.scan_id, self.state, self.why) if part]


@dataclass(slots=True)
class Batch:
    """The lines of one request that are whole and proven, by their place in it."""

    event: Event
    sending: Sending
    answers: list[Taken]
    devices: dict[str, Device]
    tickets: dict[str, Ticket]
    lines: dict[int, Line]

    def key(self, line: Line) -> tuple[int, str]:
        return self.devices[line.device].id, line.scan_id

    def ticket_here(self, line: Line) -> Ticket | None:
        ticket = self.tickets.get(line.ticket)
        return ticket if ticket is not None and ticket.event_id == self.event.id else None
