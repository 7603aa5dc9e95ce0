"""Starting and ending processes so that none outlives us."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


class Identity(Protocol):
    def become(self) -> None: ...


def spawn(
    command: Sequence[str | Path],
    *,
    log: Path,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    identity: Identity | None = None,
    when_we_die: signal.Signals = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start `command` in a session of its own, its output appended to `log`.

    On Linux the kernel sends `when_we_die` when the thread that called this ends, however it ends:
    call it from the main thread.
    """
    parent = os.getpid()

    def prepare() -> None:
        if identity is not None:
            identity.become()
        die_with(parent, when_we_die)

    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        return subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=None if env is None else dict(env),
            cwd=cwd,
            start_new_session=True,
            preexec_fn=prepare,  # noqa: PLW1509 - one thread calls this, see above
        )


def die_with(parent: int, sig: signal.Signals = signal.SIGTERM) -> None:
    """Ask the kernel to send us `sig` when `parent` ends. Linux; elsewhere the guard does it."""
    if sys.platform == "linux":
        _libc.prctl(_PR_SET_PDEATHSIG, int(sig), 0, 0, 0)
        if os.getppid() != parent:  # it ended before we asked
            os.kill(os.getpid(), sig)


def stop(
    process: subprocess.Popen[bytes],
    *,
    sig: signal.Signals = signal.SIGTERM,
    patience: float = 5.0,
) -> None:
    """End a process started by `spawn` and all of its session: politely, then not."""
    if process.poll() is None:
        with suppress(ProcessLookupError):
            process.send_signal(sig)
        with suppress(subprocess.TimeoutExpired):
            process.wait(patience)
    kill_group(process.pid)
    process.wait()


def kill_group(group: int) -> None:
    """SIGKILL what is left of a session, if anything is."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


def is_alive(pid: int) -> bool:
    """Not merely listed: a process that has ended stays listed until its parent asks how."""
    with suppress(OSError):
        if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
            return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def wait_until_gone(pid: int, patience: float) -> bool:
    """Whether a process that is not our child has ended within `patience` seconds."""
    deadline = time.monotonic() + patience
    while is_alive(pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def command_line(pid: int) -> str:
    """What process `pid` runs; empty when there is no such process."""
    with suppress(OSError):
        return (
            Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        )
    answer = subprocess.run(
        ["/bin/ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return answer.stdout.strip()
