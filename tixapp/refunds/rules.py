"""How much goes back. Source: R8 in docs/payments.md."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from tixapp.core.money import Money

FULL_SHARE = 10_000


@dataclass(frozen=True, slots=True)
class Paid:
    """What was paid for an order, and what of it is still there."""

    total: Money
    subtotal: Money
    remaining: Money

    @property
    def booking_fee(self) -> Money:
        """The part that the buyer paid on top; zero when the seller absorbs our fee."""
        return self.total - self.subtotal


def amount_for(prices: Money, paid: Paid, *, all_of_it: bool, with_fee: bool) -> Money:
    """What goes back for tickets of `prices` together.

    `with_fee`: our fee goes back too, and the buyer's booking fee with it, pro rata. `all_of_it`:
    these are the last tickets of the order, so nothing may be left over by rounding.
    """
    if all_of_it and with_fee:
        return paid.remaining
    amount = prices
    if with_fee and paid.subtotal:
        part = paid.booking_fee.minor * prices.minor // paid.subtotal.minor
        amount += Money(part, prices.currency)
    return min(amount, paid.remaining)


def return_deadline(starts_at: datetime, return_hours: int | None) -> datetime | None:
    """Until when a buyer may give tickets back; None where the seller takes none."""
    return None if return_hours is None else starts_at - timedelta(hours=return_hours)


def by_organiser(words: str) -> str:
    """The reason of a refund that the organiser gives, with their own words if there are any."""
    return f"refunded by the organiser: {words}" if words else "refunded by the organiser"
