"""`make run`: everything starts, keeps running, and ends with the launcher."""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import psycopg
import pytest
import redis

from tests.sandbox.small_product import SmallProduct

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc"),
]


@pytest.fixture
def product(tmp_path: Path) -> Iterator[SmallProduct]:
    product = SmallProduct(tmp_path / "clone")
    yield product
    product.clean_up()


def test_it_starts_everything_and_says_where(product: SmallProduct) -> None:
    said = product.start()
    assert f"http://localhost:{product.port}\n" in said
    assert f"http://localhost:{product.mail_page_port}\n" in said
    assert "buyer@example.com" in said
    assert product.get() == "whsec_given"
    running = " ".join(product.processes().values())
    for part in ("postgres -D", "redis-server", "sandbox.mail", "granian", "worker", "clock"):
        assert part in running


def test_ctrl_c_ends_every_process_in_a_few_seconds(product: SmallProduct) -> None:
    product.start()
    assert len(product.processes()) > 8
    began = time.monotonic()
    said = product.interrupt()
    assert time.monotonic() - began < 6
    assert product.process is not None
    assert product.process.returncode == 0
    assert said.endswith("Everything is kept in instance/ for the next time.\n")
    assert product.processes() == {}
    assert "database system is shut down" in (product.instance / "logs/postgres.log").read_text()


def test_a_second_start_finds_data_and_secrets(product: SmallProduct) -> None:
    product.start()
    with psycopg.connect(product.address("DATABASE_URL")) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 'still here' AS word")
    secrets = (product.instance / "secrets.json").read_text()
    product.interrupt()
    product.start()
    with psycopg.connect(product.address("DATABASE_URL")) as connection:
        assert connection.execute("SELECT word FROM kept").fetchall() == [("still here",)]
    assert (product.instance / "secrets.json").read_text() == secrets


def test_the_database_is_prepared_again_only_when_there_is_something_to_do(
    product: SmallProduct,
) -> None:
    product.start()
    product.interrupt()
    product.start()
    product.interrupt()
    assert product.preparations() == 1
    migration = product.root / "migrations" / "versions" / "0002_more.py"
    migration.parent.mkdir(parents=True)
    migration.write_text("revision = '0002'")
    product.start()
    assert product.preparations() == 2


def test_a_preparation_that_failed_is_done_again(product: SmallProduct) -> None:
    command = product.root / "tixapp" / "__main__.py"
    good = command.read_text()
    command.write_text("raise SystemExit('the migration is broken')")
    answer = product.command("run")
    assert answer.returncode == 1
    assert "Preparing the database failed: the migration is broken" in answer.stderr
    command.write_text(good)
    product.start()
    assert product.preparations() == 1


@pytest.mark.parametrize("sig", [signal.SIGTERM, signal.SIGHUP])
def test_other_ways_to_ask_it_to_end_work_as_well(
    product: SmallProduct, sig: signal.Signals
) -> None:
    product.start()
    assert product.process is not None
    product.process.send_signal(sig)
    assert product.process.wait(8) == 0
    assert product.processes() == {}


def test_under_nohup_it_goes_on_when_the_terminal_is_closed(product: SmallProduct) -> None:
    product.start(hang_up=signal.SIG_IGN)
    assert product.process is not None
    product.process.send_signal(signal.SIGHUP)
    time.sleep(1)
    assert product.process.poll() is None
    assert product.get() == "whsec_given"


def test_no_process_outlives_a_launcher_that_was_killed(product: SmallProduct) -> None:
    product.start()
    assert product.process is not None
    product.process.kill()
    product.process.wait()
    product.wait_until_gone()


def test_without_the_kernels_help_the_guard_ends_them(product: SmallProduct) -> None:
    """The way of systems other than Linux, tried here with a launcher that does not ask for it."""
    children = product.root / "sandbox" / "children.py"
    children.write_text(children.read_text().replace('sys.platform == "linux"', "False"))
    product.start()
    assert product.process is not None
    product.process.kill()
    product.process.wait()
    product.wait_until_gone()


def test_it_starts_again_right_after_it_was_killed(product: SmallProduct) -> None:
    product.start()
    assert product.process is not None
    product.process.kill()
    product.process.wait()
    said = product.start()
    assert "Ctrl-C stops all of it" in said
    assert product.get() == "whsec_given"


def test_what_dies_is_started_again_with_a_line_that_says_so(product: SmallProduct) -> None:
    product.start()
    launcher = product.process
    assert launcher is not None
    guard = "sandbox run"
    victims = {
        pid: line
        for pid, line in product.processes().items()
        if guard not in line and _parent(pid) == launcher.pid
    }
    assert len(victims) == 6
    for pid in victims:
        os.kill(pid, signal.SIGKILL)
    said = "".join(product.read_until("was ended by SIGKILL; starting it again.") for _ in victims)
    for part in ("PostgreSQL", "Redis", "mail catcher", "web", "worker", "clock"):
        assert f"{part} was ended by SIGKILL" in said
    assert _soon(lambda: product.get() == "whsec_given")
    assert _soon(lambda: _answers(product.address("DATABASE_URL"), product.address("REDIS_URL")))
    assert launcher.poll() is None


def test_it_goes_on_when_nobody_listens_to_what_it_says(product: SmallProduct) -> None:
    product.start()
    assert product.process is not None
    assert product.process.stdout is not None
    product.process.stdout.close()
    web = next(pid for pid, line in product.processes().items() if "granian" in line)
    os.kill(web, signal.SIGKILL)
    assert _soon(lambda: product.get() == "whsec_given")
    assert product.process.poll() is None
    product.process.send_signal(signal.SIGINT)
    assert product.process.wait(8) == 0


def test_a_taken_port_is_one_plain_sentence(product: SmallProduct) -> None:
    with closing(socket.socket()) as other:
        other.bind(("127.0.0.1", product.port))
        other.listen()
        answer = product.command("run")
    assert answer.returncode == 1
    assert answer.stdout == ""
    assert answer.stderr.startswith(
        f"Port {product.port}, meant for the pages, is used by another program. "
    )
    assert len(answer.stderr.splitlines()) == 1
    assert product.processes() == {}


def test_a_second_start_beside_the_first_is_refused(product: SmallProduct) -> None:
    product.start()
    before = product.processes()
    answer = product.command("run")
    assert answer.returncode == 1
    assert "tixapp already runs from this folder" in answer.stderr
    assert len(answer.stderr.splitlines()) == 1
    assert product.command("reset").returncode == 1
    assert product.processes() == before
    assert product.get() == "whsec_given"


def test_reset_empties_the_folder_and_the_next_start_is_afresh(product: SmallProduct) -> None:
    product.start()
    with psycopg.connect(product.address("DATABASE_URL")) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1")
    product.interrupt()
    assert product.command("reset").returncode == 0
    assert list(product.instance.iterdir()) == []
    product.start()
    with psycopg.connect(product.address("DATABASE_URL")) as connection:
        assert connection.execute("SELECT to_regclass('kept')").fetchall() == [(None,)]


def test_a_broken_data_folder_is_one_plain_sentence_that_names_the_way_out(
    product: SmallProduct,
) -> None:
    (product.instance / "postgres").mkdir(parents=True)
    (product.instance / "postgres" / "notes.txt").write_text("not a database")
    answer = product.command("run")
    assert answer.returncode == 1
    assert "instance/postgres is not a PostgreSQL data folder" in answer.stderr
    assert "`make reset` starts over" in answer.stderr
    assert "Traceback" not in answer.stderr
    assert product.processes() == {}


def test_a_product_that_cannot_start_is_named_with_its_last_words(product: SmallProduct) -> None:
    (product.root / "wsgi.py").write_text("raise SystemExit('no template is called home')")
    answer = product.command("run")
    assert answer.returncode == 1
    assert answer.stderr.startswith("web does not start: ")
    assert "logs/web.log" in answer.stderr
    assert product.processes() == {}


def test_two_clones_run_side_by_side(product: SmallProduct, tmp_path: Path) -> None:
    other = SmallProduct(tmp_path / "other")
    try:
        product.start()
        other.start()
        assert product.address("DATABASE_URL") != other.address("DATABASE_URL")
        assert product.address("REDIS_URL") != other.address("REDIS_URL")
        other.interrupt()
        assert product.get() == "whsec_given"
    finally:
        other.clean_up()


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def _answers(database_url: str, redis_url: str) -> bool:
    with psycopg.connect(database_url), redis.Redis.from_url(redis_url) as client:
        return bool(client.ping())


def _soon(holds: Callable[[], bool], patience: float = 15.0) -> bool:
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        with suppress(OSError, psycopg.Error, redis.RedisError):
            if holds():
                return True
        time.sleep(0.1)
    return False
