"""What a seller's events brought in, event by event."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from tixapp.core.db import db
from tixapp.core.money import Money
from tixapp.events.models import Event
from tixapp.orders.models import Order
from tixapp.orders.sales import Takings, takings_in
from tixapp.payments.models import Payment
from tixapp.tallies.models import Tally
from tixapp.tallies.queries import Tallies

MOST_EVENTS = 500


@dataclass(frozen=True)
class EventMoney:
    """`stripe` is what Stripe kept of the sales it told us of, and of how many that is known."""

    event: Event
    takings: Takings
    orders: int
    stripe: Money
    known: int

    @property
    def net(self) -> Money:
        return self.takings.net - self.stripe


def money_of_events(seller_id: int, fees: Mapping[str, int]) -> list[EventMoney]:
    """The latest events first, those without a sale left out. `fees`: by payment intent. Two
    statements, and one more where Stripe told us of fees."""
    events = db.session.scalars(
        sa.select(Event)
        .where(Event.seller_id == seller_id)
        .order_by(Event.starts_at.desc(), Event.id.desc())
        .limit(MOST_EVENTS)
    ).all()
    tallies = _tallies([event.id for event in events])
    kept, known = _stripes_part(fees)
    return [
        EventMoney(
            event,
            takings_in(tallies[event.id], event.currency),
            tallies[event.id].total("ordered"),
            Money(kept[event.id], event.currency),
            known[event.id],
        )
        for event in events
        if event.id in tallies
    ]


def _tallies(event_ids: list[int]) -> dict[int, Tallies]:
    found: dict[int, list[tuple[str, int, object, int]]] = {}
    rows = db.session.execute(
        sa.select(Tally.event_id, Tally.figure, sa.func.min(Tally.day), sa.func.sum(Tally.amount))
        .where(Tally.event_id.in_(event_ids))
        .group_by(Tally.event_id, Tally.figure)
    )
    for event_id, figure, day, amount in rows:
        if figure not in {"viewed", "held"}:
            found.setdefault(event_id, []).append((figure, 0, day, int(amount)))
    return {event_id: Tallies(tuple(parts)) for event_id, parts in found.items()}  # type: ignore[arg-type]


def _stripes_part(fees: Mapping[str, int]) -> tuple[Counter[int], Counter[int]]:
    """By event: how much, and of how many payments."""
    kept: Counter[int] = Counter()
    known: Counter[int] = Counter()
    if fees:
        rows = db.session.execute(
            sa.select(Payment.stripe_intent, Order.event_id)
            .join(Order, Order.id == Payment.order_id)
            .where(Payment.stripe_intent.in_(list(fees)))
        )
        for intent, event_id in rows:
            kept[event_id] += fees[intent or ""]
            known[event_id] += 1
    return kept, known
