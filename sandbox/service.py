"""A command that should always run: a process of the product, the mail catcher, the sandbox."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from sandbox import children, logs
from sandbox.errors import BrokenData, SandboxError


class Part(Protocol):
    """What the supervisor looks after; PostgreSQL and Redis are parts too."""

    name: str
    log: Path
    stop_signal: signal.Signals
    stop_rank: int  # the lowest is stopped first
    process: subprocess.Popen[bytes] | None

    def launch(self) -> None: ...
    def ready(self) -> bool: ...

    def recover(self) -> None:
        """It ended before it was ready: make another try worth it, or raise SandboxError."""


@dataclass
class Service:
    name: str
    command: Sequence[str]
    log: Path
    cwd: Path
    env: Mapping[str, str]
    answers: Callable[[], bool] = lambda: True
    stop_rank: int = 0
    keeps_data: bool = False
    stop_signal: signal.Signals = signal.SIGTERM
    process: subprocess.Popen[bytes] | None = None

    def launch(self) -> None:
        self._log_start = logs.size(self.log)
        self.process = children.spawn(self.command, log=self.log, env=self.env, cwd=self.cwd)

    def ready(self) -> bool:
        return self.process is not None and self.process.poll() is None and self.answers()

    def recover(self) -> None:
        error = BrokenData if self.keeps_data else SandboxError
        raise error(self.last_words("does not start"))

    def last_words(self, what: str) -> str:
        """`what` happened, and the last line it wrote since it was launched."""
        line = logs.last_line(logs.since(self.log, self._log_start))
        return f"{self.name} {what}: {line} (the whole log is {self.log})"
