"""What was bought and what it cost, line by line, as people read it: at the prices of the tickets,
then what a code took off, then the fee where the buyer pays it. It adds up to the total.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from tixapp.core.db import db
from tixapp.core.money import Money, total

# An order stands above this package, and so is named here by its tables.
_LINES = sa.text(
    """
    SELECT o.currency, o.total_minor, c.name AS code, t.name, l.quantity, l.unit_price_minor,
           l.discount_minor
    FROM orders o
    JOIN order_lines l ON l.order_id = o.id
    JOIN tiers t ON t.id = l.tier_id
    JOIN holds h ON h.id = o.hold_id
    LEFT JOIN codes c ON c.id = h.code_id
    WHERE o.id = :order_id
    ORDER BY l.id
    """
)


@dataclass(frozen=True, slots=True)
class BillLine:
    """`unit_price` is that of the ticket, `discount` what a code takes off each."""

    name: str
    quantity: int
    unit_price: Money
    discount: Money

    @property
    def total(self) -> Money:
        return self.unit_price * self.quantity


@dataclass(frozen=True, slots=True)
class Bill:
    """`code` is the name of the code that was used, if one was."""

    lines: Sequence[BillLine]
    code: str
    total: Money

    @property
    def discount(self) -> Money:
        """All that a code took off."""
        off = (line.discount * line.quantity for line in self.lines)
        return total(off, self.total.currency)

    @property
    def fee(self) -> Money:
        """What the buyer pays on top of the prices."""
        prices = total((line.total for line in self.lines), self.total.currency)
        return self.total - (prices - self.discount)


def bill_of_order(order_id: int) -> Bill:
    """In one statement."""
    rows = db.session.execute(_LINES, {"order_id": order_id}).all()
    currency = rows[0].currency
    lines = [
        BillLine(
            row.name,
            row.quantity,
            Money(row.unit_price_minor + row.discount_minor, currency),
            Money(row.discount_minor, currency),
        )
        for row in rows
    ]
    return Bill(lines, rows[0].code or "", Money(rows[0].total_minor, currency))
