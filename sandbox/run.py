"""The launcher behind `make run`: everything tixapp needs, in one terminal."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from sandbox import choices
from sandbox.errors import BrokenData, SandboxError
from sandbox.guard import Guard
from sandbox.instance import Instance
from sandbox.logs import Watch
from sandbox.machine import ENVIRONMENT_FILE, Machine
from sandbox.supervisor import StopAsked, Supervisor

ROOT = Path(__file__).resolve().parent.parent


def run(root: Path = ROOT) -> int:
    """Start everything, keep it running, end it when asked."""
    chosen = choices.read(root)
    chosen.check_stripe()
    instance = Instance(root / "instance")
    instance.claim()
    chosen.check_ports()
    guard = Guard()
    supervisor = Supervisor(guard, say)
    supervisor.listen_for_signals()
    machine = Machine(root, chosen, instance, supervisor, say)
    try:
        machine.start()
        say(machine.summary())
        watch = Watch(machine.product_logs())
        while True:
            supervisor.tend()
            for line in watch.news():
                say(line)
            supervisor.pause(0.2)
    except StopAsked:
        say("\nStopping.")
    except BrokenData as error:
        raise SandboxError(
            f"{error} If nothing in it matters, `make reset` starts over with an empty instance/."
        ) from error
    finally:
        supervisor.stop()
        instance.remove(ENVIRONMENT_FILE)
        guard.dismiss()
        instance.release()
    say("Stopped. Everything is kept in instance/ for the next time.")
    return 0


def reset(root: Path = ROOT) -> int:
    Instance(root / "instance").empty()
    say("instance/ is empty. The next `make run` starts afresh.")
    return 0


def say(text: str) -> None:
    """Nobody has to listen: whoever started us may have closed the other end."""
    try:
        print(text, flush=True)
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
