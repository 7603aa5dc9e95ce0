"""PostgreSQL from its wheel, in whatever state the last run left its folder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from sandbox.errors import BrokenData
from sandbox.postgres import Postgres

pytestmark = pytest.mark.slow


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[Postgres]:
    postgres = Postgres(tmp_path / "postgres", log=tmp_path / "postgres.log")
    yield postgres
    postgres.stop()


def run(postgres: Postgres, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


def put_a_row(postgres: Postgres) -> None:
    run(postgres, "CREATE TABLE kept AS SELECT 'still here' AS word")


def assert_the_row_is_there(postgres: Postgres) -> None:
    assert run(postgres, "SELECT word FROM kept") == [("still here",)]


def test_a_second_start_finds_what_the_first_one_wrote(postgres: Postgres) -> None:
    postgres.start()
    put_a_row(postgres)
    postgres.stop()
    postgres.start()
    assert_the_row_is_there(postgres)


def test_it_is_durable_unless_told_otherwise(postgres: Postgres, tmp_path: Path) -> None:
    postgres.start()
    assert run(postgres, "SHOW fsync") == [("on",)]
    assert run(postgres, "SHOW synchronous_commit") == [("on",)]
    quick = Postgres(tmp_path / "quick", log=tmp_path / "quick.log", durable=False)
    try:
        quick.start()
        assert run(quick, "SHOW fsync") == [("off",)]
    finally:
        quick.stop()


def test_it_listens_on_no_port_and_other_users_cannot_reach_its_socket(postgres: Postgres) -> None:
    postgres.start()
    assert run(postgres, "SHOW listen_addresses") == [("",)]
    assert postgres.socket_folder.stat().st_mode & 0o777 == 0o700


def test_it_starts_after_its_processes_were_killed(postgres: Postgres) -> None:
    postgres.start()
    put_a_row(postgres)
    assert postgres.process is not None
    postgres.process.kill()
    postgres.process.wait()
    assert (postgres.data / "postmaster.pid").exists()
    postgres.start()
    assert_the_row_is_there(postgres)


def test_a_lock_file_that_names_somebody_else_is_not_believed(postgres: Postgres) -> None:
    postgres.start()
    put_a_row(postgres)
    lock = (postgres.data / "postmaster.pid").read_text().splitlines()
    socket_lock = (postgres.socket_folder / ".s.PGSQL.5432.lock").read_text().splitlines()
    postgres.stop()
    stranger = str(os.getpid())
    (postgres.data / "postmaster.pid").write_text("\n".join([stranger, *lock[1:]]) + "\n")
    (postgres.socket_folder / ".s.PGSQL.5432.lock").write_text(
        "\n".join([stranger, *socket_lock[1:]]) + "\n"
    )
    postgres.start()
    assert_the_row_is_there(postgres)


def test_a_server_left_over_from_a_killed_launcher_makes_way(
    postgres: Postgres, tmp_path: Path
) -> None:
    leftover = Postgres(postgres.data, log=tmp_path / "leftover.log")
    leftover.start()
    put_a_row(leftover)
    postgres.start()
    assert leftover.process is not None
    assert leftover.process.wait(5) == 0
    assert_the_row_is_there(postgres)


def test_being_killed_while_the_folder_is_made_leaves_nothing_half_done(postgres: Postgres) -> None:
    draft = postgres.data.with_name("postgres.draft")
    draft.mkdir()
    (draft / "PG_VERSION").write_text("18\n")
    postgres.start()
    put_a_row(postgres)
    assert not draft.exists()


@pytest.mark.parametrize("length", [40, 120])
def test_a_path_may_be_longer_than_a_socket_address(tmp_path: Path, length: int) -> None:
    folder = tmp_path / ("a" * length) / "with a space"
    folder.mkdir(parents=True)
    postgres = Postgres(folder / "postgres", log=tmp_path / "log", durable=False)
    try:
        postgres.start()
        put_a_row(postgres)
        assert len(str(postgres.socket_folder / ".s.PGSQL.5432")) <= 103
    finally:
        postgres.stop()


@pytest.mark.parametrize("damage", ["no version", "old version", "no catalogue"])
def test_a_broken_folder_is_named_with_the_reason(postgres: Postgres, damage: str) -> None:
    postgres.create()
    if damage == "no version":
        (postgres.data / "PG_VERSION").unlink()
        reason = "PG_VERSION is missing"
    elif damage == "old version":
        (postgres.data / "PG_VERSION").write_text("15\n")
        reason = "was made by PostgreSQL 15, and this is 18"
    else:
        (postgres.data / "global" / "pg_control").unlink()
        reason = "pg_control"
    with pytest.raises(BrokenData, match=reason) as caught:
        postgres.start()
    assert str(postgres.data) in str(caught.value)


def test_nothing_of_it_is_left_when_the_process_that_started_it_is_killed(tmp_path: Path) -> None:
    log = tmp_path / "postgres.log"
    code = (
        "import time; from pathlib import Path; from sandbox.postgres import Postgres\n"
        f"p = Postgres(Path({str(tmp_path / 'postgres')!r}), log=Path({str(log)!r}))\n"
        "p.start(); print(p.process.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        pid = int(owner.stdout.readline())
        os.kill(pid, 0)
        owner.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    pytest.fail("PostgreSQL outlived the process that started it")
