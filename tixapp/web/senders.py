"""Slow senders: a body that arrives byte by byte holds a thread, and there are few threads.

The server waits for bodies without a deadline. So only some of its threads may wait at once: the
others go on serving whoever sends nothing, and a body that finds no room is refused.
"""

import re
from collections.abc import Iterable
from contextlib import suppress
from io import BytesIO
from tempfile import TemporaryFile
from threading import BoundedSemaphore
from typing import IO, TYPE_CHECKING, Any

from werkzeug.wsgi import ClosingIterator

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
# Of the sixteen threads of a process (Procfile).
MOST_WAITING = 12
PATIENCE_SECONDS = 1.0
PIECE = 65_536
UPLOADS = re.compile(r"/sell/events/[^/]+/picture")
TOO_MANY = b"Too many slow requests at the moment. Please try again."
NO_ROOM = b"There is no room for files at the moment. Please try again in a few minutes."
HEADERS = (
    ("Content-Type", "text/plain"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("X-Content-Type-Options", "nosniff"),
    ("Cache-Control", "no-store"),
    ("Connection", "close"),
)


def is_upload(path: str) -> bool:
    """Whether a file may be sent there: it may be larger than a form."""
    return UPLOADS.fullmatch(path) is not None


class Senders:
    """Reads a body of up to `longest` bytes before the application begins; longer ones are left
    to it: it refuses them by their length alone. Where files are uploaded a body may have
    `largest` bytes, and waits on the disk."""

    def __init__(
        self,
        app: "WSGIApplication",
        *,
        longest: int,
        largest: int = 0,
        most_waiting: int = MOST_WAITING,
    ) -> None:
        self.app, self.longest, self.largest = app, longest, max(longest, largest)
        self.room = BoundedSemaphore(most_waiting)

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        length = self._length(environ)
        if 0 < length <= self._most(environ) + 1:
            if not self.room.acquire(timeout=PATIENCE_SECONDS):
                return _refused(start_response, TOO_MANY, seconds=5)
            try:
                body = self._body(environ["wsgi.input"], length)
            except OSError:  # the disk is full
                return _refused(start_response, NO_ROOM, seconds=60)
            finally:
                self.room.release()
            environ["wsgi.input"] = body
            answer = self.app(environ, start_response)
            return answer if isinstance(body, BytesIO) else ClosingIterator(answer, body.close)
        return self.app(environ, start_response)

    def _most(self, environ: "WSGIEnvironment") -> int:
        return self.largest if is_upload(environ["PATH_INFO"]) else self.longest

    def _body(self, stream: Any, length: int) -> IO[bytes]:
        if length <= self.longest + 1:
            return BytesIO(stream.read(length))
        file = TemporaryFile()  # noqa: SIM115 - the application reads it; it is gone with it
        try:
            while length > 0 and (piece := stream.read(min(length, PIECE))):
                file.write(piece)
                length -= len(piece)
            file.seek(0)
        except OSError:
            _give_up(file)
            raise
        return file

    def _length(self, environ: "WSGIEnvironment") -> int:
        """How much to read: one byte too many where the sender does not say."""
        said = environ.get("CONTENT_LENGTH")
        if said:
            return int(said) if said.isascii() and said.isdecimal() and len(said) < 20 else 0
        is_in_pieces = bool(environ.get("wsgi.input_terminated"))
        return self.longest + 1 if is_in_pieces and environ["REQUEST_METHOD"] not in SAFE else 0


def _refused(start_response: "StartResponse", text: bytes, *, seconds: int) -> list[bytes]:
    length, wait = ("Content-Length", str(len(text))), ("Retry-After", str(seconds))
    start_response("503 Service Unavailable", [*HEADERS, length, wait])
    return [text]


def _give_up(file: IO[bytes]) -> None:
    """What was not written is dropped with it: closing tries once more to write that."""
    with suppress(OSError):
        file.close()
