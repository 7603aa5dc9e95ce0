"""What the rest may want to know of events."""

from dataclasses import dataclass

from tixapp.core.facts import Fact


@dataclass(frozen=True)
class EventPublished(Fact):
    event_id: int


@dataclass(frozen=True)
class EventMoved(Fact):
    """A published event got another time or another venue."""

    event_id: int


@dataclass(frozen=True)
class EventCancelled(Fact):
    """Nobody buys any more. Whoever has paid is owed a refund."""

    event_id: int
