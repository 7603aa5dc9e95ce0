"""Actions on PostgreSQL: every test is rolled back."""

from __future__ import annotations

import pytest

from tests.fixtures.on_sale import event, floor

__all__ = ["event", "floor"]


@pytest.fixture(autouse=True)
def _rolled_back(db_session: object) -> None:
    """Even a test that asks for nothing has an app context and leaves nothing behind."""
