"""Slow senders: a body that arrives byte by byte holds a thread, and there are few threads.

The server waits for bodies without a deadline. So only some of its threads may wait at once: the
others go on serving whoever sends nothing, and a body that finds no room is refused.
"""

from collections.abc import Iterable
from io import BytesIO
from threading import BoundedSemaphore
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
# Of the sixteen threads of a process (Procfile).
MOST_WAITING = 12
PATIENCE_SECONDS = 1.0
REFUSAL = b"Too many slow requests at the moment. Please try again."
HEADERS = [
    ("Content-Type", "text/plain"),
    ("Content-Length", str(len(REFUSAL))),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("X-Content-Type-Options", "nosniff"),
    ("Cache-Control", "no-store"),
    ("Retry-After", "5"),
    ("Connection", "close"),
]


class Senders:
    """Reads a body of up to `longest` bytes before the application begins; longer ones are left
    to it: it refuses them by their length alone."""

    def __init__(
        self, app: "WSGIApplication", *, longest: int, most_waiting: int = MOST_WAITING
    ) -> None:
        self.app, self.longest = app, longest
        self.room = BoundedSemaphore(most_waiting)

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        length = self._length(environ)
        if 0 < length <= self.longest + 1:
            if not self.room.acquire(timeout=PATIENCE_SECONDS):
                start_response("503 Service Unavailable", HEADERS)
                return [REFUSAL]
            try:
                environ["wsgi.input"] = BytesIO(environ["wsgi.input"].read(length))
            finally:
                self.room.release()
        return self.app(environ, start_response)

    def _length(self, environ: "WSGIEnvironment") -> int:
        """How much to read: one byte too many where the sender does not say."""
        said = environ.get("CONTENT_LENGTH")
        if said:
            return int(said) if said.isascii() and said.isdecimal() and len(said) < 20 else 0
        is_in_pieces = bool(environ.get("wsgi.input_terminated"))
        return self.longest + 1 if is_in_pieces and environ["REQUEST_METHOD"] not in SAFE else 0
