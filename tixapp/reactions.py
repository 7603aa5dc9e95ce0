"""The tables "when this fact, run these jobs" and "when this fact, act at once", and how the first
is worked off."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.dialects.postgresql import insert

from tixapp.accounts import facts as accounts
from tixapp.accounts import jobs as accounts_jobs
from tixapp.core.clock import clock
from tixapp.core.db import db, locked, transaction
from tixapp.core.facts import Fact, ReactionStatus, StoredFact, StoredReaction, Subscriber
from tixapp.orders.facts import LateMoneyReturned, OrderPaid, PaymentAlarm, RefundAsked
from tixapp.refunds import jobs as refunds_jobs
from tixapp.refunds.facts import DisputeChanged, RefundFailed, TicketsReturned
from tixapp.sellers import jobs as sellers_jobs
from tixapp.sellers.facts import PaymentsWithdrawn
from tixapp.tickets.jobs import send_tickets

log = structlog.get_logger()

Job = Callable[[dict[str, Any]], object]

REACTIONS: dict[type[Fact], list[Job]] = {
    OrderPaid: [send_tickets],
    accounts.ConfirmationWanted: [accounts_jobs.send_confirmation],
    accounts.SignUpRepeated: [accounts_jobs.send_already_here],
    accounts.ResetWanted: [accounts_jobs.send_reset],
    accounts.PasswordChanged: [accounts_jobs.send_password_changed],
    RefundAsked: [refunds_jobs.submit_refund],
    TicketsReturned: [refunds_jobs.tell_buyer],
    LateMoneyReturned: [refunds_jobs.tell_late_buyer],
    RefundFailed: [refunds_jobs.tell_of_failed_refund],
    DisputeChanged: [refunds_jobs.tell_of_dispute],
    PaymentAlarm: [refunds_jobs.tell_of_alarm],
    PaymentsWithdrawn: [sellers_jobs.tell_of_withdrawal],
}

# In the transaction of the announcer, whose locks stand: each takes only later ones.
AT_ONCE: dict[type[Fact], list[Subscriber]] = {}

MOST_ATTEMPTS = 12
# A claimed reaction is left alone for this long; then its worker is taken for dead.
LEASE = timedelta(minutes=2)


def _name(job: Job) -> str:
    return f"{job.__module__}.{job.__name__}"


_BY_FACT = {fact.name(): jobs for fact, jobs in REACTIONS.items()}
_BY_NAME = {_name(job): job for jobs in REACTIONS.values() for job in jobs}


def relay_facts(limit: int = 500) -> int:
    """Gives each new fact a row for each of its jobs; how many facts that were.

    Two clocks at once share the work: rows that one has locked the other skips.
    """
    now = clock.now()
    with transaction():
        facts = db.session.scalars(
            locked(
                sa.select(StoredFact)
                .where(StoredFact.relayed_at.is_(None))
                .order_by(StoredFact.id)
                .limit(limit),
                skip_locked=True,
            )
        ).all()
        rows = [_row(fact, job, now) for fact in facts for job in _BY_FACT.get(fact.name, [])]
        if rows:
            db.session.execute(insert(StoredReaction).on_conflict_do_nothing(), rows)
        for fact in facts:
            fact.relayed_at = now
    return len(facts)


def work_off(limit: int = 1000) -> int:
    """Runs what is due, one reaction at a time; how many ran."""
    ran = 0
    while ran < limit and (claimed := _claim(clock.now())) is not None:
        _run(*claimed)
        ran += 1
    return ran


def _claim(now: datetime) -> tuple[int, str, dict[str, Any]] | None:
    with transaction():
        row = db.session.scalar(
            locked(
                sa.select(StoredReaction)
                .where(StoredReaction.status == ReactionStatus.DUE, StoredReaction.due_at <= now)
                .order_by(StoredReaction.due_at)
                .limit(1),
                skip_locked=True,
            )
        )
        if row is None:
            return None
        row.attempts += 1
        row.due_at = now + LEASE
        return row.id, row.job, row.payload


def _run(reaction_id: int, name: str, payload: dict[str, Any]) -> None:
    try:
        _BY_NAME[name](payload)
    except Exception as fault:  # whatever it is, it is written down and tried again
        db.session.rollback()
        log.exception("reaction_failed", job=name, reaction=reaction_id)
        _postpone(reaction_id, repr(fault))
        return
    with transaction():
        row = _locked_reaction(reaction_id)
        if row.status == ReactionStatus.DUE:
            row.finish()


def _postpone(reaction_id: int, fault: str) -> None:
    with transaction():
        row = _locked_reaction(reaction_id)
        if row.status != ReactionStatus.DUE:
            return  # another worker took it for dead, and has done it
        row.last_fault = fault[:2000]
        row.due_at = clock.now() + timedelta(seconds=min(2**row.attempts, 3600))
        if row.attempts >= MOST_ATTEMPTS:
            row.give_up()


def _locked_reaction(reaction_id: int) -> StoredReaction:
    row: StoredReaction = db.session.scalars(
        locked(sa.select(StoredReaction).filter_by(id=reaction_id))
    ).one()
    return row


def _row(fact: StoredFact, job: Job, now: datetime) -> dict[str, Any]:
    return {
        "fact_id": fact.id,
        "job": _name(job),
        "payload": fact.payload,
        "status": ReactionStatus.DUE,
        "attempts": 0,
        "due_at": now,
    }
