"""The clock: it hands work over, does it itself without Redis, and no fault stops its sweeps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from redis import Redis
from redis.exceptions import ConnectionError as RedisAway
from sqlalchemy.exc import OperationalError

from tixapp import clockwork
from tixapp.clockwork import Clockwork
from tixapp.schedule import Sweep
from tixapp.worker import NOTHING


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was done, in order; everything the clock calls only says that it was called."""
    ran: list[str] = []

    def noting(name: str) -> Callable[..., int]:
        def note(*_: object) -> int:
            ran.append(name)
            return 0

        note.__name__ = name
        return note

    monkeypatch.setattr(clockwork, "what_is_due", lambda: replace(NOTHING, facts=True))
    monkeypatch.setattr(clockwork, "wake_worker", noting("wake"))
    monkeypatch.setattr(clockwork, "work_off_all", noting("work"))
    monkeypatch.setattr(clockwork, "SWEEPS", (Sweep(noting("often"), 0), Sweep(noting("rare"), 60)))
    return ran


@pytest.fixture
def clock(app: Flask, redis_url: str) -> Clockwork:
    clock = Clockwork(app)
    clock.redis = Redis.from_url(redis_url)
    return clock


def failing(error: Exception) -> Callable[..., int]:
    def fail(*_: object) -> int:
        raise error

    return fail


def test_what_it_is_told_is_handed_to_the_worker(clock: Clockwork, ran: list[str]) -> None:
    clock.tick(told=True)
    assert ran == ["wake", "often", "rare"]


def test_a_sweep_runs_again_when_its_time_has_come(clock: Clockwork, ran: list[str]) -> None:
    clock.tick(told=True)
    ran.clear()
    clock.tick(told=False)
    assert ran == ["wake", "often"]  # it looks by itself too, the first time untold
    ran.clear()
    clock.tick(told=False)
    assert ran == ["often"]


def test_while_nothing_is_due_it_wakes_nobody(
    clock: Clockwork, ran: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clockwork, "what_is_due", lambda: NOTHING)
    clock.tick(told=False)
    assert ran == ["often", "rare"]


def test_without_redis_it_does_the_workers_work(
    clock: Clockwork, ran: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clockwork, "wake_worker", failing(RedisAway("away")))
    clock.tick(told=True)
    assert ran == ["work", "often", "rare"]


@pytest.mark.parametrize(("part", "told"), [("what_is_due", False), ("wake_worker", True)])
def test_an_unforeseen_fault_in_the_hand_over_stops_no_sweep(
    clock: Clockwork, ran: list[str], monkeypatch: pytest.MonkeyPatch, part: str, told: bool
) -> None:
    monkeypatch.setattr(clockwork, part, failing(RuntimeError("a fact in a new shape")))
    clock.tick(told=told)
    assert ran[-2:] == ["often", "rare"]


def test_a_fault_in_one_sweep_stops_no_other(
    clock: Clockwork, ran: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    [_, rare] = clockwork.SWEEPS
    broken = Sweep(failing(RuntimeError("never")), 0)
    monkeypatch.setattr(clockwork, "SWEEPS", (broken, rare))
    clock.tick(told=False)
    assert ran[-1] == "rare"


def test_a_database_that_is_away_is_waited_for_and_not_hidden(
    clock: Clockwork, ran: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    away = OperationalError("SELECT 1", {}, Exception("connection refused"))
    monkeypatch.setattr(clockwork, "SWEEPS", (Sweep(failing(away), 0),))
    with pytest.raises(OperationalError):
        clock.tick(told=False)
