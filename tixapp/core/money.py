"""Amounts of money: integer minor units and a currency, never floats, never bare ints."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

# How many decimals a currency has at Stripe (docs: currencies, zero- and three-decimal).
ZERO_DECIMAL = frozenset(
    "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF".split()  # noqa: SIM905
)
THREE_DECIMAL = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})

# The least Stripe takes in one charge, in minor units (docs: minimum charge amounts).
MINIMUM_CHARGE = {
    "USD": 50, "EUR": 50, "AUD": 50, "CAD": 50, "CHF": 50, "NZD": 50, "SGD": 50, "GBP": 30,
    "JPY": 50, "SEK": 300, "NOK": 300, "DKK": 250, "MXN": 1000, "HKD": 400, "CZK": 1500,
    "HUF": 17500, "PLN": 200, "INR": 50, "BRL": 50, "AED": 200, "RON": 200, "BGN": 100,
    "MYR": 200, "THB": 1000,
}  # fmt: skip
# Stripe takes at most eight digits in one charge.
MAXIMUM_CHARGE = 99_999_999


def decimals(currency: str) -> int:
    if currency in ZERO_DECIMAL:
        return 0
    return 3 if currency in THREE_DECIMAL else 2


@dataclass(frozen=True, slots=True)
class Money:
    """`minor` units (cents, yen) of `currency` (ISO 4217, upper case)."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise TypeError(f"minor units are an int, not {self.minor!r}")

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other).minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other).minor, self.currency)

    def __mul__(self, count: int) -> Money:
        return Money(self.minor * count, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._same(other).minor

    def __le__(self, other: Money) -> bool:
        return self.minor <= self._same(other).minor

    def __bool__(self) -> bool:
        return self.minor != 0

    def share(self, basis_points: int) -> Money:
        """`basis_points` ten-thousandths of this, rounded half up (for amounts of 0 or more)."""
        return Money((self.minor * basis_points + 5_000) // 10_000, self.currency)

    def split(self, parts: int) -> list[Money]:
        """`parts` amounts that add up to this one; the first ones are a unit larger."""
        each, over = divmod(self.minor, parts)
        return [Money(each + (i < over), self.currency) for i in range(parts)]

    def _same(self, other: Money) -> Money:
        if other.currency != self.currency:
            raise ValueError(f"{other.currency} does not mix with {self.currency}")
        return other


def total(amounts: Iterable[Money], currency: str) -> Money:
    """The sum of `amounts`; zero `currency` when there are none."""
    return sum(amounts, Money(0, currency))
