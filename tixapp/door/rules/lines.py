"""One line of a phone's log: docs/door.md, section 7."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

RESULTS = frozenset(
    """
    ADMITTED LEFT ALREADY_USED NOT_INSIDE REFUNDED CANCELLED TRANSFERRED WRONG_EVENT WRONG_GATE
    UNLISTED UNKNOWN UNDONE
    """.split()  # noqa: SIM905 - read like a list of words
)
DEEDS = {("IN", "ADMITTED"), ("OUT", "LEFT"), ("UNDO", "UNDONE")}
LONGEST = 400
# Milliseconds: from 2001 to 2286. Whatever a clock says beyond is no time at all.
_EARLIEST, _LATEST = 10**12, 10**13 - 1
_LINE = re.compile(
    r"1/(?P<device>[A-Z2-7]{16})/(?P<number>[1-9][0-9]{0,8})/(?P<scan_id>[A-Z0-9-]{8,40})"
    r"/(?P<at>[0-9]{13})/(?P<offset>-?[0-9]{1,13}|)/(?P<kind>IN|OUT|UNDO)/(?P<result>[A-Z_]{4,12})"
    r"/(?P<ticket>[A-Z2-7]{13}|)/(?P<gate>[0-9]{1,4})/(?P<how>[CKTNW][OLS])"
    r"/(?P<undoes>[A-Z0-9-]{8,40}|)/(?P<mac>[A-Z2-7]{16})"
)
# A corrected time this little after its receipt is a rounding, not a doubt.
A_MOMENT = timedelta(seconds=2)


class Malformed(ValueError):
    """Not a line."""


@dataclass(frozen=True, slots=True)
class Line:
    text: str
    device: str
    number: int
    scan_id: str
    at_ms: int
    offset_ms: int | None
    kind: str
    result: str
    ticket: str
    gate: int
    how: str
    undoes: str
    mac: str

    @property
    def is_deed(self) -> bool:
        """Whether somebody came in, left, or did not after all; else it was only a look."""
        return (self.kind, self.result) in DEEDS

    @property
    def is_own_judgement(self) -> bool:
        """By list or signature, not what the server said."""
        return not self.how.endswith("O")

    @property
    def signed(self) -> str:
        """What the MAC is of."""
        return self.text.rpartition("/")[0]


@dataclass(frozen=True, slots=True)
class Moment:
    at: datetime
    is_doubtful: bool


def read_line(text: object) -> Line:
    """Raises Malformed."""
    if not isinstance(text, str) or len(text) > LONGEST:
        raise Malformed
    found = _LINE.fullmatch(text)
    if found is None or found["result"] not in RESULTS or not found["number"].isascii():
        raise Malformed
    line = Line(
        text=text,
        device=found["device"],
        number=int(found["number"]),
        scan_id=found["scan_id"],
        at_ms=int(found["at"]),
        offset_ms=int(found["offset"]) if found["offset"] else None,
        kind=found["kind"],
        result=found["result"],
        ticket=found["ticket"],
        gate=int(found["gate"]),
        how=found["how"],
        undoes=found["undoes"],
        mac=found["mac"],
    )
    if not _EARLIEST <= line.at_ms <= _LATEST or (line.kind == "UNDO") != bool(line.undoes):
        raise Malformed
    return line


def corrected(
    line: Line, *, measured_ms: int | None, known: datetime, received: datetime
) -> Moment:
    """When it happened by our clock. `measured_ms`: our time less the phone's, as we know it.

    `known`: since when there is this device. Nothing happened before that, or after `received`.
    """
    offset = line.offset_ms if line.offset_ms is not None else measured_ms
    at_ms = line.at_ms + (offset or 0)
    if not _EARLIEST <= at_ms <= _LATEST:
        return Moment(received, is_doubtful=True)
    at = datetime.fromtimestamp(at_ms / 1000, UTC)
    if at > received:
        return Moment(received, is_doubtful=offset is None or at > received + A_MOMENT)
    if at < known:
        return Moment(known, is_doubtful=offset is None or at < known - A_MOMENT)
    return Moment(at, is_doubtful=offset is None)
