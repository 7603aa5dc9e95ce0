"""The outbox: what happened, stored in the transaction in which it happened.

    action ── record(OrderPaid(order_id=7)) ──▶ facts, and a row of reactions for each job
    clock  ── hears of it when it is committed, and wakes the worker
    worker ── runs what is due, marks it done

Both kinds of rows are written by one statement, in the transaction of what happened. A program
that does not know who reacts to a fact leaves it unrelayed: the clock's look is the net under that.

A reaction is a row before it is a job, so Redis may be emptied without losing one. It may run
twice: every job is safe to repeat.

What must not be seen between two transactions, such as a free place that somebody waits for, is
announced instead: whoever is named in the table "at once" acts in the same transaction.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from .clock import clock
from .db import Id, Model, db, reference
from .fixed import Fixed
from .states import Stateful

CHANNEL = "tixapp_facts"
# Said on the channel of what is to be looked at in a moment, and not at once.
LATER = "later"


@dataclass(frozen=True)
class Fact:
    """Something that happened. Subclasses live beside the action that records them."""

    @classmethod
    def name(cls) -> str:
        return cls.__name__


Subscriber = Callable[[Any], object]
_at_once: dict[type[Fact], Sequence[Subscriber]] = {}
# The names of the jobs that follow from a fact, by the fact's name.
_jobs: dict[str, list[str]] = {}
_looks_again: ContextVar[bool] = ContextVar("looks_again", default=False)


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

    def give_up(self) -> None:
        self._move_to(ReactionStatus.FAILED)


_RECORD = Fixed(
    sa.text(
        """
    WITH fact AS (
        INSERT INTO facts (name, payload, relayed_at)
        VALUES (:name, :payload, CAST(:relayed_at AS timestamptz)) RETURNING id
    ), reaction AS (
        INSERT INTO reactions (fact_id, job, payload, status, attempts, due_at)
        SELECT id, job, CAST(:payload AS jsonb), 'due', 0, CAST(:relayed_at AS timestamptz)
        FROM fact, unnest(CAST(:jobs AS text[])) AS job
    )
    SELECT pg_notify(:channel, '') FROM fact WHERE :tells
    """
    ).bindparams(sa.bindparam("payload", type_=JSONB))
)


def record(fact: Fact) -> None:
    """Stores `fact` and the reactions to it; the clock hears of them at the commit."""
    jobs = _jobs.get(fact.name())
    values = {
        "name": fact.name(),
        "payload": asdict(fact),
        "relayed_at": None if jobs is None else clock.now(),
        "jobs": jobs or [],
        "channel": CHANNEL,
        "tells": bool(jobs) and not _looks_again.get(),
    }
    _RECORD.run(values)


def wake() -> None:
    """Tells the clock, once this transaction commits, that rows are due."""
    if not _looks_again.get():
        # PostgreSQL delivers it at commit and folds repeats into one.
        db.session.execute(sa.text(f"NOTIFY {CHANNEL}"))


@contextmanager
def looking_again() -> Iterator[None]:
    """Whoever works off what is due until nothing is left need not be told of its own rows."""
    token = _looks_again.set(True)
    try:
        yield
    finally:
        _looks_again.reset(token)


def react_by(table: Mapping[str, Sequence[str]]) -> None:
    """Said once when a program starts: the names of the jobs that follow from a fact of a name."""
    _jobs.clear()
    _jobs.update({name: list(jobs) for name, jobs in table.items()})


def act_at_once(table: Mapping[type[Fact], Sequence[Subscriber]]) -> None:
    """Said once when a program starts: who acts in the transaction of which fact."""
    _at_once.clear()
    _at_once.update(table)


def announce(fact: Fact) -> None:
    """Whoever must act in this very transaction does so now; no row is stored."""
    for subscriber in _at_once.get(type(fact), ()):
        subscriber(fact)
