"""What an event has sold, taken in and let in, counted as it happens.

A tally is a row that is added, never a number that is changed: buyers do not wait for each other
here. Triggers write it in the transaction of what is counted, so it is neither early nor late; a
sweep folds rows of the same day into one, so that reading stays cheap however much was sold.
"""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from tixapp.core.db import Id, Model

# Tickets, by what became of them. A ticket counts as used, refunded or cancelled while it is.
ISSUED, USED = "tickets_issued", "tickets_used"
REFUNDED, CANCELLED = "tickets_refunded", "tickets_cancelled"
TRANSFERRED = "tickets_transferred"
# Used, and their holders are outside again.
LEFT = "tickets_left"
# How people came to buy: looks at the event's page, holds, orders with tickets.
VIEWED, HELD, ORDERED = "viewed", "held", "ordered"
# What codes took off, in minor units, when the tickets were issued.
DISCOUNTED = "discounted"
# What Stripe kept, in minor units, of the payments of a day: written where it is learned.
STRIPE_FEE = "stripe_fee"
# Money is counted by the kinds of ledger entries, in minor units.

NO_TIER = 0


class Tally(Model):
    """`amount` of a figure on one day, as the day is where the event takes place.

    `tier_id` is 0 where the figure is the whole event's.
    """

    __tablename__ = "tallies"
    __table_args__ = (
        sa.Index(
            "uq_tallies_folded",
            "event_id",
            "tier_id",
            "day",
            "figure",
            unique=True,
            postgresql_where=sa.text("folded"),
        ),
        sa.Index("ix_tallies_fresh", "event_id", "id", postgresql_where=sa.text("NOT folded")),
    )

    id: Mapped[Id]
    event_id: Mapped[int] = mapped_column(sa.BigInteger)
    tier_id: Mapped[int] = mapped_column(sa.BigInteger, default=NO_TIER, server_default="0")
    day: Mapped[date] = mapped_column(sa.Date)
    figure: Mapped[str]
    amount: Mapped[int] = mapped_column(sa.BigInteger)
    folded: Mapped[bool] = mapped_column(default=False, server_default=sa.false())


class TallyMark(Model):
    """How far rows have been counted that are counted in batches: `last_id` and before."""

    __tablename__ = "tally_marks"

    name: Mapped[str] = mapped_column(primary_key=True)
    last_id: Mapped[int] = mapped_column(sa.BigInteger)
