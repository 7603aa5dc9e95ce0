"""News travels by rows: a fact becomes one reaction for each job, and a reaction is tried until it
is done. Redis only wakes whoever works them off."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from redis import Redis
from rq import Queue
from rq.job import Job
from rq.scheduler import RQScheduler
from rq.worker import SimpleWorker

from tixapp import reactions, worker
from tixapp.core import facts
from tixapp.core.clock import clock
from tixapp.core.db import db, transaction
from tixapp.core.facts import Fact, ReactionStatus, StoredFact, StoredReaction, record
from tixapp.reactions import relay_facts, work_off
from tixapp.worker import QUEUE, redis_for, wake_worker

Move = Callable[[datetime | timedelta], datetime]
SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class DoorOpened(Fact):
    door: int


@dataclass(frozen=True)
class NobodyCares(Fact):
    pass


class Ear:
    """A job that remembers what it was told. `fault` is raised instead."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []
        self.fault: Exception | None = None

    def listen(self, fact: dict[str, Any]) -> None:
        if self.fault:
            raise self.fault
        self.heard.append(fact)


@pytest.fixture
def ear(monkeypatch: pytest.MonkeyPatch) -> Ear:
    ear = Ear()

    def listen(fact: dict[str, Any]) -> None:
        ear.listen(fact)

    def shout(_fact: dict[str, Any]) -> None:
        pass

    names = [reactions._name(job) for job in (listen, shout)]
    monkeypatch.setitem(facts._jobs, "DoorOpened", names)
    monkeypatch.setitem(reactions.JOBS_OF, "DoorOpened", names)
    for name, job in zip(names, (listen, shout), strict=True):
        monkeypatch.setitem(reactions._BY_NAME, name, job)
    return ear


def tell(fact: Fact) -> None:
    with transaction():
        record(fact)


def rows() -> list[StoredReaction]:
    query = sa.select(StoredReaction).order_by(StoredReaction.id)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def test_a_fact_becomes_one_reaction_for_each_job_once(now: datetime, ear: Ear) -> None:
    tell(DoorOpened(7))
    assert relay_facts() == 0
    assert [(row.job.rpartition(".")[2], row.payload, row.due_at) for row in rows()] == [
        ("listen", {"door": 7}, now),
        ("shout", {"door": 7}, now),
    ]
    assert (work_off(), work_off()) == (2, 0)
    assert ear.heard == [{"door": 7}]
    assert {row.status for row in rows()} == {ReactionStatus.DONE}


def test_a_fact_told_by_a_program_that_did_not_know_who_reacts_is_relayed_once(
    now: datetime, ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(facts._jobs, "DoorOpened")
    tell(DoorOpened(7))
    assert rows() == []
    assert (relay_facts(), relay_facts()) == (1, 0)
    assert [row.job.rpartition(".")[2] for row in rows()] == ["listen", "shout"]
    assert work_off() == 2
    assert ear.heard == [{"door": 7}]


def test_a_fact_that_nobody_cares_about_is_laid_by(now: datetime) -> None:
    tell(NobodyCares())
    assert relay_facts() == 1
    assert rows() == []
    assert db.session.scalar(sa.select(StoredFact.relayed_at)) == now


def test_a_fact_of_a_transaction_that_failed_never_happened(ear: Ear) -> None:
    def fail() -> None:
        with transaction():
            record(DoorOpened(7))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert (rows(), relay_facts()) == ([], 0)


def test_a_job_that_fails_is_tried_again_after_ever_longer_pauses(
    now: datetime, at: Move, ear: Ear
) -> None:
    tell(DoorOpened(7))
    ear.fault = RuntimeError("not now")
    work_off()
    listening = rows()[0]
    assert (listening.status, listening.attempts) == (ReactionStatus.DUE, 1)
    assert (listening.due_at, listening.last_fault) == (
        now + 2 * SECOND,
        "RuntimeError('not now')",
    )
    assert work_off() == 0
    at(2 * SECOND)
    work_off()
    assert rows()[0].due_at == clock.now() + 4 * SECOND
    ear.fault = None
    at(4 * SECOND)
    work_off()
    assert (ear.heard, rows()[0].status) == ([{"door": 7}], ReactionStatus.DONE)


def test_after_twelve_faults_it_is_left_to_a_person(at: Move, ear: Ear) -> None:
    tell(DoorOpened(7))
    ear.fault = RuntimeError("never")
    for _ in range(12):
        work_off()
        at(timedelta(hours=2))
    assert (rows()[0].status, rows()[0].attempts) == (ReactionStatus.FAILED, 12)
    assert work_off() == 0


def test_a_fault_in_one_job_keeps_no_other(ear: Ear) -> None:
    tell(DoorOpened(7))
    ear.fault = RuntimeError("not now")
    assert work_off() == 2
    assert [row.status for row in rows()] == [ReactionStatus.DUE, ReactionStatus.DONE]


def test_a_job_that_is_no_longer_known_is_kept_for_a_person(now: datetime, ear: Ear) -> None:
    tell(DoorOpened(7))
    older = sa.update(StoredReaction).values(job="tixapp.older." + StoredReaction.job)
    db.session.execute(older)
    db.session.commit()
    work_off()
    assert [row.status for row in rows()] == [ReactionStatus.DUE] * 2
    assert "KeyError" in (rows()[0].last_fault or "")


def test_a_worker_so_slow_that_another_did_its_work_takes_no_harm(
    at: Move, ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(DoorOpened(7))
    name = rows()[0].job

    def slow(fact: dict[str, Any]) -> None:
        monkeypatch.setitem(reactions._BY_NAME, name, ear.listen)
        at(timedelta(minutes=3))
        work_off()

    monkeypatch.setitem(reactions._BY_NAME, name, slow)
    work_off()
    assert (ear.heard, rows()[0].status) == ([{"door": 7}], ReactionStatus.DONE)


def test_a_worker_so_slow_that_it_fails_after_another_succeeded_changes_nothing(
    at: Move, ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(DoorOpened(7))
    name = rows()[0].job

    def slow(fact: dict[str, Any]) -> None:
        monkeypatch.setitem(reactions._BY_NAME, name, ear.listen)
        at(timedelta(minutes=3))
        work_off()
        raise RuntimeError("too late")

    monkeypatch.setitem(reactions._BY_NAME, name, slow)
    work_off()
    assert (rows()[0].status, rows()[0].last_fault) == (ReactionStatus.DONE, None)


# Redis


@pytest.fixture
def redis(app: Flask, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Redis]:
    monkeypatch.setattr(worker, "_running", [app])
    with redis_for(app.extensions["settings"]) as client:
        client.flushdb()
        yield client
        client.flushdb()


def work_a_round(redis: Redis) -> None:
    """As the worker's process does: what is scheduled by now is queued, then worked off."""
    queue = Queue(QUEUE, connection=redis)
    scheduler = RQScheduler([queue], connection=redis)
    scheduler.acquire_locks()
    scheduler.enqueue_scheduled_jobs()
    scheduler.release_locks()
    SimpleWorker([queue], connection=redis).work(burst=True, logging_level="ERROR")


def is_set(redis: Redis) -> bool:
    """Whether the next link of the chain will really be found when its time comes."""
    planned = Queue(QUEUE, connection=redis).scheduled_job_registry.get_job_ids()
    return len(planned) == 1 and Job.exists(planned[0], connection=redis)


def make_due(redis: Redis) -> None:
    registry = Queue(QUEUE, connection=redis).scheduled_job_registry
    for job_id in registry.get_job_ids():
        redis.zadd(registry.key, {job_id: 1})


def test_many_wake_ups_are_one_job(redis: Redis) -> None:
    for _ in range(100):
        wake_worker(redis)
    assert len(Queue(QUEUE, connection=redis)) == 1


def test_a_wake_up_works_off_what_is_due(redis: Redis, ear: Ear) -> None:
    tell(DoorOpened(7))
    wake_worker(redis)
    work_a_round(redis)
    assert ear.heard == [{"door": 7}]
    wake_worker(redis)
    assert len(Queue(QUEUE, connection=redis)) == 1


def test_the_workers_own_chain_sets_its_next_link_each_time(
    app: Flask, redis: Redis, ear: Ear
) -> None:
    worker._set_chain(app.extensions["settings"], link=0)
    for door in range(3):
        tell(DoorOpened(door))
        assert is_set(redis)
        make_due(redis)
        work_a_round(redis)
        assert len(ear.heard) == door + 1
    assert is_set(redis)


def test_the_chain_goes_on_after_a_fault(
    app: Flask, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> int:
        raise RuntimeError("the database went away")

    monkeypatch.setattr(worker, "expire_holds", fail)
    worker._set_chain(app.extensions["settings"], link=0)
    make_due(redis)
    work_a_round(redis)
    assert is_set(redis)
