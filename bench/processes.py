"""What the servers cost: CPU time and memory, read from /proc."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sandbox.ports import free_port, is_open
from tests.journeys.running import Running

TICKS = os.sysconf("SC_CLK_TCK")
# Stripe's stand-in and the mail catcher are the world outside.
OURS = ("web", "worker", "clock", "redis", "postgres")
MEGABYTE = 1024 * 1024
START_SECONDS = 20


def cpu_seconds(running: Running) -> dict[str, float]:
    """By process, with its children: also those that have ended."""
    return {name: sum(map(_cpu, _family(running.process_id(name)))) for name in OURS}


def memory_megabytes(running: Running, name: str) -> float:
    """Not shared with others, plus a fair part of what is."""
    found = 0
    for pid in _family(running.process_id(name)):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                found += int(line.split()[1]) * 1024
    return round(found / MEGABYTE, 1)


@contextmanager
def bare_server(running: Running) -> Iterator[int]:
    """The bare view on the same server with the same options; its port."""
    port = free_port()
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1"]
    command += ["--port", str(port), "--blocking-threads", "16", "--no-ws", "--factory"]
    command.append("bench.bare:create_app")
    with (running.folder / "instance" / "logs" / "bare.log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - our own command
            command, env={**os.environ, **running.settings()}, stdout=log, stderr=log
        )
    try:
        end = time.monotonic() + START_SECONDS
        while not is_open(port):
            if time.monotonic() > end:
                raise RuntimeError("the bare server does not start")
            time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=START_SECONDS)


def _family(pid: int) -> list[int]:
    found = [pid]
    for listing in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in listing.read_text().split():
            found += _family(int(child))
    return found


def _cpu(pid: int) -> float:
    """Of a process and of its children that have ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) / TICKS
