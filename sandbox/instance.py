"""The folder `instance/`: everything that a start leaves behind, and one launcher at a time."""

from __future__ import annotations

import fcntl
import json
import os
import shlex
import shutil
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from sandbox.errors import SandboxError

_LARGEST_LOG = 5_000_000
_PATIENCE = 12.0  # as long as a launcher that was killed may still be cleaned up after


class Instance:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.logs = folder / "logs"
        self._lock: IO[str] | None = None

    def claim(self) -> None:
        """Make the folder and be the only one in it until this process and its guard have ended."""
        try:
            self.folder.mkdir(mode=0o700, exist_ok=True)
            self._lock = (self.folder / "lock").open("a+")
            self.logs.mkdir(exist_ok=True)
        except OSError as error:
            raise SandboxError(
                f"{self.folder} cannot be written to: {error.strerror}. It may belong to another "
                "user, for example after `sudo make run`; delete it as that user, then start again."
            ) from error
        self._check_owner()
        self._wait_for_lock()
        self._lock.truncate(0)
        self._lock.write(str(os.getpid()))
        self._lock.flush()
        self._put_old_logs_aside()

    def release(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def read(self, name: str) -> dict[str, Any]:
        path = self.folder / name
        if not path.exists():
            return {}
        try:
            found: dict[str, Any] = json.loads(path.read_text())
        except ValueError as error:
            raise SandboxError(
                f"{path} is damaged. `make reset` starts over with an empty instance/."
            ) from error
        return found

    def write(self, name: str, values: Mapping[str, Any]) -> None:
        """Readable by us alone: it may hold secrets."""
        self._write(name, json.dumps(values, indent=2) + "\n")

    def write_environment(self, name: str, values: Mapping[str, str]) -> None:
        """In a form that a shell and `tixapp.config` read."""
        lines = [f"{key}={shlex.quote(value)}\n" for key, value in sorted(values.items())]
        self._write(name, "".join(lines))

    def remove(self, name: str) -> None:
        (self.folder / name).unlink(missing_ok=True)

    def empty(self) -> None:
        """Delete all that is in it. Refuses while somebody works in it."""
        if not self.folder.exists():
            return
        self.claim()
        for path in self.folder.iterdir():
            _delete(path)
        self.release()

    def _write(self, name: str, text: str) -> None:
        draft = self.folder / (name + ".draft")
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            file.write(text)
        draft.replace(self.folder / name)

    def _check_owner(self) -> None:
        me = os.geteuid()
        for path in self.folder.iterdir() if me != 0 else ():
            if path.lstat().st_uid != me:
                raise SandboxError(
                    f"{path} belongs to another user, perhaps after `sudo make run`. Give "
                    f"{self.folder} back with `sudo chown -R $USER {self.folder}`, or delete it."
                )

    def _wait_for_lock(self) -> None:
        assert self._lock is not None  # noqa: S101 - the only caller has opened it
        deadline = time.monotonic() + _PATIENCE
        while True:
            with suppress(BlockingIOError):
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            self._lock.seek(0)
            holder = self._lock.read().strip()
            if _is_launcher(holder) or time.monotonic() > deadline:
                self.release()
                raise SandboxError(
                    f"tixapp already runs from this folder, as process {holder}. Stop it with "
                    "Ctrl-C in its terminal first; a second clone on other ports can run beside it."
                )
            time.sleep(0.1)

    def _put_old_logs_aside(self) -> None:
        for log in self.logs.glob("*.log"):
            if log.stat().st_size > _LARGEST_LOG:
                log.replace(log.with_suffix(".log.old"))


def _delete(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def _is_launcher(pid: str) -> bool:
    """Else the lock is held by the guard of one that was killed, which lets go soon."""
    if not pid.isdecimal():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
