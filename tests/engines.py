"""One PostgreSQL and one Redis for a test run, started when a test first asks for them.

The processes of pytest-xdist share them; each has a database of its own, copied from one that was
migrated once, and a Redis database of its own.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest
import redis

ROOT = Path(__file__).parent.parent
FOLDER = "TIXAPP_TEST_FOLDER"  # handed down to the processes of xdist
OWNER = "TIXAPP_TEST_OWNER"
TEMPLATE = "tixapp_template"


def prepare_folder() -> None:
    """Name the folder before xdist starts its processes. Costs nothing if no test needs it."""
    os.environ[FOLDER] = tempfile.mkdtemp(prefix="tixapp-tests-")
    os.environ[OWNER] = str(os.getpid())


def remove_folder() -> None:
    """Stop what was started and leave nothing behind."""
    folder = Path(os.environ[FOLDER])
    pid_file = folder / "pid"
    if pid_file.exists():
        pid = int(pid_file.read_text())
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
        _wait(lambda: not (folder / "addresses.json").exists(), "the engines to stop")
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def engines() -> dict[str, str]:
    """DATABASE_URL and REDIS_URL of the servers of this test run."""
    folder = Path(os.environ[FOLDER])
    addresses = folder / "addresses.json"
    with _lock(folder):
        if not addresses.exists():
            _start(folder, addresses)
    found: dict[str, str] = json.loads(addresses.read_text())
    return found


@pytest.fixture(scope="session")
def postgres_url(engines: dict[str, str], worker_name: str) -> str:
    """A migrated, empty database that only this process uses."""
    main = engines["DATABASE_URL"]
    with _lock(Path(os.environ[FOLDER])):
        if not _exists(main, TEMPLATE):
            _make_template(main)
        name = f"tixapp_{worker_name}"
        _run(main, f'CREATE DATABASE "{name}" TEMPLATE "{TEMPLATE}"')
    return with_database(main, name)


@pytest.fixture(scope="session")
def redis_url(engines: dict[str, str], worker_name: str) -> str:
    """A Redis database that only this process uses. FLUSHDB empties it and no other."""
    number = int(re.sub(r"\D", "", worker_name) or 0) + 1
    url = engines["REDIS_URL"].rsplit("/", 1)[0] + f"/{number}"
    with redis.Redis.from_url(url) as client:
        client.flushdb()
    return url


@pytest.fixture(scope="session")
def worker_name() -> str:
    return os.environ.get("PYTEST_XDIST_WORKER", "main")


@pytest.fixture
def fresh_database(engines: dict[str, str]) -> Iterator[str]:
    """An empty database without tables, dropped afterwards. For migrations."""
    main = engines["DATABASE_URL"]
    name = f"tixapp_fresh_{os.getpid()}_{time.monotonic_ns()}"
    _run(main, f'CREATE DATABASE "{name}"')
    yield with_database(main, name)
    _run(main, f'DROP DATABASE "{name}" WITH (FORCE)')


def with_database(url: str, name: str) -> str:
    return re.sub(r"@/[^?]*", f"@/{name}", url, count=1)


def migrate(url: str) -> None:
    """In a process of its own: Alembic configures logging and more for the whole process."""
    subprocess.run([sys.executable, "-m", "tests.migrate", url], cwd=ROOT, check=True)


def _make_template(main: str) -> None:
    draft = f"{TEMPLATE}_draft"
    _run(main, f'DROP DATABASE IF EXISTS "{draft}"')
    _run(main, f'CREATE DATABASE "{draft}"')
    migrate(with_database(main, draft))
    _run(main, f'ALTER DATABASE "{draft}" RENAME TO "{TEMPLATE}"')


def _start(folder: Path, addresses: Path) -> None:
    owner = os.environ[OWNER]
    with (folder / "engines.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "sandbox", "engines", "--dir", folder, "--owner", owner],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    (folder / "pid").write_text(str(process.pid))
    _wait(lambda: addresses.exists() or process.poll() is not None, "PostgreSQL and Redis")
    if not addresses.exists():
        pytest.exit((folder / "engines.log").read_text(), returncode=3)
    process.returncode = 0  # it outlives this process on purpose; say so, or Python complains


def _run(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())


def _exists(url: str, name: str) -> bool:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
    return row is not None


@contextmanager
def _lock(folder: Path) -> Iterator[None]:
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _wait(condition: Callable[[], bool], what: str, patience: float = 60.0) -> None:
    deadline = time.monotonic() + patience
    while not condition():
        if time.monotonic() > deadline:
            pytest.exit(f"Waited {patience:.0f} s in vain for {what}.", returncode=3)
        time.sleep(0.02)
