"""Places that come free, in one way for all: the counters, then those who wait, then everybody."""

from collections.abc import Iterable
from datetime import datetime

from tixapp.core.db import db
from tixapp.core.facts import announce

from .facts import OfferEnded, StockFreed
from .models import Hold, HoldLine, Stock
from .queries import locked_stocks


def let_go(hold: Hold, *, now: datetime) -> None:
    """The places of a hold that has ended."""
    for line, stock in with_stock(hold.lines):
        stock.let_go(line.quantity)
    ended(hold, now=now)
    freed(hold.event_id, [line.tier_id for line in hold.lines], now=now)


def ended(hold: Hold, *, now: datetime) -> None:
    """Who was offered these places is told how it ended."""
    if hold.is_offer:
        announce(OfferEnded(hold.id, hold.status.value, now))


def freed(event_id: int, tier_ids: Iterable[int], *, now: datetime) -> None:
    """Under the stocks' locks: those who wait come before anybody else sees the places."""
    db.session.flush()
    announce(StockFreed(event_id, tuple(sorted(tier_ids)), now))


def with_stock(lines: Iterable[HoldLine]) -> list[tuple[HoldLine, Stock]]:
    """Each with its stock, locked."""
    lines = list(lines)
    stocks = locked_stocks(line.tier_id for line in lines)
    return [(line, stocks[line.tier_id]) for line in lines]
