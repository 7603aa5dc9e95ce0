"""Each process killed at the moment where it hurts: the buyer gets their tickets and one letter."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.journeys.running import Running

from .aftermath import wait_until
from .scene import database
from .shopping import Shopper
from .strikes import kill

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


def test_the_web_server_dies_between_payment_and_return(tixapp: Running, shopper: Shopper) -> None:
    order = shopper.order()
    strike(tixapp, "web")
    shopper.pay(order)
    assert len(shopper.tickets(order)) == 2
    assert shopper.letters() == 1


def test_a_lost_webhook_is_found_by_the_reconciler(tixapp: Running, shopper: Shopper) -> None:
    order = shopper.order()
    tixapp.control("/faults", action="lose", type="*", count=50)
    try:
        shopper.pay(order)
        with database(tixapp) as connection:
            pass_two_minutes(connection, order["id"])
        assert len(shopper.tickets(order)) == 2
    finally:
        tixapp.delete_control("/faults")
    assert shopper.letters() == 1


def test_redis_is_killed_and_comes_back_empty(tixapp: Running, shopper: Shopper) -> None:
    strike(tixapp, "redis")
    order = shopper.order()
    strike(tixapp, "redis")
    shopper.pay(order)
    assert len(shopper.tickets(order)) == 2
    assert shopper.letters() == 1


def test_without_the_clock_the_worker_ends_holds_and_sends_tickets(
    tixapp: Running, shopper: Shopper, another: Shopper
) -> None:
    order, hold = shopper.order(), another.hold()
    with halted(tixapp, "clock"):
        # What the worker had set itself to do is lost with it.
        strike(tixapp, "redis", patience=15)
        with database(tixapp) as connection:
            connection.execute(
                "UPDATE holds SET expires_at = now() WHERE public_id = %s", [hold["id"]]
            )
            shopper.pay(order)
            assert len(shopper.tickets(order, within=60)) == 2
            assert shopper.letters(within=60) == 1
            wait_until(
                lambda: status_of_hold(connection, hold["id"]) == "expired",
                60,
                "the hold did not end",
            )


def test_the_worker_dies_and_its_work_is_taken_up_again(tixapp: Running, shopper: Shopper) -> None:
    order = shopper.order()
    strike(tixapp, "worker")
    shopper.pay(order)
    strike(tixapp, "worker", patience=15)
    assert len(shopper.tickets(order)) == 2
    assert shopper.letters() == 1


def test_worker_clock_and_database_die_together(tixapp: Running, shopper: Shopper) -> None:
    order = shopper.order()
    shopper.pay(order)
    for name in ("worker", "clock", "postgres"):
        strike(tixapp, name, patience=15)
    assert len(shopper.tickets(order)) == 2
    assert shopper.letters() == 1


def test_afterwards_the_books_are_in_order(tixapp: Running, shopper: Shopper) -> None:
    shopper.order()
    assert tixapp.command("audit").strip().endswith("The books are in order.")


def strike(running: Running, name: str, *, patience: float = 5) -> None:
    """Kills it, and waits until it is gone: another strike is for the one that comes after it."""
    pid = pid_of(running, name, patience=patience)
    kill(running, name, pid)
    wait_until(lambda: found(running, name) != pid, patience, f"{name} was killed and is there")


def pid_of(running: Running, name: str, *, patience: float) -> int:
    wait_until(lambda: found(running, name) is not None, patience, f"{name} does not run")
    return running.process_id(name)


def found(running: Running, name: str) -> int | None:
    try:
        return running.process_id(name)
    except AssertionError:
        return None


@contextmanager
def halted(running: Running, name: str) -> Iterator[None]:
    """As good as dead, and not started again."""
    pid = pid_of(running, name, patience=15)
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def pass_two_minutes(connection: object, order: str) -> None:
    """An open payment is looked at two minutes after it was opened: they pass in its row."""
    connection.execute(  # type: ignore[attr-defined]
        "UPDATE payments p SET look_at = now() FROM orders o"
        " WHERE o.id = p.order_id AND o.public_id = %s",
        [order],
    )


def status_of_hold(connection: object, hold: str) -> str:
    row = connection.execute(  # type: ignore[attr-defined]
        "SELECT status FROM holds WHERE public_id = %s", [hold]
    ).fetchone()
    return str(row[0])
