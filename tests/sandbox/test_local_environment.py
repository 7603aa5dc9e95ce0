"""Commands in another terminal find what `make run` has started."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.instance import Instance
from tixapp.config import environment


@pytest.fixture
def local(tmp_path: Path) -> Path:
    instance = Instance(tmp_path)
    values = {"DATABASE_URL": "postgresql://postgres@/tixapp?host=/a b", "PORT": "5000"}
    instance.write_environment("local.env", values)
    return tmp_path / "local.env"


def test_what_make_run_uses_is_used_where_nothing_is_set(
    local: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("PORT", "6000")
    found = environment(local)
    assert found["DATABASE_URL"] == "postgresql://postgres@/tixapp?host=/a b"
    assert found["PORT"] == "6000"


def test_a_database_that_is_named_is_the_one(local: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://real/tixapp")
    monkeypatch.delenv("PORT", raising=False)
    found = environment(local)
    assert found["DATABASE_URL"] == "postgresql://real/tixapp"
    assert "PORT" not in found


def test_without_make_run_there_is_only_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    assert "DATABASE_URL" not in environment(tmp_path / "local.env")
