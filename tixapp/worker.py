"""The RQ worker. A job is only a wake-up: the work list is rows in PostgreSQL.

Whoever empties Redis loses no work: the clock wakes the worker again, and the worker's own chain
of jobs begins anew when it starts.
"""

import gc
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event as Flag
from threading import Thread

import sqlalchemy as sa
import structlog
from flask import Flask
from redis import Redis
from redis.backoff import ExponentialBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rq import Queue
from rq.worker import SimpleWorker
from sqlalchemy.exc import OperationalError

from tixapp.config import Settings
from tixapp.core.clock import clock
from tixapp.core.db import db
from tixapp.core.facts import looking_again
from tixapp.core.fixed import Fixed
from tixapp.inventory.jobs import expire_holds
from tixapp.inventory.queries import next_deadline
from tixapp.mails.jobs import send_due_mails
from tixapp.reactions import relay_facts, work_off
from tixapp.waiting.jobs.list import lapse_offers
from tixapp.webhooks.jobs import work_off_events

QUEUE = "tixapp"
# Set while a wake-up waits in the queue, so that a thousand sales make one job and not a thousand.
WOKEN = "{tixapp}:woken"
WOKEN_SECONDS = 10
# Two names by turns: a job that has ended takes its name away, the one it has set keeps its own.
LINKS = ("chain-0", "chain-1")
LONGEST_PAUSE = timedelta(seconds=30)
SHORTEST_PAUSE = timedelta(seconds=1)
# How often the worker sees to it that the chain was not lost with what Redis had.
MINDED_SECONDS = 5.0
LATE = timedelta(seconds=5)
# Whoever pays comes back by themselves, as a rule before this: then a webhook has nothing to do.
HEAD_START = timedelta(seconds=1)

_DUE = Fixed(
    sa.text(
        """
    SELECT EXISTS (
               SELECT FROM stripe_events
               WHERE status = 'received' AND due_at <= :now AND received_at <= :received_by
           ),
           EXISTS (SELECT FROM facts WHERE relayed_at IS NULL),
           EXISTS (SELECT FROM reactions WHERE status = 'due' AND due_at <= :now),
           EXISTS (SELECT FROM mails WHERE status = 'queued' AND due_at <= :now)
    """
    )
)

log = structlog.get_logger()
_running: list[Flask] = []


def redis_for(settings: Settings) -> Redis:
    return Redis.from_url(
        settings.redis_url,
        socket_connect_timeout=2,
        health_check_interval=30,
        retry=Retry(ExponentialBackoff(cap=2), 3),
    )


def wake_worker(redis: Redis) -> None:
    """Raises RedisError when Redis is away."""
    if redis.set(WOKEN, b"1", nx=True, ex=WOKEN_SECONDS):
        Queue(QUEUE, connection=redis).enqueue(work, result_ttl=0, failure_ttl=3600)


@dataclass(frozen=True, slots=True)
class Due:
    """Whether anything of a kind waits to be worked off now."""

    events: bool
    facts: bool
    reactions: bool
    letters: bool


NOTHING = Due(events=False, facts=False, reactions=False, letters=False)


def what_is_due() -> Due:
    """In one statement."""
    try:
        now = clock.now()
        asked = {"now": now, "received_by": now - HEAD_START}
        row = _DUE.one(asked)
    finally:
        db.session.rollback()
    return Due(*row)


def work_off_all() -> int:
    """Everything that is due, until nothing is left: webhooks, facts, reactions, letters. Safe
    beside another one."""
    done = 0
    with looking_again():
        while some := _work_off(what_is_due()):
            done += some
    return done


def _work_off(due: Due) -> int:
    done = work_off_events(head_start=HEAD_START) if due.events else 0
    done += relay_facts() if due.facts else 0
    done += work_off() if due.reactions else 0
    return done + (send_due_mails() if due.letters else 0)


def work() -> None:
    """The job behind a wake-up."""
    app = _running[0]
    with app.app_context():
        redis_for(app.extensions["settings"]).delete(WOKEN)
        work_off_all()


def chain(link: int) -> None:
    """Ends the holds and offers that are due, works off what else is, and sets itself for the next
    deadline: with the clock dead, holds still end on time and tickets still go out."""
    app = _running[0]
    with app.app_context():
        try:
            expire_holds()
            lapse_offers()
            work_off_all()
        finally:
            _set_chain(app.extensions["settings"], link=1 - link)


def run_worker(app: Flask) -> None:
    """Runs until it is told to stop (SIGTERM, SIGINT)."""
    settings: Settings = app.extensions["settings"]
    _running[:] = [app]
    redis = redis_for(settings)
    with app.app_context():
        _set_chain(settings, link=0)
    stopped = Flag()
    Thread(target=_mind_chain, args=[settings, stopped], daemon=True).start()
    # RQ's scheduler is a fork of this process: what neither touches, both go on sharing.
    gc.collect()
    gc.freeze()
    worker = SimpleWorker([Queue(QUEUE, connection=redis)], connection=redis)
    try:
        worker.work(with_scheduler=True, logging_level="WARNING")
    finally:
        stopped.set()


def mend_chain(settings: Settings) -> None:
    """Begins the chain anew if Redis has lost it, or if RQ's scheduler has died of that.

    One that is at work just now makes two of them for a while, of the same two names: no harm.
    """
    queue = Queue(QUEUE, connection=redis_for(settings))
    registry = queue.scheduled_job_registry
    late = registry.get_jobs_to_schedule(int((clock.now() - LATE).timestamp()))
    for link in late:
        registry.remove(link)
    waits = set(LINKS) & {*registry.get_job_ids(), *queue.get_job_ids()}
    if not waits:
        queue.enqueue(chain, 0, job_id=LINKS[0], result_ttl=0, failure_ttl=3600)


def _mind_chain(settings: Settings, stopped: Flag) -> None:
    while not stopped.wait(MINDED_SECONDS):
        with suppress(RedisError):
            mend_chain(settings)


def _schedule(queue: Queue, at: datetime, *, link: int) -> None:
    queue.enqueue_at(at, chain, link, job_id=LINKS[link], result_ttl=0, failure_ttl=3600)


def _set_chain(settings: Settings, *, link: int) -> None:
    now = clock.now()
    due = _next_deadline()
    at = min(max(due or now + LONGEST_PAUSE, now + SHORTEST_PAUSE), now + LONGEST_PAUSE)
    try:
        _schedule(Queue(QUEUE, connection=redis_for(settings)), at, link=link)
    except RedisError as fault:
        log.warning("chain_not_set", fault=str(fault))


def _next_deadline() -> datetime | None:
    db.session.rollback()  # a fault may have left it in the middle
    try:
        return next_deadline()
    except OperationalError:
        return None
    finally:
        db.session.rollback()
