"""Where the shared documents of rooms are kept at hand: this process, then Redis, then PostgreSQL.

A crowd asks for them: an answer from this process runs no view and no hook, and looks at no cookie.
Redis is a convenience between processes; emptied or away, the next look goes to the database.
"""

from __future__ import annotations

import gzip
import hashlib
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

import redis
import structlog
from flask import Flask, current_app
from redis.exceptions import RedisError

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

EXTENSION = "room_shelf"
# For so long this process answers by itself; caches in front of it go by the header.
FRESH_SECONDS = 1.0
MOST = 512
REDIS_SECONDS = 0.3
REDIS_KEEPS = 60
PATH = re.compile(r"/room/(evt_[a-z2-7]{16})\.json")
CACHE_CONTROL = "public, s-maxage=2, stale-while-revalidate=10, stale-if-error=600"
HEADERS = [
    ("Content-Type", "application/json"),
    ("Cache-Control", CACHE_CONTROL),
    ("Vary", "Accept-Encoding"),
    ("X-Content-Type-Options", "nosniff"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
]

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Kept:
    """A document ready to be sent, as it is and `packed` by gzip: with many kinds of tickets it is
    under 700 bytes on the line only so. `until` by this process's own steady clock."""

    body: bytes
    packed: bytes
    mark: str
    until: float

    def answer(self, encodings: str, known: str | None) -> tuple[str, list[tuple[str, str]], bytes]:
        """(status, headers, body) for whoever takes these `encodings` and has what is `known`."""
        packs = "gzip" in encodings
        etag = f'"{self.mark}{"-z" if packs else ""}"'
        if known == etag:
            return "304 Not Modified", [*HEADERS[1:], ("ETag", etag)], b""
        body = self.packed if packs else self.body
        coded = [("Content-Encoding", "gzip")] if packs else []
        sizes = [("ETag", etag), ("Content-Length", str(len(body)))]
        return "200 OK", [*HEADERS, *coded, *sizes], body


class Shelf:
    """The documents of this process, safe to use from many threads."""

    def __init__(self, redis_url: str) -> None:
        self._kept: dict[str, Kept] = {}
        self._lock = Lock()
        self.redis = _redis(redis_url)

    def fresh(self, event_id: str) -> Kept | None:
        kept = self._kept.get(event_id)
        return kept if kept is not None and time.monotonic() < kept.until else None

    def put(self, event_id: str, text: str) -> Kept:
        body = text.encode()
        mark = hashlib.sha256(body).hexdigest()[:20]
        packed = gzip.compress(body, 6, mtime=0)
        kept = Kept(body, packed, mark, time.monotonic() + FRESH_SECONDS)
        with self._lock:
            if len(self._kept) >= MOST:
                self._kept.clear()
            self._kept[event_id] = kept
        return kept

    def clear(self) -> None:
        self._kept.clear()

    def from_redis(self, event_id: str) -> str | None:
        if self.redis is None:
            return None
        try:
            found = self.redis.get(_key(event_id))
        except RedisError as fault:
            log.warning("room_without_redis", fault=str(fault))
            return None
        return found.decode() if isinstance(found, bytes) else None

    def to_redis(self, event_id: str, text: str) -> None:
        """Repeated at each look of the control, so that an emptied Redis is full again by then."""
        if self.redis is None:
            return
        try:
            self.redis.set(_key(event_id), text, ex=REDIS_KEEPS)
        except RedisError as fault:
            log.warning("room_without_redis", fault=str(fault))


class RoomDocuments:
    """In front of the application: answers with documents that this process has, and no more."""

    def __init__(self, app: WSGIApplication, shelf: Shelf) -> None:
        self.app, self.shelf = app, shelf

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path.startswith("/room/") and environ["REQUEST_METHOD"] == "GET":
            match = PATH.fullmatch(path)
            is_plain = not environ.get("QUERY_STRING")
            kept = self.shelf.fresh(match[1]) if match and is_plain else None
            if kept is not None:
                encodings = environ.get("HTTP_ACCEPT_ENCODING", "")
                status, headers, body = kept.answer(encodings, environ.get("HTTP_IF_NONE_MATCH"))
                start_response(status, headers)
                return [body]
        return self.app(environ, start_response)


def shelf() -> Shelf:
    found: Shelf = current_app.extensions[EXTENSION]
    return found


def register(app: Flask, redis_url: str) -> None:
    made = app.extensions[EXTENSION] = Shelf(redis_url)
    app.wsgi_app = RoomDocuments(app.wsgi_app, made)  # type: ignore[method-assign]


def _key(event_id: str) -> str:
    """With a hash tag: all keys of a room are on one node of a cluster."""
    return f"room:{{{event_id}}}:document"


def _redis(url: str) -> redis.Redis | None:
    try:
        return redis.Redis.from_url(
            url, socket_timeout=REDIS_SECONDS, socket_connect_timeout=REDIS_SECONDS
        )
    except ValueError:  # counted in memory: there is no Redis
        return None
