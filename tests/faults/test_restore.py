"""The database's machine is lost: a base backup and the WAL after it give everything back.

With the commands of docs/operations.md.
"""

from __future__ import annotations

import re
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from sandbox import account, children
from sandbox.postgres import Postgres, _binary
from tests.engines import ROOT, migrate
from tests.factories.accounts import make_user
from tests.factories.events import make_event, make_tier
from tests.factories.orders import buy, tickets_of
from tests.factories.sellers import make_seller
from tests.fixtures.mailbox import Mailbox
from tests.fixtures.settings import make_settings
from tests.fixtures.till import Till
from tixapp.app import create_app, make_gateways
from tixapp.core.db import db, transaction
from tixapp.events.models import Event, Tier
from tixapp.ops.audit import run_audit
from tixapp.orders.models import Order
from tixapp.tickets.actions import Door, check_in
from tixapp.tickets.rules import Result
from tixapp.tickets.views import ticket_codes

from .aftermath import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

RECOVERS = "SELECT pg_is_in_recovery()"
PAGE = (ROOT / "docs" / "operations.md").read_text()


@pytest.fixture
def till() -> Till:
    return Till()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[Path], Postgres]]:
    """Starts a server in a folder; all are stopped afterwards."""
    servers: list[Postgres] = []

    def started(data: Path) -> Postgres:
        servers.append(Postgres(data, log=tmp_path / f"{data.name}.log"))
        servers[-1].start()
        return servers[-1]

    yield started
    for server in servers:
        server.stop()


def test_tickets_that_were_sent_still_scan_and_the_books_are_in_order(
    tmp_path: Path, start: Callable[[Path], Postgres], till: Till, now: datetime
) -> None:
    data, wal, base = (tmp_path / name for name in ("data", "wal", "base"))
    first = start_with_archive(start, data, wal)
    migrate(first.url())
    with program(first, till):
        event, floor = make_evening()
        sent = sell(till, event, floor, "Bob")
        back_up(first, base)
        sent += sell(till, event, floor, "Carol")
        archive_the_rest(first)
        event_id, floor_id = event.id, floor.id
    lose(first)

    restored = start(restore(base, wal))
    wait_until(lambda: ask(restored, RECOVERS) == "False", 60, "the WAL is not at its end")
    with program(restored, till):
        assert run_audit() == []
        assert db.session.scalar(sa.select(sa.func.count(Order.id))) == 2
        assert [admitted(event_id, code, now) for code in sent] == [Result.ADMITTED] * 4
        sell(till, db.session.get_one(Event, event_id), db.session.get_one(Tier, floor_id), "Dora")
        assert run_audit() == []


def start_with_archive(start: Callable[[Path], Postgres], data: Path, wal: Path) -> Postgres:
    wal.mkdir()
    wal.chmod(0o777)
    Postgres(data, log=data.with_name("making.log")).create()
    configure(data, setting("archive_mode"), setting("archive_command", wal))
    return start(data)


def back_up(server: Postgres, base: Path) -> None:
    """Run as the server is: one that is not root owns the folder."""
    base.mkdir(mode=0o700)
    [words] = re.findall(r"pg_basebackup (.*)", PAGE)
    given = {"$BASE": str(base), "$DATABASE_URL": server.url()}
    command = [given.get(word.strip('"'), word) for word in words.split()]
    log = base.with_name("basebackup.log")
    identity = account.owner_for(base)
    process = children.spawn([_binary("pg_basebackup"), *command], log=log, identity=identity)
    assert process.wait(60) == 0, log.read_text()


def restore(base: Path, wal: Path) -> Path:
    configure(base, setting("restore_command", wal))
    (base / "recovery.signal").touch()
    return base


def setting(name: str, wal: Path | None = None) -> str:
    """The line that the page has for it."""
    [line] = re.findall(rf"^ +({name} = .*)$", PAGE, re.MULTILINE)
    return str(line).replace("/backup/wal", str(wal))


def configure(data: Path, *lines: str) -> None:
    with (data / "postgresql.auto.conf").open("a") as file:
        file.write("\n".join(["", *lines, ""]))


def archive_the_rest(server: Postgres) -> None:
    """What a disk still holds of the last minute is archived as its segment ends."""
    last = ask(server, "SELECT pg_walfile_name(pg_switch_wal())")
    archived = "SELECT coalesce(last_archived_wal, '') FROM pg_stat_archiver"
    wait_until(lambda: ask(server, archived)[:24] >= last, 30, "the archiver does nothing")


def ask(server: Postgres, query: str) -> str:
    with psycopg.connect(server.url(), autocommit=True) as connection:
        [found] = connection.execute(query.encode()).fetchone() or ("",)
        return str(found)


def lose(server: Postgres) -> None:
    assert server.process is not None
    server.process.send_signal(signal.SIGKILL)
    server.process.wait()
    server.stop()
    shutil.rmtree(server.data)


@contextmanager
def program(server: Postgres, till: Till) -> Iterator[None]:
    settings = make_settings(database_url=server.url(), redis_url="memory://")
    gateways = replace(make_gateways(settings), stripe=till, mailer=Mailbox())
    app = create_app(settings, gateways)
    with app.app_context():
        yield
        db.session.remove()
        db.engine.dispose()


def make_evening() -> tuple[Event, Tier]:
    event = make_event(make_seller(make_user("Alice")))
    return event, make_tier(event, capacity=10)


def sell(till: Till, event: Event, floor: Tier, name: str) -> list[str]:
    """Two tickets; the codes that went out with them."""
    order = buy(till, event, make_user(name), {floor: 2})
    return [ticket_codes().code_for(ticket.public_id) for ticket in tickets_of(order)]


def admitted(event_id: int, code: str, now: datetime) -> Result:
    door = Door(event_id, None, "North")
    with transaction():
        found = check_in(
            code, codes=ticket_codes(), door=door, scan_id=None, scanned_at=now, now=now
        )
    return found.result
