"""Rows for tests, by domain. Each takes only what the test is about."""

from __future__ import annotations

from typing import TypeVar

from tixapp.core.db import Base, db

Row = TypeVar("Row", bound=Base)


def saved(row: Row) -> Row:
    """Committed, unless the test is inside `transaction()`: then flushed, with its id."""
    db.session.add(row)
    if db.session.info.get("inside"):
        db.session.flush()
    else:
        db.session.commit()
    return row
