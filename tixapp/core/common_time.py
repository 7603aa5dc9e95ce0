"""Every process keeps the database's time: a hold that one of them makes another may end."""

import time
from contextlib import suppress
from datetime import datetime
from typing import Any, cast

import psycopg
import sqlalchemy as sa

from .clock import SystemTime, system_time

LOOK_SECONDS = 10.0


def keep_time_with(engine: sa.Engine, own: SystemTime = system_time) -> None:
    """Before the time is first told, and then now and then as a connection is lent."""
    looked = float("-inf")

    def compare(connection: psycopg.Connection[Any], *_: object) -> None:
        nonlocal looked
        if time.monotonic() - looked < LOOK_SECONDS:
            return
        looked = time.monotonic()
        with suppress(psycopg.Error):  # whoever it is lent to will meet the same fault
            own.compare(lambda: _asked(connection))
            connection.rollback()

    def borrow_one() -> None:
        with suppress(sa.exc.OperationalError, sa.exc.TimeoutError), engine.connect():
            pass

    sa.event.listen(engine, "checkout", compare)
    own.first = borrow_one


def _asked(connection: psycopg.Connection[Any]) -> datetime:
    row = connection.execute("SELECT clock_timestamp()").fetchone()
    return cast("tuple[datetime]", row)[0]
