"""What every test can ask for."""

from __future__ import annotations

from pathlib import Path

import pytest
import structlog

from tests.chromium import browser, chromium, launch_chromium, playwright, report_left_out
from tests.engines import (
    engines,
    fresh_database,
    postgres_url,
    prepare_folder,
    redis_url,
    remove_folder,
    worker_name,
)
from tests.fixtures.app import app, client, committed, db_session, mailbox, settings
from tests.fixtures.passwords import cheap_passwords
from tests.fixtures.plans import asked
from tests.fixtures.queries import queries
from tests.fixtures.stripe import stripe_address, stripe_sandbox
from tests.fixtures.till import till
from tests.fixtures.time import at, now
from tests.fixtures.work import work
from tests.network import close_the_world
from tests.people import alice, bob, carol, dan, erin

__all__ = [
    "alice",
    "app",
    "asked",
    "at",
    "bob",
    "browser",
    "carol",
    "cheap_passwords",
    "chromium",
    "client",
    "committed",
    "dan",
    "db_session",
    "engines",
    "erin",
    "fresh_database",
    "launch_chromium",
    "mailbox",
    "now",
    "playwright",
    "postgres_url",
    "queries",
    "redis_url",
    "settings",
    "stripe_address",
    "stripe_sandbox",
    "till",
    "work",
    "worker_name",
]

TESTS = Path(__file__).parent
WITH_PROCESSES = frozenset({"journeys", "faults"})


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):  # the process that xdist's others come from
        prepare_folder()
    close_the_world()
    # Tracebacks as plain text: drawing them in boxes takes longer than the tests.
    structlog.configure(
        processors=[structlog.processors.format_exc_info, structlog.processors.KeyValueRenderer()]
    )


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        remove_folder()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What starts the whole product runs in one line, whoever else is at work beside it."""
    for item in items:
        if not WITH_PROCESSES.isdisjoint(item.path.relative_to(TESTS).parts):
            item.add_marker(pytest.mark.xdist_group("processes"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    report_left_out(terminalreporter)
