"""A product so small that starting it takes no time, for tests of what starts it.

A folder with a copy of `sandbox/` and a tixapp that does nothing: what is tested is the launcher.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.ports import free_port
from tests.engines import ROOT
from tixapp.config import environment

WEB = """
import os
def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [os.environ["STRIPE_WEBHOOK_SECRET"].encode()]
"""
COMMANDS = """
import sys, time
print(sys.argv[1:], flush=True)
if sys.argv[1] != "prepare":
    time.sleep(600)
"""
RUNNING = "tixapp is running"


@dataclass
class SmallProduct:
    root: Path
    port: int = field(default_factory=free_port)
    mail_page_port: int = field(default_factory=free_port)
    stripe_port: int = field(default_factory=free_port)
    real_stripe: bool = True
    process: subprocess.Popen[str] | None = None

    def __post_init__(self) -> None:
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / "sandbox", self.root / "sandbox", ignore=ignore)
        (self.root / "tixapp").mkdir()
        (self.root / "tixapp" / "__init__.py").touch()
        (self.root / "tixapp" / "__main__.py").write_text(COMMANDS)
        (self.root / "wsgi.py").write_text(WEB)

    @property
    def instance(self) -> Path:
        return self.root / "instance"

    @property
    def environment(self) -> dict[str, str]:
        names = ("DATABASE_URL", "REDIS_URL", "STRIPE_", "MAIL_", "BASE_URL")
        env = {name: value for name, value in os.environ.items() if not name.startswith(names)}
        env |= {"PORT": str(self.port), "MAIL_PAGE_PORT": str(self.mail_page_port)}
        env |= {"STRIPE_SANDBOX_PORT": str(self.stripe_port)}
        if self.real_stripe:
            env |= {"STRIPE_API_KEY": "sk_test_real", "STRIPE_WEBHOOK_SECRET": "whsec_given"}
            env |= {"STRIPE_CONNECT_WEBHOOK_SECRET": "whsec_given_too"}
        return env

    def start(self, *, hang_up: signal.Handlers = signal.SIG_DFL) -> str:
        """Returns what it says up to the point where it runs. `hang_up`: what it inherits for
        SIGHUP, whatever these tests were started with; SIG_IGN is what nohup gives."""
        self._close()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "sandbox", "run"],
            cwd=self.root,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            preexec_fn=lambda: signal.signal(signal.SIGHUP, hang_up),  # noqa: PLW1509 - one thread
        )
        return self.read_until("Ctrl-C stops all of it")

    def read_until(self, words: str) -> str:
        """Reads on what it says until `words`, or the end."""
        assert self.process is not None
        assert self.process.stdout is not None
        said = ""
        for line in self.process.stdout:
            said += line
            if words in line:
                break
        return said

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run it to its end, for starts that are expected to fail."""
        return subprocess.run(
            [sys.executable, "-m", "sandbox", *arguments],
            cwd=self.root,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def get(self) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health", timeout=5) as answer:
            return str(answer.read().decode())

    def address(self, name: str) -> str:
        """What the product uses, as commands in another terminal find it."""
        return environment(self.instance / "local.env")[name]

    def preparations(self) -> int:
        """How often the database was prepared."""
        return (self.instance / "logs" / "prepare.log").read_text().count("prepare")

    def interrupt(self) -> str:
        """Ctrl-C: SIGINT to the whole process group. Returns the last words."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGINT)
        said = self.read_until("nothing in particular")
        self.process.wait(15)
        return said

    def processes(self) -> dict[int, str]:
        """All that runs in or for this folder, whoever started it."""
        found = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and (line := self._belongs(entry)):
                found[int(entry.name)] = line
        return found

    def wait_until_gone(self, patience: float = 8.0) -> None:
        deadline = time.monotonic() + patience
        while self.processes() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert self.processes() == {}

    def clean_up(self) -> None:
        self._close()
        for pid in self.processes():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def _close(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            if self.process.stdout is not None:
                self.process.stdout.close()

    def _belongs(self, entry: Path) -> str:
        try:
            line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            inside = (entry / "cwd").readlink().is_relative_to(self.root)
        except OSError:
            return ""
        return line if line and (inside or str(self.root) in line) else ""
