"""Threads see only what is committed: here commits are real and tables are emptied afterwards."""

from __future__ import annotations

import pytest

from tests.fixtures.app import DbSession


@pytest.fixture
def db_session(committed: DbSession) -> DbSession:
    return committed
