"""Idempotency keys of API v1.

The answer to a request is kept under its key once work on it had begun, whether it succeeded or
not, for 24 hours and for each account by itself. The same key with the same parameters gets that
answer again; with others, an error; while the first is still at work, a conflict.
"""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sandbox.stripe.errors import ApiError, invalid
from sandbox.stripe.store import Store

KEPT = 86_400
MAX_LENGTH = 255


@dataclass(frozen=True)
class Answer:
    status: int
    body: str
    request_id: str


@dataclass(frozen=True)
class Key:
    account: str
    key: str
    path: str
    fingerprint: str


def make_key(account: str, key: str, path: str, params: dict[str, Any]) -> Key:
    if len(key) > MAX_LENGTH:
        raise invalid(
            f"Invalid idempotency key: keys can be at most {MAX_LENGTH} characters long, yours"
            f" has {len(key)}."
        )
    canonical = json.dumps(params, sort_keys=True).encode()
    return Key(account, key, path, hashlib.sha256(canonical).hexdigest())


class Running:
    """The keys of the requests that are at work at this moment."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._keys: set[tuple[str, str]] = set()

    @contextmanager
    def hold(self, key: Key) -> Iterator[None]:
        name = (key.account, key.key)
        with self._lock:
            if name in self._keys:
                raise ApiError(
                    "There is currently another in-progress request using this Idempotent Key (that"
                    " probably means you submitted twice, and the other request is still going"
                    " through):"
                    f" {key.key}. Try again later.",
                    status=409,
                    code="idempotency_key_in_use",
                )
            self._keys.add(name)
        try:
            yield
        finally:
            with self._lock:
                self._keys.discard(name)


def recall(store: Store, key: Key, now: int) -> Answer | None:
    """The answer kept under `key`. Raises `idempotency_error` if it belongs to another request."""
    row = store.row(
        "SELECT path, fingerprint, status, body, request_id FROM idempotency"
        " WHERE account = ? AND key = ? AND created > ?",
        (key.account, key.key, now - KEPT),
    )
    if row is None:
        return None
    path, fingerprint, status, body, request_id = row
    if path != key.path:
        raise _misused(
            f"for the same endpoint they were first used for ('{key.path}' vs '{path}')", key
        )
    if fingerprint != key.fingerprint:
        raise _misused("with the same parameters they were first used with", key)
    return Answer(status, body, request_id)


def forget_old(store: Store, now: int) -> None:
    """Inside a transaction."""
    store.run("DELETE FROM idempotency WHERE created <= ?", (now - KEPT,))


def _misused(how: str, key: Key) -> ApiError:
    return ApiError(
        f"Keys for idempotent requests can only be used {how}. Try using a key other than"
        f" '{key.key}' if"
        " you meant to execute a different request.",
        kind="idempotency_error",
    )


def keep(store: Store, key: Key, answer: Answer, now: int) -> None:
    store.run(
        "INSERT OR REPLACE INTO idempotency VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            key.account,
            key.key,
            key.path,
            key.fingerprint,
            answer.status,
            answer.body,
            answer.request_id,
            now,
        ),
    )
