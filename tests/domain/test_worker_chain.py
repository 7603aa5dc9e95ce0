"""The worker's own chain of jobs, after Redis was emptied or RQ's scheduler has died."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from rq import Queue

from tixapp.config import Settings
from tixapp.worker import LINKS, QUEUE, chain, mend_chain, redis_for


@pytest.fixture
def queue(settings: Settings) -> Iterator[Queue]:
    redis = redis_for(settings)
    queue = Queue(QUEUE, connection=redis)
    yield queue
    for link in LINKS:
        queue.scheduled_job_registry.remove(link)
        redis.delete(f"rq:job:{link}")
    queue.empty()


def test_a_chain_that_redis_has_lost_begins_anew_once(queue: Queue, settings: Settings) -> None:
    mend_chain(settings)
    mend_chain(settings)
    assert queue.get_job_ids() == [LINKS[0]]


def test_a_link_that_nobody_takes_up_is_taken_up(
    queue: Queue, settings: Settings, now: datetime
) -> None:
    queue.enqueue_at(now - timedelta(days=9000), chain, 1, job_id=LINKS[1])
    mend_chain(settings)
    assert queue.get_job_ids() == [LINKS[0]]
    assert queue.scheduled_job_registry.get_job_ids() == []


def test_a_chain_that_is_set_is_left_alone(queue: Queue, settings: Settings, now: datetime) -> None:
    queue.enqueue_at(now + timedelta(days=9000), chain, 1, job_id=LINKS[1])
    mend_chain(settings)
    assert queue.get_job_ids() == []
    assert queue.scheduled_job_registry.get_job_ids() == [LINKS[1]]
