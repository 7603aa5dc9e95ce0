"""Money: whole minor units of one currency, of which none appears or vanishes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tixapp.core.money import Money, decimals, total

AMOUNTS = st.integers(0, 99_999_999)


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


def test_parts_add_up_and_the_first_are_a_unit_larger() -> None:
    assert eur(1000).split(3) == [eur(334), eur(333), eur(333)]
    assert eur(2).split(3) == [eur(1), eur(1), eur(0)]
    assert eur(-1000).split(3) == [eur(-333), eur(-333), eur(-334)]


@given(AMOUNTS, st.integers(1, 500))
def test_no_unit_is_lost_in_splitting(minor: int, parts: int) -> None:
    split = eur(minor).split(parts)
    assert total(split, "EUR") == eur(minor)
    assert max(split).minor - min(split).minor <= 1


@pytest.mark.parametrize(
    ("minor", "basis_points", "share"),
    [(4500, 100, 45), (50, 100, 1), (49, 100, 0), (150, 100, 2), (1, 10_000, 1), (0, 100, 0)],
)
def test_a_share_is_rounded_half_up(minor: int, basis_points: int, share: int) -> None:
    assert eur(minor).share(basis_points) == eur(share)


def test_amounts_add_and_compare() -> None:
    assert eur(1) + eur(2) - eur(4) == eur(-1)
    assert eur(3) * 4 == eur(12)
    assert -eur(3) == eur(-3)
    assert eur(1) < eur(2) <= eur(2)
    assert bool(eur(0)) is False
    assert total([], "JPY") == Money(0, "JPY")


@pytest.mark.parametrize("minor", [1.0, "1", True, None])
def test_minor_units_are_an_int_and_nothing_like_it(minor: object) -> None:
    with pytest.raises(TypeError):
        Money(minor, "EUR")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "mix", [lambda a, b: a + b, lambda a, b: a - b, lambda a, b: a < b, lambda a, b: a <= b]
)
def test_currencies_do_not_mix(mix) -> None:
    with pytest.raises(ValueError, match="USD does not mix with EUR"):
        mix(eur(1), Money(1, "USD"))


def test_a_currency_has_its_decimals() -> None:
    assert [decimals(currency) for currency in ("EUR", "JPY", "KWD")] == [2, 0, 3]
