"""What the rest may want to know of places. Both are announced, never stored: whoever waits for a
place must have it before anybody else can see it."""

from dataclasses import dataclass
from datetime import datetime

from tixapp.core.facts import Fact


@dataclass(frozen=True)
class StockFreed(Fact):
    """Places of these tiers have come free. Their stock is locked, the counters are written."""

    event_id: int
    tier_ids: tuple[int, ...]
    now: datetime


@dataclass(frozen=True)
class OfferEnded(Fact):
    """A hold that began as an offer was converted, released or has expired. It is locked."""

    hold_id: int
    status: str
    now: datetime
