"""What goes wrong, at moments that a seed decides."""

from __future__ import annotations

import os
import random
import signal
import threading
import urllib.error
from collections import Counter
from contextlib import suppress
from typing import Any

from tests.journeys.running import Running

PROCESSES = ("web", "worker", "clock", "redis", "postgres")
SHORTEST, LONGEST = 1.0, 6.0
SESSIONS = "/v1/checkout/sessions*"

STRIPE_FAULTS: tuple[dict[str, Any], ...] = (
    {"action": "429", "path": SESSIONS, "count": 3},
    {"action": "429", "path": "/v1/refunds*", "count": 2},
    {"action": "500_after", "path": SESSIONS, "method": "POST", "count": 2},
    {"action": "500_after", "path": "/v1/refunds*", "method": "POST", "count": 2},
    {"action": "drop", "path": SESSIONS, "method": "POST", "count": 2},
    {"action": "drop", "path": "/v1/refunds*", "method": "POST", "count": 2},
    {"action": "slow", "path": SESSIONS, "count": 3, "seconds": 2.5},
    {"action": "duplicate", "type": "checkout.*", "count": 4, "times": 3},
    {"action": "reorder", "type": "*", "count": 6, "seconds": 3.0},
    {"action": "lose", "type": "checkout.session.completed", "count": 3},
    {"action": "delay", "type": "checkout.*", "count": 3, "seconds": 6.0},
)


class Strikes:
    """Kills one of our own processes every few seconds; the launcher starts it again."""

    def __init__(self, running: Running, seed: str, stopped: threading.Event) -> None:
        self.running = running
        self.dice = random.Random(seed)
        self.stopped = stopped
        self.done: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()

    def run(self) -> None:
        """Each process in turn, in an order drawn anew each round, so that none is spared."""
        waiting: list[str] = []
        while not self.stopped.wait(self.dice.uniform(SHORTEST, LONGEST)):
            waiting = waiting or self.dice.sample(PROCESSES, len(PROCESSES))
            self.strike(waiting.pop())
            self.trouble_stripe()

    def strike(self, name: str) -> bool:
        """False when it is down already."""
        try:
            pid = self.running.process_id(name)
        except AssertionError:
            return False
        kill(self.running, name, pid)
        self.done[name] += 1
        return True

    def trouble_stripe(self) -> None:
        fault = self.dice.choice(STRIPE_FAULTS)
        with suppress(OSError, urllib.error.URLError):
            self.running.control("/faults", **fault)
            self.faults[str(fault["action"])] += 1


def kill(running: Running, name: str, pid: int) -> None:
    """Without warning. The web server with its workers; Redis also loses what it has on disk."""
    with suppress(ProcessLookupError):
        if name == "web":
            os.killpg(pid, signal.SIGKILL)
        else:
            os.kill(pid, signal.SIGKILL)
    if name == "redis":
        (running.folder / "instance" / "redis" / "dump.rdb").unlink(missing_ok=True)
