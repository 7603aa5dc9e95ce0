"""What of a payout belongs to which event: it carries many, and what went back of others.

Stripe lists what an automatic payout is made of once it has put that together, and says so by an
event. Of payouts that a seller makes by hand it does not tell.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from tixapp.core.db import Id, Model, db, reference

# The money is at the bank, or on its way there.
SENT = ("pending", "in_transit", "paid")

_NOTE = sa.text(
    """
    INSERT INTO payouts (stripe_payout, stripe_account, status, amount_minor, currency)
    VALUES (:payout, :account, :status, :amount, :currency)
    ON CONFLICT (stripe_payout) DO UPDATE SET status = excluded.status
    RETURNING id
    """
)
# An order stands above this package, and so is named here by its table.
_PARTS = sa.text(
    """
    INSERT INTO payout_parts (payout_id, event_id, amount_minor)
    SELECT :id, o.event_id, sum(part.net)
    FROM unnest(CAST(:intents AS text[]), CAST(:nets AS bigint[])) AS part (intent, net)
    JOIN payments p ON p.stripe_intent = part.intent AND p.stripe_account = :account
    JOIN orders o ON o.id = p.order_id
    GROUP BY o.event_id
    ON CONFLICT (payout_id, event_id) DO UPDATE SET amount_minor = excluded.amount_minor
    """
)


class Payout(Model):
    """`status` in Stripe's words: pending, in_transit, paid, failed, canceled."""

    __tablename__ = "payouts"

    id: Mapped[Id]
    stripe_payout: Mapped[str] = mapped_column(unique=True)
    stripe_account: Mapped[str] = mapped_column(index=True)
    status: Mapped[str]
    amount_minor: Mapped[int] = mapped_column(sa.BigInteger)
    currency: Mapped[str]


class PayoutPart(Model):
    """What one payout brought for one event: less than nothing where more went back."""

    __tablename__ = "payout_parts"
    __table_args__ = (sa.PrimaryKeyConstraint("payout_id", "event_id"),)

    payout_id: Mapped[int] = reference("payouts.id", index=False)
    event_id: Mapped[int] = reference("events.id")
    amount_minor: Mapped[int] = mapped_column(sa.BigInteger)


def note_payout(
    payout: str,
    account: str,
    *,
    status: str,
    amount_minor: int,
    currency: str,
    parts: Mapping[str, int],
) -> None:
    """`parts`: by payment intent; those of other sales of the account are left out. The same when
    run twice."""
    said = {"payout": payout, "account": account, "status": status}
    row_id = db.session.scalar(_NOTE, said | {"amount": amount_minor, "currency": currency})
    made_of = {"intents": list(parts), "nets": list(parts.values())}
    db.session.execute(_PARTS, {"id": row_id, "account": account} | made_of)


def paid_out(event_ids: Collection[int]) -> dict[int, int]:
    """What was sent to the bank, by event, in minor units."""
    rows = db.session.execute(
        sa.select(PayoutPart.event_id, sa.func.sum(PayoutPart.amount_minor))
        .join(Payout, Payout.id == PayoutPart.payout_id)
        .where(PayoutPart.event_id.in_(event_ids), Payout.status.in_(SENT))
        .group_by(PayoutPart.event_id)
    )
    return {row[0]: int(row[1]) for row in rows}
