"""What a purchase costs: our fee, what the buyer pays. Source: R3 in docs/payments.md."""

from collections.abc import Iterable
from dataclasses import dataclass

from tixapp.core.money import Money


@dataclass(frozen=True, slots=True)
class FeeTerms:
    """Basis points of the price and a fixed part of each order, in minor units.

    `passed_on`: the buyer pays it on top; otherwise it comes out of what the seller gets.
    """

    basis_points: int
    fixed_minor: int
    passed_on: bool


@dataclass(frozen=True, slots=True)
class Line:
    """`unit_price` is what one costs the buyer before fees, `discount` what a code took off it."""

    tier_id: int
    quantity: int
    unit_price: Money
    discount: Money | None = None


@dataclass(frozen=True, slots=True)
class Price:
    """`total` is what the buyer pays; `fee` is our part of it."""

    subtotal: Money
    fee: Money
    total: Money


def price_order(lines: Iterable[Line], currency: str, terms: FeeTerms) -> Price:
    """The fee is left out of free orders, and always less than the total."""
    lines = list(lines)
    zero = Money(0, currency)
    subtotal = sum((line.unit_price * line.quantity for line in lines), zero)
    if not subtotal:
        return Price(zero, zero, zero)
    if terms.passed_on:
        # By the ticket, so that the price on the event page is the price on the bill.
        each = sum((_share(line.unit_price, terms) * line.quantity for line in lines), zero)
        fee = each + Money(terms.fixed_minor, currency)
        return Price(subtotal, fee, subtotal + fee)
    fee = _share(subtotal, terms) + Money(terms.fixed_minor, currency)
    return Price(subtotal, min(fee, Money(subtotal.minor - 1, currency)), subtotal)


@dataclass(frozen=True, slots=True)
class Split:
    """One ticket bought alone: `buyer_pays` is `fee` and `seller_gets` together."""

    buyer_pays: Money
    fee: Money
    seller_gets: Money


def split_of(price: Money, terms: FeeTerms) -> Split:
    """What an editor shows of a price. Stripe's own fee is not known beforehand."""
    order = price_order([Line(0, 1, price)], price.currency, terms)
    return Split(order.total, order.fee, order.total - order.fee)


def buyer_price(price: Money, terms: FeeTerms) -> Money:
    """What one ticket costs the buyer, all in, but for a fixed part of the order."""
    return price + _share(price, terms) if terms.passed_on else price


def unit_fee(price: Money, terms: FeeTerms) -> Money:
    """The part of `buyer_price` that is added for us; zero when the seller absorbs it."""
    return buyer_price(price, terms) - price


def _share(price: Money, terms: FeeTerms) -> Money:
    return price.share(terms.basis_points)
