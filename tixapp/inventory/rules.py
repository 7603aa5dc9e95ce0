"""Who may set aside what, as pure decisions."""

from collections.abc import Mapping
from datetime import datetime

from tixapp.events.models import Event, EventStatus, Tier

from .errors import BadPicks, LimitReached, NotOnSale, PaymentsStopped, SalePaused

Picks = Mapping[int, int]
"""Tier id → how many places."""

# A tier says "low" from here down: a tenth of it, and never more than this many places.
LOW_SHARE = 10
LOW_MOST = 20


def check_sale(event: Event, *, now: datetime) -> None:
    """Raises SalePaused or NotOnSale when nothing of `event` may be bought at `now`."""
    if event.status != EventStatus.PUBLISHED:
        raise NotOnSale("This event is not on sale.")
    if event.paused_at is not None:
        raise SalePaused("The sale is paused.")
    check_window(event, now=now)


def check_window(event: Event, *, now: datetime) -> None:
    """Raises NotOnSale before the sale has opened and when the event is over."""
    if event.on_sale_at is not None and now < event.on_sale_at:
        raise NotOnSale("The sale has not opened yet.", opens_at=event.on_sale_at)
    if now >= (event.ends_at or event.starts_at):
        raise NotOnSale("This event is over.")


def check_payments(event: Event, tier: Tier) -> None:
    """Raises PaymentsStopped for a tier with a price while Stripe takes nothing for the organiser.

    `event` comes with its seller.
    """
    if tier.price_minor and not event.seller.charges_enabled:
        raise PaymentsStopped("The organiser cannot take payments at the moment.")


def check_tier_sale(tier: Tier, *, now: datetime) -> None:
    """Raises NotOnSale outside the tier's own window."""
    if tier.sale_starts_at is not None and now < tier.sale_starts_at:
        raise NotOnSale(f"{tier.name} is not on sale yet.", opens_at=tier.sale_starts_at)
    if tier.sale_ends_at is not None and now >= tier.sale_ends_at:
        raise NotOnSale(f"{tier.name} is no longer on sale.")


def check_hold(event: Event, picks: Picks, *, now: datetime) -> None:
    """All that can be said of a hold before anyone looks at stock and allowance. `event` comes with
    its tiers and its seller. Raises NotOnSale, SalePaused, PaymentsStopped, BadPicks,
    LimitReached."""
    check_sale(event, now=now)
    tiers = {tier.id: tier for tier in event.tiers}
    check_picks(tiers, picks, now=now)
    for tier_id in picks:
        check_payments(event, tiers[tier_id])


def check_picks(tiers: Mapping[int, Tier], picks: Picks, *, now: datetime) -> None:
    """Raises BadPicks, NotOnSale or LimitReached for picks that no stock could satisfy."""
    if not picks:
        raise BadPicks("Choose at least one ticket.", {"items": "is empty"})
    for tier_id, quantity in picks.items():
        if tier_id not in tiers:
            raise BadPicks("That tier is not part of this event.", {"tier_id": "is unknown"})
        if type(quantity) is not int or quantity < 1:
            raise BadPicks("A quantity is at least 1.", {"quantity": "must be at least 1"})
        tier = tiers[tier_id]
        check_tier_sale(tier, now=now)
        if quantity > tier.per_order_limit:
            raise LimitReached(
                f"One order may have {tier.per_order_limit} of {tier.name}.",
                limit=tier.per_order_limit,
            )


def state_of(remaining: int, capacity: int) -> str:
    """`ok`, `low` or `gone`: what everyone may know of a tier."""
    if remaining <= 0:
        return "gone"
    return "low" if remaining <= min(LOW_MOST, capacity // LOW_SHARE) else "ok"
