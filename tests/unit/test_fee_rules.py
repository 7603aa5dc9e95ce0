"""What a purchase costs: our fee, and who pays it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tixapp.core.money import Money, total
from tixapp.orders.rules import FeeTerms, Line, Price, buyer_price, price_order, unit_fee

PRICES = st.integers(0, 999_999)
LINES = st.lists(
    st.builds(
        Line,
        tier_id=st.integers(1, 9),
        quantity=st.integers(1, 20),
        unit_price=PRICES.map(lambda minor: Money(minor, "EUR")),
    ),
    min_size=1,
    max_size=6,
)
TERMS = st.builds(
    FeeTerms,
    basis_points=st.integers(0, 3_000),
    fixed_minor=st.integers(0, 500),
    passed_on=st.booleans(),
)
ABSORBED = FeeTerms(100, 0, passed_on=False)
PASSED_ON = FeeTerms(100, 0, passed_on=True)


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


def price(*lines: tuple[int, int], terms: FeeTerms) -> Price:
    """Of (quantity, price in cents) each."""
    wanted = [Line(number, quantity, eur(each)) for number, (quantity, each) in enumerate(lines)]
    return price_order(wanted, "EUR", terms)


def test_one_percent_comes_out_of_what_the_seller_gets() -> None:
    assert price((2, 4500), terms=ABSORBED) == Price(eur(9000), eur(90), eur(9000))


def test_one_percent_on_top_where_the_seller_passes_it_on() -> None:
    assert price((2, 4500), terms=PASSED_ON) == Price(eur(9000), eur(90), eur(9090))


def test_a_fee_passed_on_is_rounded_by_the_ticket_as_the_event_page_shows_it() -> None:
    assert buyer_price(eur(1049), PASSED_ON) == eur(1059)
    assert price((3, 1049), terms=PASSED_ON) == Price(eur(3147), eur(30), eur(3177))
    assert price((3, 1049), terms=ABSORBED) == Price(eur(3147), eur(31), eur(3147))


def test_a_fixed_part_is_for_the_order() -> None:
    assert price((3, 1000), terms=FeeTerms(100, 25, passed_on=False)).fee == eur(55)
    assert price((3, 1000), terms=FeeTerms(100, 25, passed_on=True)).total == eur(3055)


def test_what_is_free_has_no_fee_at_all() -> None:
    terms = FeeTerms(100, 25, passed_on=True)
    assert price((3, 0), terms=terms) == Price(eur(0), eur(0), eur(0))


def test_a_fee_that_rounds_to_nothing_is_nothing() -> None:
    assert price((1, 49), terms=ABSORBED).fee == eur(0)


def test_a_fee_leaves_the_seller_at_least_one_cent() -> None:
    assert price((1, 60), terms=FeeTerms(0, 100, passed_on=False)).fee == eur(59)


@given(LINES, TERMS)
def test_no_cent_appears_or_vanishes(lines: list[Line], terms: FeeTerms) -> None:
    made = price_order(lines, "EUR", terms)
    assert made.subtotal == total((line.unit_price * line.quantity for line in lines), "EUR")
    seller_gets = made.total - made.fee
    assert made.total == (made.subtotal + made.fee if terms.passed_on else made.subtotal)
    if terms.passed_on:
        assert seller_gets == made.subtotal
    assert seller_gets + made.fee == made.total


@given(LINES, TERMS)
def test_a_fee_is_never_negative_and_always_less_than_the_total(
    lines: list[Line], terms: FeeTerms
) -> None:
    made = price_order(lines, "EUR", terms)
    assert made.fee.minor >= 0
    assert made.fee < made.total or made.total == made.fee == eur(0)


@given(PRICES, st.integers(1, 20), st.integers(0, 3_000), st.booleans())
def test_the_price_that_is_shown_is_the_price_that_is_paid(
    minor: int, quantity: int, basis_points: int, passed_on: bool
) -> None:
    terms = FeeTerms(basis_points, 0, passed_on)
    shown = buyer_price(eur(minor), terms)
    made = price_order([Line(1, quantity, eur(minor))], "EUR", terms)
    assert made.total == shown * quantity
    assert unit_fee(eur(minor), terms) == shown - eur(minor)


@given(LINES, TERMS)
def test_the_order_of_the_lines_does_not_matter(lines: list[Line], terms: FeeTerms) -> None:
    assert price_order(lines, "EUR", terms) == price_order(lines[::-1], "EUR", terms)
