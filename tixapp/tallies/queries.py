"""What has been counted."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from tixapp.core.db import db

from .models import Tally


@dataclass(frozen=True)
class Tallies:
    """All figures of one event, by tier (0: the whole event's) and day."""

    rows: tuple[tuple[str, int, date, int], ...]

    def total(self, *figures: str) -> int:
        return sum(amount for figure, _tier, _day, amount in self.rows if figure in figures)

    def by_day(self, *figures: str) -> dict[date, int]:
        """Days on which there was something, the earliest first."""
        days: Counter[date] = Counter()
        for figure, _tier, day, amount in self.rows:
            if figure in figures:
                days[day] += amount
        return dict(sorted(days.items()))


def tallies_of(event_id: int) -> Tallies:
    """In one statement, by an index: as many rows as days and tiers, and what is not folded yet."""
    rows = db.session.execute(statement_of(event_id))
    return Tallies(tuple((figure, tier, day, int(n)) for figure, tier, day, n in rows))


def statement_of(event_id: int) -> "sa.Select[str, int, date, int]":
    # Two halves, so that each finds its own index.
    halves = sa.union_all(*(_half(event_id, folded=folded) for folded in (True, False))).subquery()
    return sa.select(
        halves.c.figure, halves.c.tier_id, halves.c.day, sa.func.sum(halves.c.amount)
    ).group_by(halves.c.figure, halves.c.tier_id, halves.c.day)


def _half(event_id: int, *, folded: bool) -> "sa.Select[str, int, date, int]":
    is_half = Tally.folded if folded else sa.not_(Tally.folded)
    return sa.select(Tally.figure, Tally.tier_id, Tally.day, Tally.amount).where(
        Tally.event_id == event_id, is_half
    )


def totals_of(event_id: int, figures: Collection[str]) -> Counter[str]:
    """Some figures of all tiers and days: what has to be quick however many tickets there are."""
    halves = sa.union_all(*(_half(event_id, folded=folded) for folded in (True, False))).subquery()
    rows = db.session.execute(
        sa.select(halves.c.figure, sa.func.sum(halves.c.amount))
        .where(halves.c.figure.in_(figures))
        .group_by(halves.c.figure)
    )
    return Counter({figure: int(amount) for figure, amount in rows})
