"""State machines commit for real; `empty_tables()` lies between two runs."""

from __future__ import annotations

import pytest

from tests.fixtures.app import DbSession


@pytest.fixture
def db_session(committed: DbSession) -> DbSession:
    return committed
