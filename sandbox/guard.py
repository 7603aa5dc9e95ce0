"""Ends what a launcher started when the launcher is gone without doing so itself.

A process of its own, made by fork before anything else: it reads from a pipe which processes
there are. When the launcher ends, however it ends, so does the pipe, and what is still listed is
stopped.
"""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from typing import NoReturn

from sandbox import children

_PATIENCE = 5.0
_LINE = 64  # bytes; a pipe takes that much at once or not at all


class Guard:
    def __init__(self) -> None:
        read_end, self._write_end = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self._write_end)
            _watch(read_end)
        os.close(read_end)

    def mind(self, pid: int, sig: signal.Signals) -> None:
        self._tell(f"+ {pid} {int(sig)}")

    def forget(self, pid: int) -> None:
        self._tell(f"- {pid} 0")

    def dismiss(self) -> None:
        """Everything has been stopped in order."""
        os.close(self._write_end)
        with suppress(ChildProcessError):
            os.waitpid(self.pid, 0)

    def _tell(self, line: str) -> None:
        with suppress(BrokenPipeError):  # killed: the kernel's own way remains, on Linux
            os.write(self._write_end, line.ljust(_LINE - 1).encode() + b"\n")


def _watch(read_end: int) -> NoReturn:
    try:
        os.setsid()
        for sig in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(sig, signal.SIG_IGN)
        nowhere = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(nowhere, descriptor)
        _end(_read_until_closed(read_end))
    finally:
        os._exit(0)


def _read_until_closed(read_end: int) -> dict[int, int]:
    minded: dict[int, int] = {}
    with os.fdopen(read_end, "rb") as lines:
        for line in lines:
            sign, pid, sig = line.decode().split()
            if sign == "+":
                minded[int(pid)] = int(sig)
            else:
                minded.pop(int(pid), None)
    return minded


def _end(minded: dict[int, int]) -> None:
    """The latest started first, so that the database goes last."""
    for pid, sig in reversed(minded.items()):
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, sig)
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline and any(map(children.is_alive, minded)):
        time.sleep(0.05)
    for pid in minded:
        children.kill_group(pid)
