"""The audit trail: who did what to which object, from where, before and after.

Append-only: a trigger refuses to change or delete a row. Written in the transaction of the deed,
so that there is no deed without its row and no row without its deed.
"""

from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from .db import Id, Model, db


@dataclass(frozen=True)
class Origin:
    """Where a deed came from. Empty for what the system does by itself."""

    address: str = ""
    request_id: str = ""


NOWHERE = Origin()
_origin: ContextVar[Origin] = ContextVar("origin")


class TrailEntry(Model):
    """One deed. `subject` is a public id such as `ord_…`; `by` is None for the system itself."""

    __tablename__ = "trail"
    __table_args__ = (
        sa.Index("ix_trail_subject_id", "subject", "id"),
        sa.Index("ix_trail_by_id", "by", "id"),
    )

    id: Mapped[Id]
    at: Mapped[datetime]
    by: Mapped[int | None] = mapped_column(sa.BigInteger)
    deed: Mapped[str]
    subject: Mapped[str]
    before: Mapped[dict[str, Any]] = mapped_column(default=dict)
    after: Mapped[dict[str, Any]] = mapped_column(default=dict)
    address: Mapped[str] = mapped_column(default="")
    request_id: Mapped[str] = mapped_column(default="")


def come_from(origin: Origin) -> None:
    """Said once at the start of a request; holds until the next."""
    _origin.set(origin)


def origin() -> Origin:
    """Where what is done now comes from."""
    return _origin.get(NOWHERE)


def note(
    deed: str,
    subject: str,
    *,
    by: int | None,
    now: datetime,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """Writes down a deed, such as `event.published`. Values are JSON and hold no secrets."""
    here = origin()
    db.session.add(
        TrailEntry(
            at=now,
            by=by,
            deed=deed,
            subject=subject,
            before=before or {},
            after=after or {},
            address=here.address,
            request_id=here.request_id,
        )
    )


def history(subject: str, *, limit: int = 200) -> list[TrailEntry]:
    """All that was done to one object, oldest first."""
    return list(
        db.session.scalars(
            sa.select(TrailEntry).filter_by(subject=subject).order_by(TrailEntry.id).limit(limit)
        )
    )
