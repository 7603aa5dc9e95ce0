"""How one event does, for the dashboard, its live document and its files."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

from tixapp.events.models import Event
from tixapp.orders.sales import Sales, Takings, takings_in, tier_sales
from tixapp.refunds.rules import return_deadline
from tixapp.tallies import models as tally
from tixapp.tallies.queries import Tallies, tallies_of
from tixapp.waiting.queries.list import how_many_wait
from tixapp.web.filters import exact_money

from . import charts


@dataclass(frozen=True)
class Upcoming:
    words: str
    at: datetime


@dataclass(frozen=True)
class Figures:
    """Counted, not added up: as cheap for many tickets as for few."""

    sales: Sales
    tallies: Tallies
    today: date
    waiting: int
    upcoming: Upcoming | None

    @property
    def takings(self) -> Takings:
        return self.sales.takings

    @property
    def refunded_tickets(self) -> int:
        return self.tallies.total(tally.REFUNDED)

    @property
    def cancelled_tickets(self) -> int:
        return self.tallies.total(tally.CANCELLED)

    @property
    def scanned(self) -> int:
        return self.tallies.total(tally.USED)

    @property
    def sold_by_day(self) -> dict[date, int]:
        return self.tallies.by_day(tally.ISSUED)

    @property
    def sold_today(self) -> int:
        return self.sold_by_day.get(self.today, 0)

    @property
    def sold_yesterday(self) -> int:
        return self.sold_by_day.get(self.today - timedelta(days=1), 0)

    @property
    def over_time(self) -> charts.Columns:
        return charts.columns(self.sold_by_day, until=self.today if self.sold_by_day else None)

    @property
    def by_tier(self) -> list[charts.Row]:
        return charts.rows([(tier.name, tier.sold, tier.capacity) for tier in self.sales.tiers])

    @property
    def conversion(self) -> list[tuple[charts.Row, float | None]]:
        return charts.steps(
            [
                (_("Looked at the page"), self.tallies.total(tally.VIEWED)),
                (_("Held tickets"), self.tallies.total(tally.HELD)),
                (_("Bought"), self.tallies.total(tally.ORDERED)),
            ]
        )

    @property
    def tier_table(self) -> list[tuple[str, int, int, int]]:
        return [(tier.name, tier.sold, tier.held, tier.capacity) for tier in self.sales.tiers]

    @property
    def step_table(self) -> list[tuple[str, int]]:
        return [(row.label, row.value) for row, _went_on in self.conversion]

    def live(self) -> dict[str, str]:
        """What a page that is open keeps true, as it is written there."""
        takings = self.takings
        return {
            "sold": f"{self.sales.sold}",
            "held": f"{self.sales.held}",
            "today": f"{self.sold_today}",
            "gross": exact_money(takings.gross),
            "fee": exact_money(-takings.fee),
            "net": exact_money(takings.net),
            "refunded": exact_money(-takings.refunded),
            "disputed": exact_money(-takings.disputed),
            "refunded_tickets": f"{self.refunded_tickets}",
            "cancelled_tickets": f"{self.cancelled_tickets}",
            "scanned": f"{self.scanned}",
            "waiting": f"{self.waiting}",
            "charts": self.drawn,
        }

    @property
    def drawn(self) -> str:
        """A tag of what the pictures and their tables show: another one, when they would differ."""
        shown = (self.today, self.sold_by_day, self.tier_table, self.step_table)
        return sha256(repr(shown).encode()).hexdigest()[:12]


def figures_of(event: Event, *, now: datetime) -> Figures:
    """In three statements."""
    tallies = tallies_of(event.id)
    sales = Sales(tier_sales(event.id, event.currency), takings_in(tallies, event.currency))
    today = now.astimezone(ZoneInfo(event.timezone)).date()
    waiting = how_many_wait(event.id) or 0
    return Figures(sales, tallies, today, waiting, upcoming_of(event, now=now))


def upcoming_of(event: Event, *, now: datetime) -> Upcoming | None:
    """What happens next of all that has an hour. `event` comes with its tiers."""
    moments = [
        (_("The sale opens"), event.on_sale_at),
        (_("Returns close"), return_deadline(event.starts_at, event.return_hours)),
        (_("Doors open"), event.doors_at),
        (_("It begins"), event.starts_at),
    ]
    for tier in event.tiers:
        moments.append((_("%(tier)s opens", tier=tier.name), tier.sale_starts_at))
        moments.append((_("%(tier)s closes", tier=tier.name), tier.sale_ends_at))
    ahead = [Upcoming(words, at) for words, at in moments if at is not None and at > now]
    return min(ahead, key=lambda moment: moment.at, default=None)
