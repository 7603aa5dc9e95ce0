"""All of tixapp, started as `make run` starts it, in a folder of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sandbox.ports import free_port
from tixapp.config import environment

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 120
STOP_SECONDS = 20
PASSWORD = "tixapp-demo"
LAUNCH = "from pathlib import Path; from sandbox.run import run; raise SystemExit(run(Path.cwd()))"


@dataclass
class Running:
    """Addresses of what runs, and its launcher."""

    folder: Path
    port: int
    mail_port: int
    stripe_port: int
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def stripe(self) -> str:
        return f"http://localhost:{self.stripe_port}"

    def mails_to(self, address: str) -> list[dict[str, Any]]:
        query = urllib.parse.urlencode({"to": address})
        found = _read(f"http://localhost:{self.mail_port}/messages.json?{query}")
        return list(found["messages"] if isinstance(found, dict) else found)

    def wait_for_mail(self, address: str, words: str, seconds: float = 20) -> dict[str, Any]:
        """The newest letter to `address` with `words` in its subject."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for mail in self.mails_to(address):
                if words in mail["subject"]:
                    return mail
            time.sleep(0.2)
        raise AssertionError(f"no letter to {address} with {words!r}")

    def control(self, path: str, /, **body: Any) -> Any:
        """Tells the Stripe sandbox what to do: `/_sandbox` + path."""
        request = urllib.request.Request(
            f"{self.stripe}/_sandbox{path}",
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def delete_control(self, path: str) -> None:
        """`DELETE` on the same."""
        request = urllib.request.Request(f"{self.stripe}/_sandbox{path}", method="DELETE")
        with urllib.request.urlopen(request, timeout=30):
            pass

    def charges(self, account: str) -> list[dict[str, Any]]:
        """All successful charges of a seller, as Stripe lists them."""
        found: list[dict[str, Any]] = []
        headers = {
            "Authorization": f"Bearer {self.settings()['STRIPE_API_KEY']}",
            "Stripe-Account": account,
        }
        after: dict[str, str] = {}
        while True:
            query = urllib.parse.urlencode({"limit": 100} | after)
            request = urllib.request.Request(f"{self.stripe}/v1/charges?{query}", headers=headers)
            with urllib.request.urlopen(request, timeout=30) as answer:
                page = json.load(answer)
            found += [charge for charge in page["data"] if charge["paid"]]
            if not page["has_more"]:
                return found
            after = {"starting_after": page["data"][-1]["id"]}

    def settings(self) -> dict[str, str]:
        """What a command in another terminal works with: the settings of what runs here."""
        return dict(environment(self.folder / "instance" / "local.env"))

    def command(self, *words: str) -> str:
        """`python -m tixapp …`, its output."""
        status, output = self.try_command(*words)
        assert status == 0, output
        return output

    def try_command(self, *words: str) -> tuple[int, str]:
        """The same, where it may fail: its exit status, and all it printed then."""
        done = subprocess.run(
            [sys.executable, "-m", "tixapp", *words],
            cwd=self.folder,
            env=self.settings(),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        if done.returncode == 0:
            return 0, done.stdout
        return done.returncode, done.stdout + done.stderr

    def process_id(self, name: str) -> int:
        """Of `web`, `worker`, `clock`, `redis` or `postgres`: a child of our own launcher."""
        marks = {
            "web": "granian",
            "worker": "-m tixapp worker",
            "clock": "-m tixapp clock",
            "redis": "redis-server",
            "postgres": "postgres -D",
        }
        for child in _children(self.process.pid):
            if marks[name] in _command_line(child):
                return child
        raise AssertionError(f"{name} is not running")


@pytest.fixture(scope="session")
def tixapp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = clone(tmp_path_factory.mktemp("clone"))
    running = start(folder, STORAGE_FOLDER=str(folder / "pictures"))
    yield running
    stop(running)


def clone(folder: Path) -> Path:
    """Fills `folder` with everything but the data of another instance."""
    for entry in ROOT.iterdir():
        if entry.name not in {"instance", ".env", ".git"}:
            (folder / entry.name).symlink_to(entry)
    return folder


def start(folder: Path, **given: str) -> Running:
    """`given`: settings beside those of a first `make run`."""
    port, mail_port, stripe_port = free_port(), free_port(), free_port()
    ports = {"PORT": port, "MAIL_PAGE_PORT": mail_port, "STRIPE_SANDBOX_PORT": stripe_port}
    settings = {name: str(number) for name, number in ports.items()} | given
    clean = {name: value for name, value in os.environ.items() if not _is_setting(name)}
    with (folder / "launcher.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", LAUNCH],
            cwd=folder,
            env=clean | settings | {"PYTHONPATH": str(folder)},
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    running = Running(folder, port, mail_port, stripe_port, process)
    end = time.monotonic() + START_SECONDS
    while "tixapp is running" not in (folder / "launcher.log").read_text():
        if process.poll() is not None or time.monotonic() > end:
            raise AssertionError((folder / "launcher.log").read_text() + _last_words(folder))
        time.sleep(0.2)
    return running


def stop(running: Running) -> None:
    os.killpg(running.process.pid, signal.SIGINT)
    running.process.wait(timeout=STOP_SECONDS)


def _is_setting(name: str) -> bool:
    return name.startswith(("DATABASE_URL", "REDIS_URL", "STRIPE_", "MAIL_", "BASE_URL"))


def _last_words(folder: Path) -> str:
    logs = sorted((folder / "instance" / "logs").glob("*.log"))
    return "".join(f"\n--- {log.name}\n{log.read_text()[-2000:]}" for log in logs)


def _read(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.load(answer)


def _children(pid: int) -> list[int]:
    """All descendants."""
    found: list[int] = []
    for listing in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(FileNotFoundError, ProcessLookupError):  # it ended while we looked
            for child in listing.read_text().split():
                found += [int(child), *_children(int(child))]
    return found


def _command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""
