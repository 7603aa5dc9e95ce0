"""The tables can be built, taken down and built again, and are what the models say."""

from __future__ import annotations

import subprocess
import sys

import psycopg
import pytest

from tests.engines import ROOT

# In a process of its own: Alembic configures logging and more for the whole process.
STEPS = """
import sys
from flask_migrate import check, downgrade, upgrade
from tests.fixtures.settings import make_settings
from tixapp.app import create_app

app = create_app(make_settings(database_url=sys.argv[1], redis_url="memory://"))
with app.app_context():
    {"up": upgrade, "down": lambda: downgrade(revision="base"), "check": check}[sys.argv[2]]()
"""


def step(url: str, which: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", STEPS, url, which],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def tables(url: str) -> set[str]:
    query = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    with psycopg.connect(url) as connection:
        return {row[0] for row in connection.execute(query).fetchall()}


def functions_and_triggers(url: str) -> int:
    query = """
        SELECT (SELECT count(*) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
                WHERE n.nspname = 'public' AND NOT EXISTS (
                    SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e'))
             + (SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal)
    """
    with psycopg.connect(url) as connection:
        [count] = connection.execute(query).fetchone() or (0,)
        return int(count)


@pytest.mark.slow
def test_up_down_and_up_again_on_an_empty_database(fresh_database: str) -> None:
    first = step(fresh_database, "up")
    assert first.returncode == 0, first.stderr
    built, helpers = tables(fresh_database), functions_and_triggers(fresh_database)
    assert {"orders", "tickets", "ledger"} <= built

    down = step(fresh_database, "down")
    assert down.returncode == 0, down.stderr
    assert tables(fresh_database) == {"alembic_version"}
    assert functions_and_triggers(fresh_database) == 0

    again = step(fresh_database, "up")
    assert again.returncode == 0, again.stderr
    assert (tables(fresh_database), functions_and_triggers(fresh_database)) == (built, helpers)


@pytest.mark.slow
def test_models_and_migrations_agree(fresh_database: str) -> None:
    assert step(fresh_database, "up").returncode == 0
    compared = step(fresh_database, "check")
    assert compared.returncode == 0, compared.stdout + compared.stderr
