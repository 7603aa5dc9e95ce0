"""What the rest may want to know of the waiting list."""

from dataclasses import dataclass

from tixapp.core.facts import Fact


@dataclass(frozen=True)
class OffersMade(Fact):
    """Each of these entries has got an offer, and its owner is to be told."""

    entry_ids: list[int]


@dataclass(frozen=True)
class OfferLapsed(Fact):
    """Nobody said yes in time. `hold_id`: which of the entry's offers that was."""

    entry_id: int
    hold_id: int


@dataclass(frozen=True)
class PlacesKept(Fact):
    """More places are free than one transaction hands out: the rest is kept back."""

    event_id: int
    tier_id: int


@dataclass(frozen=True)
class PlacesEnded(Fact):
    """The event was cancelled, or is over: these people wait no longer, and are to be told."""

    entry_ids: list[int]
