"""The ledger: every movement of money and the row that is its reason."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from tixapp.core.db import Id, Model, reference


class EntryKind(StrEnum):
    CAPTURED = "captured"
    FEE = "fee"
    REFUNDED = "refunded"
    FEE_RETURNED = "fee_returned"
    REFUND_BACK = "refund_back"
    DISPUTED = "disputed"
    REINSTATED = "reinstated"


class LedgerEntry(Model):
    """One movement of money and the row that is its reason. Append-only.

    `refund_back`: a refund that a bank sent back later.
    `amount_minor` is positive for money that came in for the seller (captured, reinstated) or for
    us (fee), negative for money that left again. `cause` names the Stripe object, once each kind.
    """

    __tablename__ = "ledger"
    __table_args__ = (sa.UniqueConstraint("kind", "cause"),)

    id: Mapped[Id]
    kind: Mapped[EntryKind]
    cause: Mapped[str]
    payment_id: Mapped[int] = reference("payments.id")
    refund_id: Mapped[int | None] = reference("refunds.id")
    stripe_account: Mapped[str]
    amount_minor: Mapped[int]
    currency: Mapped[str]
    entered_at: Mapped[datetime]
