"""The clock process: wakes the worker when rows are due, and runs the sweeps.

It needs PostgreSQL alone. Without Redis it does the worker's work itself. Sweeps that ask Stripe or
others outside run in threads of their own: while those are slow, holds still end on time.
"""

import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event as Flag
from threading import Thread
from typing import Any

import psycopg
import structlog
from flask import Flask
from redis.exceptions import RedisError
from sqlalchemy.exc import OperationalError

from tixapp.config import Settings
from tixapp.core.db import db
from tixapp.core.facts import CHANNEL, LATER
from tixapp.schedule import SWEEPS, Sweep
from tixapp.worker import HEAD_START, NOTHING, redis_for, wake_worker, what_is_due, work_off_all

LONGEST_WAIT = 0.5
# What comes together is handed over together: one wake-up for a webhook and the letter after it.
# A wake-up costs as much as a letter does, and no letter is missed for a third of a second.
GATHERING = 0.3
AFTER_A_FAULT = 1.0
# Nothing may have told us of it (a lost notification, a row that became due): look now and then.
LOOK_SECONDS = 5.0

log = structlog.get_logger()


@dataclass
class Clockwork:
    app: Flask
    stopped: Flag = field(default_factory=Flag)
    _next: dict[str, float] = field(default_factory=dict)

    def run(self) -> None:
        """Until SIGTERM or SIGINT. A database that is away is waited for."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stopped.set())
        for sweep in SWEEPS:
            if sweep.asks_outside:
                Thread(target=self._repeat, args=[sweep], daemon=True).start()
        while not self.stopped.is_set():
            try:
                self._listen()
            except (psycopg.OperationalError, OperationalError) as fault:
                log.warning("clock_without_database", fault=str(fault).strip())
                self.stopped.wait(AFTER_A_FAULT)

    def _listen(self) -> None:
        settings: Settings = self.app.extensions["settings"]
        address = settings.database_url.replace("postgresql+psycopg://", "postgresql://")
        self.redis = redis_for(settings)
        with psycopg.connect(address, autocommit=True, connect_timeout=5) as connection:
            connection.execute(f"LISTEN {CHANNEL}")
            told = True  # what came while nobody listened
            while not self.stopped.is_set():
                self.tick(told=told)
                told = self._is_told(connection)

    def _is_told(self, connection: psycopg.Connection[Any]) -> bool:
        """Waits for news, and a moment longer for what comes with it. What is for later is looked
        at when its head start is over."""
        heard = {news.payload for news in connection.notifies(timeout=LONGEST_WAIT, stop_after=1)}
        if not heard:
            return False
        self.stopped.wait(GATHERING)
        heard |= {news.payload for news in connection.notifies(timeout=0)}
        if LATER in heard:
            self._look_by(time.monotonic() + HEAD_START.total_seconds())
        return heard != {LATER}

    def tick(self, *, told: bool) -> None:
        """One round: what was told of, then the sweeps whose time has come."""
        with self.app.app_context():
            if told:
                _run(self._hand_over)
            elif self._due("look", LOOK_SECONDS):
                _run(self._look)
            for sweep in SWEEPS:
                if not sweep.asks_outside and self._due(sweep.job.__name__, sweep.seconds):
                    _run(sweep.job)

    def _repeat(self, sweep: Sweep) -> None:
        while not self.stopped.wait(sweep.seconds):
            try:
                with self.app.app_context():
                    _run(sweep.job)
            except OperationalError as fault:
                log.warning("sweep_without_database", sweep=sweep.job.__name__, fault=str(fault))

    def _look(self) -> None:
        if what_is_due() != NOTHING:
            self._hand_over()

    def _hand_over(self) -> None:
        try:
            wake_worker(self.redis)
        except RedisError as fault:
            log.warning("clock_without_redis", fault=str(fault))
            work_off_all()

    def _look_by(self, moment: float) -> None:
        self._next["look"] = min(moment, self._next.get("look", moment))

    def _due(self, name: str, seconds: float) -> bool:
        now = time.monotonic()
        if now < self._next.get(name, 0.0):
            return False
        self._next[name] = now + seconds
        return True


def _run(job: Callable[[], object]) -> None:
    """A fault in one job stops neither the others nor its next run."""
    try:
        job()
    except OperationalError:
        raise
    except Exception:
        db.session.rollback()
        log.exception("clock_job_failed", job=job.__name__)
