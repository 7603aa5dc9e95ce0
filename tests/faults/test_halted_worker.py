"""A worker that stands still in the middle of a job, as a machine does that is paused."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.journeys.running import Running

from .aftermath import wait_until
from .scene import database
from .shopping import Shopper

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

WAITING_TO_WRITE = """
    SELECT pid FROM pg_stat_activity
    WHERE wait_event_type = 'Lock' AND query LIKE 'INSERT INTO mails%'
"""


def test_another_worker_takes_its_job_and_the_first_undoes_nothing_when_it_wakes(
    tixapp: Running, shopper: Shopper, another: Shopper, tmp_path: Path
) -> None:
    order, later = shopper.order(), another.order()
    with database(tixapp) as connection:
        with letters_kept_back(tixapp) as writing:
            shopper.pay(order)
            backend = the_one_that_waits(connection)
            first = tixapp.process_id("worker")
            os.kill(first, signal.SIGSTOP)
            writing.rollback()
        try:
            with second_worker(tixapp, tmp_path / "worker.log"):
                half_a_minute_passes(connection, backend)
                two_minutes_pass(connection)
                assert len(shopper.tickets(order, within=60)) == 2
                assert shopper.letters(within=60) == 1
        finally:
            os.kill(first, signal.SIGCONT)
        # Awake, it works on, and what it had in hand is not done a second time.
        another.pay(later)
        assert len(another.tickets(later, within=60)) == 2
        assert another.letters(within=60) == 1
        two_minutes_pass(connection)  # for what others here have killed as well
        wait_until(lambda: nothing_is_due(connection), 30, "something is left undone")
    assert shopper.letters() == 1
    assert tixapp.process_id("worker") == first
    assert tixapp.command("audit").strip().endswith("The books are in order.")


@contextmanager
def letters_kept_back(running: Running) -> Iterator[psycopg.Connection[Any]]:
    """Nobody can write one until it is rolled back: whoever tries stands in the midst of a job."""
    with psycopg.connect(running.settings()["DATABASE_URL"]) as connection:
        connection.execute("LOCK TABLE mails IN SHARE MODE")
        yield connection


def the_one_that_waits(connection: psycopg.Connection[Any]) -> int:
    wait_until(lambda: bool(_waiting(connection)), 20, "nobody wants to write a letter")
    [backend] = _waiting(connection)
    return backend


def _waiting(connection: psycopg.Connection[Any]) -> list[int]:
    return [int(row[0]) for row in connection.execute(WAITING_TO_WRITE).fetchall()]


def half_a_minute_passes(connection: psycopg.Connection[Any], backend: int) -> None:
    """PostgreSQL hangs up on a transaction that does nothing for so long: here at once."""
    connection.execute("SELECT pg_terminate_backend(%s, 5000)", [backend])


def two_minutes_pass(connection: psycopg.Connection[Any]) -> None:
    """The lease of a job in hand is over: here in its row."""
    connection.execute("UPDATE reactions SET due_at = now() WHERE status = 'due'")


def nothing_is_due(connection: psycopg.Connection[Any]) -> bool:
    row = connection.execute("SELECT count(*) FROM reactions WHERE status <> 'done'").fetchone()
    return row == (0,)


@contextmanager
def second_worker(running: Running, log: Path) -> Iterator[None]:
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "tixapp", "worker"],
            cwd=running.folder,
            env=running.settings() | {"PYTHONPATH": str(running.folder)},
            stdout=output,
            stderr=output,
        )
    try:
        yield
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(20)
        process.kill()
        process.wait()
