"""Mails as files: `000012.eml` is what came over the line, `000012.json` its envelope."""

from __future__ import annotations

import json
import threading
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path


@dataclass(frozen=True)
class Envelope:
    """Who really sent it to whom, whatever the headers say."""

    id: int
    sender: str
    recipients: tuple[str, ...]
    received_at: str

    def is_for(self, address: str) -> bool:
        return address.casefold() in (one.casefold() for one in self.recipients)


class Store:
    """All mails in one folder, oldest first. Reads it once, then keeps the envelopes in memory."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._envelopes = {one.id: one for one in map(_read, sorted(folder.glob("*.json")))}
        self._last = max(self._envelopes, default=0)

    def add(self, sender: str, recipients: list[str], content: bytes) -> Envelope:
        with self._lock:
            self._last += 1
            number = self._last
        received_at = datetime.now(UTC).isoformat(timespec="milliseconds")
        envelope = Envelope(number, sender, tuple(recipients), received_at)
        self._path(number, "eml").write_bytes(content)
        draft = self._path(number, "draft")
        draft.write_text(json.dumps(asdict(envelope)))
        draft.replace(self._path(number, "json"))  # whole or absent, whenever we are killed
        self._envelopes[number] = envelope
        return envelope

    def envelopes(self, *, to: str | None = None) -> list[Envelope]:
        """Newest first."""
        found = sorted(self._envelopes.values(), key=lambda one: one.id, reverse=True)
        return [one for one in found if to is None or one.is_for(to)]

    def envelope(self, number: int) -> Envelope | None:
        return self._envelopes.get(number)

    def content(self, number: int) -> bytes:
        return self._path(number, "eml").read_bytes()

    def empty(self) -> None:
        with self._lock:
            for number in list(self._envelopes):
                del self._envelopes[number]
                self._path(number, "json").unlink(missing_ok=True)
                self._path(number, "eml").unlink(missing_ok=True)

    def _path(self, number: int, ending: str) -> Path:
        return self.folder / f"{number:06d}.{ending}"


def _read(path: Path) -> Envelope:
    values = json.loads(path.read_text())
    return Envelope(**values | {"recipients": tuple(values["recipients"])})
