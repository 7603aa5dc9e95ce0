"""A release while the program before it runs: its migrations may be killed and come twice, and they
take nothing away that the old program names."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise

import psycopg
import pytest

from tests.engines import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

VERSION = "SELECT version_num FROM alembic_version"
UNFIT = "SELECT count(*) FROM pg_index WHERE NOT indisvalid"
# What a program must give a column of each table, after each migration.
COLUMNS = """
    SELECT table_name || '.' || column_name,
           is_nullable = 'NO' AND column_default IS NULL AND is_identity = 'NO'
               AND is_generated = 'NEVER'
    FROM information_schema.columns WHERE table_schema = 'public'
"""
WAITING = """
    FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()
"""
# The server would notice later that nobody is there any more.
HANG_UP = f"SELECT count(pg_terminate_backend(pid, 5000)) {WAITING}"
UPGRADE = """
import json, sys
from flask_migrate import upgrade
from tests.fixtures.settings import make_settings
from tixapp.app import create_app
from tixapp.core.db import db

url, columns, *steps = sys.argv[1:]
app = create_app(make_settings(database_url=url, redis_url="memory://"))
with app.app_context():
    for step in steps:
        upgrade(revision=step)
        if columns:
            with db.engine.connect() as connection:
                found = connection.exec_driver_sql(columns).all()
            print(json.dumps(dict(map(tuple, found))))
"""


def upgrading(url: str, *steps: str, columns: str = "") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", UPGRADE, url, columns, *steps],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def upgrade(url: str, *steps: str, columns: str = "") -> str:
    process = upgrading(url, *steps, columns=columns)
    said, faults = process.communicate()
    assert process.returncode == 0, faults
    return said


def test_no_migration_takes_away_or_asks_for_what_the_program_before_it_does_not_know(
    fresh_database: str,
) -> None:
    steps = sorted(path.name[:4] for path in (ROOT / "migrations" / "versions").glob("0*.py"))
    lines = upgrade(fresh_database, *steps, columns=COLUMNS).splitlines()
    known = dict(zip(steps, map(json.loads, lines), strict=True))
    broken = []
    for old, new in pairwise(steps):
        tables = {column.partition(".")[0] for column in known[old]}
        broken += [f"{new} takes away {gone}" for gone in known[old].keys() - known[new].keys()]
        broken += [
            f"{new} asks for {column}"
            for column, is_asked_for in known[new].items()
            if is_asked_for
            and column.partition(".")[0] in tables
            and not known[old].get(column, False)
        ]
    assert broken == []


def test_one_that_is_killed_in_the_middle_is_run_again_and_leaves_nothing_half_made(
    fresh_database: str,
) -> None:
    upgrade(fresh_database, "0007")
    kill_while_it_waits(fresh_database, "0008", reader="SELECT 1 FROM tickets")
    assert one(fresh_database, VERSION) == "0007"
    assert one(fresh_database, "SELECT to_regclass('devices')") == "None"
    upgrade(fresh_database, "0019")  # and an index that is made beside its readers
    kill_while_it_waits(fresh_database, "0020", reader="SELECT 1 FROM users")
    assert (one(fresh_database, VERSION), one(fresh_database, UNFIT)) == ("0019", "1")
    upgrade(fresh_database, "0020")
    assert (one(fresh_database, VERSION), one(fresh_database, UNFIT)) == ("0020", "0")


def test_of_two_at_once_the_second_waits_and_finds_the_work_done(fresh_database: str) -> None:
    both = [upgrading(fresh_database, "head") for _ in range(2)]
    faults = [process.communicate()[1] for process in both]
    assert [process.returncode for process in both] == [0, 0], faults


def kill_while_it_waits(url: str, step: str, *, reader: str) -> None:
    with somebody_reads(url, reader):
        process = upgrading(url, step)
        wait_for_a_waiting_backend(url)
        process.kill()
        process.communicate()
        one(url, HANG_UP)


@contextmanager
def somebody_reads(url: str, query: str) -> Iterator[None]:
    """For so long that whoever wants the table for themselves, or all readers gone, must wait."""
    with psycopg.connect(url) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.execute(query.encode())
        yield


def wait_for_a_waiting_backend(url: str) -> None:
    """Of this database: the server is shared."""
    end = time.monotonic() + 60
    while one(url, f"SELECT count(*) {WAITING}") == "0":
        assert time.monotonic() < end, "the migration waits for nobody"
        time.sleep(0.05)


def one(url: str, query: str) -> str:
    with psycopg.connect(url) as connection:
        [found] = connection.execute(query.encode()).fetchone() or ("",)
        return str(found)
