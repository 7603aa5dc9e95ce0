"""What was written down: facts, entries of the ledger, orders."""

from __future__ import annotations

import sqlalchemy as sa

from tixapp.core.db import db
from tixapp.core.facts import StoredFact
from tixapp.orders.models import Order
from tixapp.payments.models import LedgerEntry


def facts() -> list[tuple[str, dict[str, object]]]:
    rows = db.session.execute(
        sa.select(StoredFact.name, StoredFact.payload).order_by(StoredFact.id)
    )
    return [(row.name, row.payload) for row in rows]


def ledger() -> list[tuple[str, int]]:
    rows = db.session.execute(
        sa.select(LedgerEntry.kind, LedgerEntry.amount_minor).order_by(LedgerEntry.id)
    )
    return [(row.kind.value, row.amount_minor) for row in rows]


def orders() -> int:
    return db.session.scalar(sa.select(sa.func.count(Order.id))) or 0
