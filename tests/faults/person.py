"""Somebody with an API key who asks again, with the same Idempotency-Key, until answered."""

from __future__ import annotations

import http.client
import json
import random
import threading
import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from .journal import FAILED, OK, UNKNOWN, Journal

PATIENCE = 12.0
TRIES = 6
SERVER_FAULT = 500
REFUSED = 400


@dataclass(frozen=True)
class Answer:
    """`status` is None where the line broke before an answer came."""

    status: int | None
    body: dict[str, Any]

    @property
    def is_ok(self) -> bool:
        return self.status is not None and self.status < REFUSED

    @property
    def state(self) -> str:
        if self.status is None or self.status >= SERVER_FAULT:
            return UNKNOWN
        return OK if self.is_ok else FAILED


def send(
    url: str, method: str, headers: dict[str, str], body: bytes | None, patience: float = PATIENCE
) -> Answer:
    parts = urlsplit(url)
    line = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=patience)
    try:
        line.request(method, parts.path, body, headers)
        answer = line.getresponse()
        raw = answer.read()
    except (OSError, http.client.HTTPException):
        return Answer(None, {})
    finally:
        line.close()
    try:
        found = json.loads(raw)
    except ValueError:
        found = {}
    return Answer(answer.status, found if isinstance(found, dict) else {})


class Person:
    """One of the load. `stopped` ends what they do; a try that has begun is finished."""

    def __init__(
        self, name: str, key: str, url: str, journal: Journal, seed: str, stopped: threading.Event
    ) -> None:
        self.name, self.key, self.url, self.journal = name, key, url, journal
        self.dice = random.Random(seed)
        self.stopped = stopped

    def pause(self, least: float, most: float) -> None:
        self.stopped.wait(self.dice.uniform(least, most))

    def ask(
        self, op: str, method: str, path: str, body: Any = None, *, tell: tuple[str, ...] = ()
    ) -> Answer:
        """`tell`: members of the answer that the journal keeps as acknowledged."""
        key = str(uuid.UUID(int=self.dice.getrandbits(128), version=4))
        answer, tries = Answer(None, {}), 0
        while tries < TRIES:
            tries += 1
            answer = self.send(method, path, body, key)
            if answer.state != UNKNOWN:
                break
            self.pause(0.3, 2.0)
        self.journal.note(
            self.name,
            op,
            key,
            state=answer.state,
            status=answer.status,
            code=str(answer.body.get("code", "")) if not answer.is_ok else "",
            tries=tries,
            told={name: answer.body[name] for name in tell if name in answer.body},
        )
        return answer

    def send(self, method: str, path: str, body: Any = None, key: str = "") -> Answer:
        headers = {"Authorization": f"Bearer {self.key}"}
        if key and method == "POST":
            headers["Idempotency-Key"] = key
        raw = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            raw = json.dumps(body).encode()
        answer = send(f"{self.url}/api/v1{path}", method, headers, raw)
        self.journal.count_answer(answer.status)
        return answer
