"""Keeps parts running, and ends them in order."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby

from sandbox import children
from sandbox.errors import SandboxError
from sandbox.guard import Guard
from sandbox.service import Part, Service

_FIRST_PAUSE = 0.3
_LONGEST_PAUSE = 10.0
_LONG_ENOUGH = 30.0  # having run that long, a part that ends is started again soon
_PATIENCE_AT_THE_END = 5.0
_TICK = 0.03


class StopAsked(BaseException):
    """Somebody pressed Ctrl-C. Not an error, so that no `except Exception` swallows it."""


@dataclass
class _Kept:
    part: Part
    pid: int
    started: float
    pause: float = _FIRST_PAUSE
    due: float | None = None  # when it is to start again, while it does not run

    @property
    def has_ended(self) -> bool:
        return self.part.process is None or self.part.process.poll() is not None


class Supervisor:
    """Everything happens in the thread that made it: the kernel ties the children to it."""

    def __init__(self, guard: Guard, say: Callable[[str], None]) -> None:
        self._guard = guard
        self._say = say
        self._kept: list[_Kept] = []
        self._stop_asked = False
        self._hurry = False

    def listen_for_signals(self) -> None:
        wanted = [signal.SIGINT, signal.SIGTERM]
        if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # as it is under nohup
            wanted.append(signal.SIGHUP)
        for sig in wanted:
            signal.signal(sig, lambda *_: self._ask_to_stop())

    def start(self, part: Part) -> None:
        """Start it, keep it running, do not wait for it."""
        part.launch()
        self._kept.append(_Kept(part, self._mind(part), time.monotonic()))

    def wait_for(self, *parts: Part, patience: float = 60.0) -> None:
        """Return when all of them answer. Raises SandboxError with the reason if one cannot."""
        deadline = time.monotonic() + patience
        waiting = [kept for kept in self._kept if kept.part in parts]
        while waiting := [kept for kept in waiting if not kept.part.ready()]:
            for kept in waiting:
                if kept.has_ended:
                    self._bury(kept)
                    kept.part.recover()
                    self._start_again(kept)
                if time.monotonic() > deadline:
                    name, log = kept.part.name, kept.part.log
                    raise SandboxError(f"{name} gave no answer for {patience:.0f} s; see {log}.")
            self.pause(_TICK)

    def run_once(self, service: Service) -> None:
        """Run something to its end. Raises SandboxError with its last words when it fails."""
        service.launch()
        kept = _Kept(service, self._mind(service), time.monotonic())
        self._kept.append(kept)
        while not kept.has_ended:
            self.pause(_TICK)
        self._bury(kept)
        self._kept.remove(kept)
        if service.process is not None and service.process.returncode != 0:
            raise SandboxError(service.last_words("failed"))

    def tend(self) -> None:
        """Start again what has ended, after a pause that grows while it keeps ending."""
        for kept in self._kept:
            if kept.due is None and kept.has_ended:
                self._note_the_end(kept)
            elif kept.due is not None and time.monotonic() >= kept.due:
                self._start_again(kept)

    def stop(self) -> None:
        """End everything: the product first, then what it talks to, the engines last."""
        by_rank = sorted(self._kept, key=lambda kept: kept.part.stop_rank)
        for _, group in groupby(by_rank, key=lambda kept: kept.part.stop_rank):
            self._stop_together([kept for kept in group if kept.due is None])
        self._kept.clear()

    def pause(self, seconds: float) -> None:
        """Raises StopAsked as soon as somebody wants us to end."""
        if not self._stop_asked:
            time.sleep(seconds)
        if self._stop_asked:
            raise StopAsked

    def _stop_together(self, group: Sequence[_Kept]) -> None:
        for kept in group:
            if kept.part.process is not None and not kept.has_ended:
                kept.part.process.send_signal(kept.part.stop_signal)
        deadline = time.monotonic() + _PATIENCE_AT_THE_END
        while not all(kept.has_ended for kept in group):
            if self._hurry or time.monotonic() > deadline:
                break
            time.sleep(_TICK)
        for kept in group:
            self._bury(kept)

    def _ask_to_stop(self) -> None:
        self._hurry = self._stop_asked
        self._stop_asked = True

    def _mind(self, part: Part) -> int:
        if part.process is None:
            raise RuntimeError(f"{part.name} was launched and has no process")
        self._guard.mind(part.process.pid, part.stop_signal)
        return part.process.pid

    def _note_the_end(self, kept: _Kept) -> None:
        now = time.monotonic()
        if now - kept.started > _LONG_ENOUGH:
            kept.pause = _FIRST_PAUSE
        self._say(f"{kept.part.name} {_how_it_ended(kept.part)}; starting it again.")
        self._bury(kept)
        kept.due = now + kept.pause
        kept.pause = min(kept.pause * 2, _LONGEST_PAUSE)

    def _start_again(self, kept: _Kept) -> None:
        kept.part.launch()
        kept.pid = self._mind(kept.part)
        kept.started = time.monotonic()
        kept.due = None

    def _bury(self, kept: _Kept) -> None:
        """Nothing of its session may live on: it would hold the port, or do work twice."""
        children.kill_group(kept.pid)
        if kept.part.process is not None:
            kept.part.process.wait()
        self._guard.forget(kept.pid)


def _how_it_ended(part: Part) -> str:
    code = part.process.returncode if part.process is not None else 0
    if code < 0:
        with suppress(ValueError):
            return f"was ended by {signal.Signals(-code).name}"
    return f"ended with status {code}"
