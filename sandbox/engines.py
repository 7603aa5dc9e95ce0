"""A throwaway PostgreSQL and Redis: for tests, and for trying something by hand."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from sandbox import children
from sandbox.postgres import Postgres
from sandbox.redis import Redis

ADDRESSES = "addresses.json"


@dataclass
class Engines:
    """Both servers in one folder, with durability off."""

    folder: Path

    def __post_init__(self) -> None:
        log = self.folder / "logs"
        self.postgres = Postgres(self.folder / "pg", log=log / "postgres.log", durable=False)
        self.redis = Redis(self.folder / "redis", log=log / "redis.log", durable=False)

    def start(self) -> None:
        self.redis.launch()
        self.postgres.start()
        self.redis.wait()

    def stop(self) -> None:
        self.postgres.stop()
        self.redis.stop()

    def addresses(self) -> dict[str, str]:
        return {"DATABASE_URL": self.postgres.url(), "REDIS_URL": self.redis.url()}


def serve(folder: Path, *, owner: int | None) -> int:
    """Keep both running until we are told to stop or process `owner` has ended."""
    with _Stopping() as stopping:
        engines = Engines(folder)
        try:
            engines.start()
            _publish(folder / ADDRESSES, engines.addresses())
            for name, value in engines.addresses().items():
                print(f"export {name}='{value}'", flush=True)
            while not stopping.asked and (owner is None or children.is_alive(owner)):
                time.sleep(0.2)
        finally:
            engines.stop()
            (folder / ADDRESSES).unlink(missing_ok=True)
    return 0


def run_with(command: Sequence[str]) -> int:
    """Run `command` with DATABASE_URL and REDIS_URL of engines that end with it."""
    with tempfile.TemporaryDirectory(prefix="tixapp-") as folder:
        engines = Engines(Path(folder))
        try:
            engines.start()
            env = dict(os.environ) | engines.addresses()
            return subprocess.run(command, env=env, check=False).returncode
        finally:
            engines.stop()


class _Stopping:
    """SIGINT and SIGTERM set a flag, so that what was started is stopped in order."""

    def __init__(self) -> None:
        self.asked = False

    def __enter__(self) -> _Stopping:
        for sig in (signal.SIGINT, signal.SIGTERM):
            signal.signal(sig, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        for sig in (signal.SIGINT, signal.SIGTERM):
            signal.signal(sig, signal.SIG_DFL)

    def _note(self, _sig: int, _frame: FrameType | None) -> None:
        self.asked = True


def _publish(path: Path, addresses: dict[str, str]) -> None:
    """Appears whole: others wait for this file."""
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(addresses))
    draft.replace(path)
