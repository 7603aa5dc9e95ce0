"""The outbox: what happened, stored in the transaction in which it happened.

    action ── record(OrderPaid(order_id=7)) ──▶ facts        (same transaction)
    clock  ── one row per reaction ───────────▶ reactions    (LISTEN wakes it, a sweep is the net)
    worker ── runs what is due, marks it done

A reaction is a row before it is a job, so Redis may be emptied without losing one. It may run
twice: every job is safe to repeat.

What must not be seen between two transactions, such as a free place that somebody waits for, is
announced instead: whoever is named in the table "at once" acts in the same transaction.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from .db import Id, Model, db, reference
from .states import Stateful

CHANNEL = "tixapp_facts"


@dataclass(frozen=True)
class Fact:
    """Something that happened. Subclasses live beside the action that records them."""

    @classmethod
    def name(cls) -> str:
        return cls.__name__


Subscriber = Callable[[Any], object]
_at_once: dict[type[Fact], Sequence[Subscriber]] = {}


class StoredFact(Model):
    __tablename__ = "facts"
    __table_args__ = (
        sa.Index("ix_facts_unrelayed", "id", postgresql_where=sa.text("relayed_at IS NULL")),
    )

    id: Mapped[Id]
    name: Mapped[str]
    payload: Mapped[dict[str, Any]]
    recorded_at: Mapped[datetime] = mapped_column(server_default=sa.func.now())
    relayed_at: Mapped[datetime | None]


class ReactionStatus(StrEnum):
    DUE = "due"
    DONE = "done"
    FAILED = "failed"


class StoredReaction(Stateful, Model):
    """One job to run because of one fact."""

    __tablename__ = "reactions"
    __table_args__ = (
        sa.UniqueConstraint("fact_id", "job"),
        sa.Index("ix_reactions_due", "due_at", postgresql_where=sa.text("status = 'due'")),
    )
    MOVES: ClassVar = {
        ReactionStatus.DUE: frozenset({ReactionStatus.DONE, ReactionStatus.FAILED}),
        ReactionStatus.FAILED: frozenset({ReactionStatus.DUE}),
        ReactionStatus.DONE: frozenset(),
    }

    id: Mapped[Id]
    fact_id: Mapped[int] = reference("facts.id", index=False)
    job: Mapped[str]
    payload: Mapped[dict[str, Any]]
    status: Mapped[ReactionStatus] = mapped_column(default=ReactionStatus.DUE)
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime]
    last_fault: Mapped[str | None]

    def finish(self) -> None:
        self._move_to(ReactionStatus.DONE)

    def give_up(self) -> None:
        self._move_to(ReactionStatus.FAILED)


def record(fact: Fact) -> None:
    """Stores `fact`; the clock hears of it when the transaction commits."""
    db.session.add(StoredFact(name=fact.name(), payload=asdict(fact)))
    wake()


def wake() -> None:
    """Tells the clock, once this transaction commits, that rows are due."""
    # PostgreSQL delivers it at commit and folds repeats into one.
    db.session.execute(sa.text(f"NOTIFY {CHANNEL}"))


def act_at_once(table: Mapping[type[Fact], Sequence[Subscriber]]) -> None:
    """Said once when a program starts: who acts in the transaction of which fact."""
    _at_once.clear()
    _at_once.update(table)


def announce(fact: Fact) -> None:
    """Whoever must act in this very transaction does so now; no row is stored."""
    for subscriber in _at_once.get(type(fact), ()):
        subscriber(fact)
