"""Where the sale of an event stands, for its page and its card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from tixapp.core.money import Money
from tixapp.events.models import Event, EventStatus, Tier
from tixapp.inventory.codes import Code
from tixapp.inventory.errors import NotOnSale, PaymentsStopped, SalePaused
from tixapp.inventory.queries import Availability
from tixapp.inventory.rules import check_payments, check_sale, check_tier_sale, check_window
from tixapp.orders.rules import FeeTerms, buyer_price, unit_fee
from tixapp.refunds.rules import return_deadline

A_DAY = timedelta(days=1)


class SaleState(StrEnum):
    OPEN = "open"
    SOON = "soon"  # opens at a known moment
    PAUSED = "paused"
    STOPPED = "stopped"  # Stripe takes no payments for the organiser
    SOLD_OUT = "sold_out"
    CLOSED = "closed"  # every tier's own window is over
    OVER = "over"
    CANCELLED = "cancelled"
    DRAFT = "draft"


class TierState(StrEnum):
    OPEN = "open"
    SOON = "soon"
    GONE = "gone"
    CLOSED = "closed"
    STOPPED = "stopped"


@dataclass(frozen=True)
class TierOffer:
    """One row of the page. `price` is all in; `fee` is the part of it that is ours."""

    id: str
    name: str
    description: str
    price: Money
    fee: Money
    state: TierState
    stock: str  # ok, low or gone, as the live numbers say it
    remaining: int
    limit: int
    opens_at: datetime | None
    closes_at: datetime | None

    @property
    def can_be_bought(self) -> bool:
        return self.state == TierState.OPEN

    @property
    def most(self) -> int:
        """The most that one order may ask for now."""
        return min(self.limit, self.remaining)


@dataclass(frozen=True)
class Sale:
    """`opens_at` is set while the state is SOON. `price_from` is what the cheapest place costs
    that can be bought, or could, when none can."""

    state: SaleState
    opens_at: datetime | None
    tiers: Sequence[TierOffer]
    price_from: Money | None

    @property
    def has_gone(self) -> bool:
        """Whether a kind of ticket that still sells is sold out."""
        return any(tier.state == TierState.GONE for tier in self.tiers)

    @property
    def is_low(self) -> bool:
        """Whether all that can still be bought is nearly gone."""
        open_tiers = [tier for tier in self.tiers if tier.can_be_bought]
        return bool(open_tiers) and all(tier.stock == "low" for tier in open_tiers)

    def opens_soon(self, *, now: datetime) -> bool:
        """Within a day: then the page counts down."""
        return self.opens_at is not None and self.opens_at - now < A_DAY


def next_change(event: Event, *, now: datetime) -> datetime | None:
    """When the page of `event` says something else, all by itself. It comes with its tiers."""
    returns_end_at = return_deadline(event.starts_at, event.return_hours)
    moments = [event.on_sale_at, event.sales_end_at, returns_end_at]
    for tier in event.tiers:
        moments += [tier.sale_starts_at, tier.sale_ends_at]
    return min((moment for moment in moments if moment is not None and moment > now), default=None)


def sale_of(
    event: Event,
    stocks: Mapping[int, Availability],
    terms: FeeTerms,
    *,
    code: Code | None = None,
    now: datetime,
) -> Sale:
    """`event` comes with its tiers. The rules are those that a hold is checked by; a hidden tier is
    there for whoever has a `code` that opens it."""
    seen = [tier for tier in event.tiers if not tier.hidden or (code and code.covers(tier.id))]
    offers = [_offer(tier, event, stocks.get(tier.id), terms, now=now) for tier in seen]
    state, opens_at = _state(event, offers, now=now)
    buyable = [offer for offer in offers if offer.can_be_bought] or offers
    price_from = min((offer.price for offer in buyable), default=None)
    return Sale(state, opens_at, offers, price_from)


def preview_of(
    event: Event,
    stocks: Mapping[int, Availability],
    terms: FeeTerms,
    *,
    code: Code | None = None,
    now: datetime,
) -> Sale:
    """The sale of a draft as it would be, were it published."""
    sale = sale_of(event, stocks, terms, code=code, now=now)
    try:
        check_window(event, now=now)
    except NotOnSale as refusal:
        state = SaleState.SOON if refusal.opens_at else SaleState.OVER
        return replace(sale, state=state, opens_at=refusal.opens_at)
    if not sale.tiers:
        return sale  # nothing to say yet, and surely not that it is over
    state, opens_at = _state_of_all(sale.tiers)
    return replace(sale, state=state, opens_at=opens_at)


def _state(
    event: Event, offers: Sequence[TierOffer], *, now: datetime
) -> tuple[SaleState, datetime | None]:
    if event.status == EventStatus.DRAFT:
        return SaleState.DRAFT, None
    if event.status == EventStatus.CANCELLED:
        return SaleState.CANCELLED, None
    try:
        check_sale(event, now=now)
    except SalePaused:
        return SaleState.PAUSED, None
    except NotOnSale as refusal:
        return (SaleState.SOON if refusal.opens_at else SaleState.OVER), refusal.opens_at
    return _state_of_all(offers)


def _state_of_all(offers: Sequence[TierOffer]) -> tuple[SaleState, datetime | None]:
    states = {offer.state for offer in offers}
    if TierState.OPEN in states:
        return SaleState.OPEN, None
    if TierState.SOON in states:
        return SaleState.SOON, min(o.opens_at for o in offers if o.state == "soon" and o.opens_at)
    if TierState.STOPPED in states:
        return SaleState.STOPPED, None
    return (SaleState.SOLD_OUT if TierState.GONE in states else SaleState.CLOSED), None


def _offer(
    tier: Tier, event: Event, stock: Availability | None, terms: FeeTerms, *, now: datetime
) -> TierOffer:
    price = tier.price(event.currency)
    return TierOffer(
        id=tier.public_id,
        name=tier.name,
        description=tier.description,
        price=buyer_price(price, terms),
        fee=unit_fee(price, terms),
        state=_tier_state(event, tier, stock, now=now),
        stock=stock.state if stock else "gone",
        remaining=max(stock.remaining, 0) if stock else 0,
        limit=min(tier.per_order_limit, event.purchase_limit),
        opens_at=tier.sale_starts_at,
        closes_at=tier.sale_ends_at,
    )


def _tier_state(
    event: Event, tier: Tier, stock: Availability | None, *, now: datetime
) -> TierState:
    try:
        check_tier_sale(tier, now=now)
    except NotOnSale as refusal:
        return TierState.SOON if refusal.opens_at else TierState.CLOSED
    if not stock or stock.state == "gone":
        return TierState.GONE
    try:
        check_payments(event, tier)
    except PaymentsStopped:
        return TierState.STOPPED
    return TierState.OPEN
