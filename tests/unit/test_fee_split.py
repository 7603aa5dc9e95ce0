"""Between what the buyer pays and what the seller gets no cent appears or vanishes."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tixapp.core.money import MAXIMUM_CHARGE, Money
from tixapp.orders.rules import (
    FeeTerms,
    Line,
    buyer_price,
    price_order,
    split_of,
    unit_fee,
)

PRICES = st.integers(0, MAXIMUM_CHARGE // 100).map(lambda minor: Money(minor, "EUR"))
TERMS = st.builds(FeeTerms, st.integers(0, 10_000), st.integers(0, 500), st.booleans())
LINES = st.lists(st.tuples(PRICES, st.integers(1, 10)), min_size=1, max_size=6)


@given(PRICES, TERMS)
def test_the_buyer_pays_our_fee_and_what_the_seller_gets(price: Money, terms: FeeTerms) -> None:
    split = split_of(price, terms)
    assert split.buyer_pays == split.fee + split.seller_gets
    assert split.fee.minor >= 0
    assert split.seller_gets.minor >= 0
    if terms.passed_on:
        assert split.seller_gets == price
    else:
        assert split.buyer_pays == price


@given(PRICES, TERMS)
def test_what_the_editor_shows_is_what_the_event_page_shows(price: Money, terms: FeeTerms) -> None:
    fixed = Money(terms.fixed_minor if terms.passed_on and price else 0, "EUR")
    split = split_of(price, terms)
    assert split.buyer_pays == buyer_price(price, terms) + fixed
    if terms.passed_on:
        assert split.fee == unit_fee(price, terms) + fixed


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(LINES, TERMS)
def test_an_order_of_any_size_adds_up(lines: list[tuple[Money, int]], terms: FeeTerms) -> None:
    order = price_order((Line(n, many, each) for n, (each, many) in enumerate(lines)), "EUR", terms)
    prices = sum((each * many for each, many in lines), Money(0, "EUR"))
    assert order.subtotal == prices
    assert order.total == prices + (order.fee if terms.passed_on else Money(0, "EUR"))
    assert Money(0, "EUR") <= order.fee <= order.total
