"""A machine whose clock is wrong: all processes keep the database's time."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from structlog.testing import capture_logs

from tests.factories.accounts import make_user
from tests.factories.events import make_event, make_tier
from tests.factories.inventory import counts, hold_places
from tests.fixtures.app import DbSession, new_browser
from tests.fixtures.browser import Browser
from tests.fixtures.till import Till
from tests.journeys.running import Running
from tests.people import Person
from tixapp.app import create_app
from tixapp.config import Settings
from tixapp.core.clock import clock, system_time
from tixapp.core.db import db
from tixapp.inventory.jobs import expire_holds
from tixapp.inventory.models import Hold

from .aftermath import wait_until
from .scene import database
from .shopping import Shopper
from .test_killed_processes import halted, status_of_hold

MINUTE, TEN_MINUTES = timedelta(minutes=1), timedelta(minutes=10)
AHEAD = timedelta(hours=2)
WRONG = pytest.mark.parametrize(
    "by", [AHEAD, -TEN_MINUTES], ids=["two hours ahead", "ten minutes behind"]
)
Begin = Callable[[timedelta], AbstractContextManager[Flask]]
# The product's own seam: the time that a process begins with.
SKEWED = """
import sys
from datetime import timedelta
from tixapp.core.clock import system_time
system_time._began += timedelta(seconds=float(sys.argv.pop(1)))
from tixapp.cli import main
main()
"""


@pytest.fixture
def db_session(committed: DbSession) -> DbSession:
    return committed


@pytest.fixture
def begin(app: Flask, settings: Settings, till: Till, monkeypatch: pytest.MonkeyPatch) -> Begin:
    """`with begin(by) as program: …`: one that begins now, on such a machine."""

    @contextmanager
    def begun(by: timedelta) -> Iterator[Flask]:
        program = create_app(settings, app.extensions["gateways"])
        program.test_client_class = Browser
        monkeypatch.setattr(system_time, "_began", system_time._began + by)
        monkeypatch.setattr(system_time, "_tried", float("-inf"))
        with program.app_context():
            yield program
            db.session.remove()
            db.engine.dispose()

    return begun


def true_time() -> datetime:
    return datetime.now(UTC)


@WRONG
def test_its_first_sweep_ends_no_hold_and_a_hold_of_its_own_lasts_ten_minutes(
    begin: Begin, alice: Person, by: timedelta
) -> None:
    assert alice.seller
    event = make_event(alice.seller)
    floor, bob, carol = make_tier(event), make_user("Bob"), make_user("Carol")
    hold_places(event, bob, {floor: 2}, now=true_time())
    with begin(by), capture_logs() as logs:
        assert expire_holds() == 0
        hold_places(event, carol, {floor: 1}, now=clock.now())
        ends = db.session.scalars(sa.select(Hold.expires_at)).all()
    assert [line["event"] for line in logs] == ["clock_corrected"]
    assert counts(floor) == (3, 0)
    assert [abs(end - true_time() - TEN_MINUTES) < MINUTE for end in ends] == [True, True]


@WRONG
def test_a_webhook_that_was_signed_now_is_taken(
    begin: Begin, db_session: DbSession, till: Till, by: timedelta
) -> None:
    event = {"id": "evt_1", "object": "event", "type": "x", "created": 1, "data": {"object": {}}}
    body, signed = till.signed(event | {"account": "acct_1"})
    with begin(by) as program:
        answer = new_browser(program).post(
            "/stripe/webhook/connect", data=body, headers={"Stripe-Signature": signed}
        )
    assert answer.status_code == 200


@pytest.mark.slow
def test_a_clock_process_two_hours_ahead_ends_what_is_due_and_nothing_else(
    tixapp: Running, shopper: Shopper, another: Shopper, tmp_path: Path
) -> None:
    lasting, due = shopper.hold()["id"], another.hold()["id"]
    log = tmp_path / "clock.log"
    with halted(tixapp, "clock"), skewed(tixapp, AHEAD, log, "clock"):
        wait_until(lambda: "clock_corrected" in log.read_text(), 30, "nothing was noticed")
        with database(tixapp) as connection:
            ends = "UPDATE holds SET expires_at = now() WHERE public_id = %s"
            connection.execute(ends, [due])
            wait_until(lambda: status_of_hold(connection, due) == "expired", 30, "it did not end")
            assert status_of_hold(connection, lasting) == "active"


@contextmanager
def skewed(running: Running, by: timedelta, log: Path, *words: str) -> Iterator[None]:
    """`python -m tixapp …` on a machine whose clock is wrong, in a zone that moves its clocks."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-c", SKEWED, str(by.total_seconds()), *words],
            cwd=running.folder,
            env=running.settings() | {"TZ": "Europe/Zurich", "PYTHONPATH": str(running.folder)},
            stdout=output,
            stderr=output,
        )
    try:
        yield
    finally:
        process.terminate()
        process.wait(20)
