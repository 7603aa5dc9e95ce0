"""A place on a list as its page shows it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from tixapp.events.models import Event
from tixapp.waiting.models import EntryStatus, WaitingEntry
from tixapp.waiting.queries.list import ahead_of, tier_ids_of


@dataclass(frozen=True)
class Place:
    """`ahead`: how many come before, while one waits. `until`: the deadline of an open offer.
    `state`: the entry's, or "accepted" for an offer that has become a reservation."""

    entry: WaitingEntry
    event: Event
    tier_name: str
    state: str
    ahead: int | None
    until: datetime | None
    hold_id: str | None

    @property
    def mark(self) -> str:
        """What makes the page look different: while this stays, only the number changes."""
        said = (self.state, self.entry.because, self.until, self.entry.granted, self.entry.need)
        return sha256(repr(said).encode()).hexdigest()[:16]


def place_of(entry: WaitingEntry) -> Place:
    """`entry` comes with event, tier and hold."""
    offered = entry.status == EntryStatus.OFFERED
    accepted = offered and entry.accepted_at is not None
    waits = entry.status == EntryStatus.WAITING
    ahead = ahead_of(entry, _tiers(entry)) if waits else None
    return Place(
        entry=entry,
        event=entry.event,
        tier_name=entry.tier.name if entry.tier else "",
        state="accepted" if accepted else entry.status.value,
        ahead=ahead,
        until=entry.hold.expires_at if offered and entry.hold else None,
        hold_id=entry.hold.public_id if accepted and entry.hold else None,
    )


def latest(entries: Sequence[WaitingEntry]) -> list[WaitingEntry]:
    """Those that live, and of each tier without one the last that has ended. Newest first."""
    shown: dict[int, WaitingEntry] = {}
    for entry in entries:
        shown.setdefault(entry.tier_key, entry)
    return [entry for entry in entries if entry.is_live or shown[entry.tier_key] is entry]


def _tiers(entry: WaitingEntry) -> list[int]:
    return [] if entry.tier_id is not None else tier_ids_of(entry.event_id)
