"""The tables "when this fact, run these jobs" and "when this fact, act at once", and how the first
is worked off."""

from collections.abc import Callable
from dataclasses import dataclass
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
from tixapp.core.fixed import Fixed
from tixapp.events.facts import EventPublished
from tixapp.inventory.facts import OfferEnded, StockFreed
from tixapp.orders.facts import LateMoneyReturned, OrderPaid, PaymentAlarm, RefundAsked
from tixapp.refunds import jobs as refunds_jobs
from tixapp.refunds.facts import DisputeChanged, RefundFailed, TicketsReturned
from tixapp.sellers import jobs as sellers_jobs
from tixapp.sellers.facts import PaymentsWithdrawn
from tixapp.selling import jobs as selling_jobs
from tixapp.selling.facts import ChangeTold
from tixapp.tickets.jobs import send_tickets
from tixapp.waiting.facts.list import OfferLapsed, OffersMade, PlacesEnded, PlacesKept
from tixapp.waiting.jobs import list as waiting_jobs
from tixapp.waiting.jobs import room as room_jobs

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
    ChangeTold: [selling_jobs.tell_of_change],
    PaymentsWithdrawn: [sellers_jobs.tell_of_withdrawal],
    OffersMade: [waiting_jobs.tell_of_offers],
    OfferLapsed: [waiting_jobs.tell_of_lapse],
    PlacesKept: [waiting_jobs.hand_out_more],
    PlacesEnded: [waiting_jobs.tell_of_end],
}

# In the transaction of the announcer, whose locks stand: each takes only later ones.
AT_ONCE: dict[type[Fact], list[Subscriber]] = {
    StockFreed: [waiting_jobs.offer_freed],
    OfferEnded: [waiting_jobs.follow_offer],
    EventPublished: [room_jobs.announce_at_once],
}

MOST_ATTEMPTS = 12
# How many are claimed by one statement. Few: with a worker that dies, they wait out its lease.
CLAIMED_AT_ONCE = 10
# A claimed reaction is left alone for this long; then its worker is taken for dead.
LEASE = timedelta(minutes=2)


# Built once. Between claim and finish stand the jobs, which have transactions of their own.
_CLAIM = Fixed(
    sa.text(
        """
    UPDATE reactions SET attempts = attempts + 1, due_at = :lease
    WHERE id IN (
        SELECT id FROM reactions WHERE status = 'due' AND due_at <= :now
        ORDER BY due_at, id LIMIT :most FOR NO KEY UPDATE SKIP LOCKED
    )
    RETURNING id, job, payload
    """
    )
)
_FINISH = Fixed(
    sa.text("UPDATE reactions SET status = 'done' WHERE id = ANY(:ids) AND status = 'due'")
)


@dataclass(frozen=True, slots=True)
class Claimed:
    id: int
    job: str
    payload: dict[str, Any]


def _name(job: Job) -> str:
    return f"{job.__module__}.{job.__name__}"


JOBS_OF = {fact.name(): [_name(job) for job in jobs] for fact, jobs in REACTIONS.items()}
_BY_NAME = {_name(job): job for jobs in REACTIONS.values() for job in jobs}


def relay_facts(limit: int = 500) -> int:
    """Gives each fact that was recorded without its reactions a row for each of its jobs; how many
    facts that were. The net under `record`, for a program that did not know who reacts.

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
        rows = [_row(fact, job, now) for fact in facts for job in JOBS_OF.get(fact.name, [])]
        if rows:
            db.session.execute(insert(StoredReaction).on_conflict_do_nothing(), rows)
        for fact in facts:
            fact.relayed_at = now
    return len(facts)


def work_off(limit: int = 1000) -> int:
    """Runs what is due, a few claimed together; how many ran. A claim that is not full took the
    last: what came since is seen by whoever looks again."""
    ran = 0
    while ran < limit and (claimed := _claim(clock.now())):
        _finish([one.id for one in claimed if _run(one)])
        ran += len(claimed)
        if len(claimed) < CLAIMED_AT_ONCE:
            break
    return ran


def _claim(now: datetime) -> list[Claimed]:
    with transaction():
        rows = _CLAIM.all({"now": now, "lease": now + LEASE, "most": CLAIMED_AT_ONCE})
        return sorted((Claimed(*row) for row in rows), key=lambda one: one.id)


def _run(claimed: Claimed) -> bool:
    """Whether it went well; otherwise it is put off."""
    try:
        _BY_NAME[claimed.job](claimed.payload)
    except Exception as fault:  # whatever it is, it is written down and tried again
        db.session.rollback()
        log.exception("reaction_failed", job=claimed.job, reaction=claimed.id)
        _postpone(claimed.id, repr(fault))
        return False
    return True


def _finish(ids: list[int]) -> None:
    """All that went well, by one statement; those that another worker has done are done."""
    if ids:
        with transaction():
            _FINISH.run({"ids": ids})


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


def _row(fact: StoredFact, job: str, now: datetime) -> dict[str, Any]:
    return {
        "fact_id": fact.id,
        "job": job,
        "payload": fact.payload,
        "status": ReactionStatus.DUE,
        "attempts": 0,
        "due_at": now,
    }
