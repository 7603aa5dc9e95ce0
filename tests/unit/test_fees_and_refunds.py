"""From the price of a ticket over codes, fees and refunds in any order: no cent appears or
vanishes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from tixapp.core.money import Money, total
from tixapp.inventory.codes import Code
from tixapp.orders.rules import FeeTerms, Line, price_order
from tixapp.payments.rules import fee_back
from tixapp.refunds.rules import Paid, amount_for

PRICES = st.integers(0, 99_999)
CODES = st.one_of(
    st.none(),
    st.builds(Code, percent_bps=st.integers(1, 10_000), tier_ids=st.sampled_from([[], [0], [1]])),
    st.builds(Code, amount_minor=st.integers(1, 120_000), tier_ids=st.sampled_from([[], [0]])),
)
TERMS = st.builds(
    FeeTerms,
    basis_points=st.integers(0, 3_000),
    fixed_minor=st.integers(0, 500),
    passed_on=st.booleans(),
)


@dataclass
class Bought:
    """An order, the prices of its tickets, and what has moved since."""

    total: Money
    subtotal: Money
    fee: Money
    tickets: list[Money]
    refunded: Money
    fee_returned: Money
    back_with_fee: Money

    @property
    def fee_kept(self) -> Money:
        return self.fee - self.fee_returned

    @property
    def sellers(self) -> Money:
        return self.total - self.refunded - self.fee_kept

    def give_back(self, count: int, *, with_fee: bool) -> Money:
        """The next so many tickets; what the buyer gets."""
        chosen, self.tickets = self.tickets[:count], self.tickets[count:]
        paid = Paid(self.total, self.subtotal, self.total - self.refunded)
        prices = total(chosen, "EUR")
        amount = amount_for(prices, paid, all_of_it=not self.tickets, with_fee=with_fee)
        self._book(amount, with_fee=with_fee)
        return amount

    def _book(self, amount: Money, *, with_fee: bool) -> None:
        self.refunded += amount
        if with_fee and amount:
            self.back_with_fee += amount
            self.fee_returned += fee_back(
                self.fee, self.total, self.back_with_fee, returned=self.fee_returned
            )

    def send_again(self, amount: Money) -> None:
        """A bank sends `amount` back, and it goes out once more with the fee."""
        self.refunded -= amount
        self.back_with_fee -= amount
        self._book(amount, with_fee=True)


@st.composite
def orders(draw: st.DrawFn) -> Bought:
    code = draw(CODES)
    lines = []
    for tier_id, minor in enumerate(draw(st.lists(PRICES, min_size=1, max_size=3))):
        price = Money(minor, "EUR")
        off = code.off(tier_id, price) if code else Money(0, "EUR")
        assert Money(0, "EUR") <= off <= price
        lines.append(Line(tier_id, draw(st.integers(1, 4)), price - off, off or None))
    made = price_order(lines, "EUR", draw(TERMS))
    tickets = [line.unit_price for line in lines for _ in range(line.quantity)]
    nothing = Money(0, "EUR")
    return Bought(made.total, made.subtotal, made.fee, tickets, nothing, nothing, nothing)


PARTS = st.lists(st.tuples(st.integers(1, 4), st.booleans()), min_size=12, max_size=12)


def give_back_all(bought: Bought, parts: Sequence[tuple[int, bool]]) -> None:
    for count, with_fee in parts:
        if bought.tickets:
            bought.give_back(count, with_fee=with_fee)
    assert bought.tickets == []


@given(orders(), PARTS)
def test_after_each_refund_the_three_shares_are_the_whole(
    bought: Bought, parts: list[tuple[int, bool]]
) -> None:
    for count, with_fee in parts:
        if not bought.tickets:
            break
        bought.give_back(count, with_fee=with_fee)
        assert bought.refunded + bought.fee_kept + bought.sellers == bought.total
        assert Money(0, "EUR") <= bought.refunded <= bought.total
        assert Money(0, "EUR") <= bought.fee_kept <= bought.fee


@given(orders(), PARTS)
def test_all_of_it_with_the_fee_leaves_nothing_with_anybody(
    bought: Bought, parts: list[tuple[int, bool]]
) -> None:
    give_back_all(bought, [(count, True) for count, _ in parts])
    nothing = Money(0, "EUR")
    assert (bought.refunded, bought.fee_kept, bought.sellers) == (bought.total, nothing, nothing)


@given(orders(), PARTS)
def test_all_of_it_without_the_fee_leaves_the_fee_alone(
    bought: Bought, parts: list[tuple[int, bool]]
) -> None:
    give_back_all(bought, [(count, False) for count, _ in parts])
    assert bought.fee_kept == bought.fee
    assert bought.refunded == bought.subtotal
    # Who paid the fee has lost it: the buyer where it was passed on, the seller where not.
    assert bought.sellers == bought.total - bought.subtotal - bought.fee


@given(orders(), PARTS)
def test_with_and_without_in_turns_a_buyer_never_loses_more_than_the_booking_fee(
    bought: Bought, parts: list[tuple[int, bool]]
) -> None:
    give_back_all(bought, parts)
    assert bought.subtotal <= bought.refunded <= bought.total


@given(orders(), st.integers(1, 4))
def test_what_a_bank_sends_back_and_goes_out_again_returns_the_fee_once(
    bought: Bought, count: int
) -> None:
    amount = bought.give_back(count, with_fee=True)
    before = (bought.refunded, bought.fee_returned)
    if amount:
        bought.send_again(amount)
    assert (bought.refunded, bought.fee_returned) == before
