"""What every test can ask for."""

from __future__ import annotations

import pytest

from tests.engines import (
    engines,
    fresh_database,
    postgres_url,
    prepare_folder,
    redis_url,
    remove_folder,
    worker_name,
)
from tests.network import close_the_world

__all__ = ["engines", "fresh_database", "postgres_url", "redis_url", "worker_name"]


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):  # the process that xdist's others come from
        prepare_folder()
    close_the_world()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        remove_folder()
