"""Request ids and the log line of each request."""

import json
import logging
import re
import sys
import time
import uuid
from typing import TextIO, cast

import structlog
from flask import Flask, Response, abort, g, request
from structlog.typing import EventDict

from tixapp.core.clock import clock
from tixapp.core.trail import Origin, come_from, origin

from .counters import requests
from .lines import LogLines

# When a request came in, where something looked at it before the application did.
BEGAN = "tixapp.began"
PROPER_ID = re.compile(r"[A-Za-z0-9-]{8,64}")

# A client may make up any other: each would be a row of its own in the metrics, for ever.
METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
# A ticket's number opens the door when it is typed there: the logs keep its beginning.
LONG_NUMBER = re.compile(r"\b([A-Z2-7]{4})[A-Z2-7]{9}\b")

TO_MICROSECONDS = len("2026-11-20T12:00:00.000000")

log = structlog.get_logger()
_encode = json.JSONEncoder(default=repr).encode


def configure_logging(*, as_json: bool) -> None:
    """One line an event on standard output: JSON in production, readable in development."""
    structlog.configure(
        processors=[
            _add_what_every_line_has,
            structlog.processors.format_exc_info,
            _as_json if as_json else structlog.dev.ConsoleRenderer(colors=sys.stdout.isatty()),
        ],
        logger_factory=structlog.WriteLoggerFactory(cast("TextIO", LogLines())),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=True,
    )


def _add_what_every_line_has(_logger: object, method: str, event: EventDict) -> EventDict:
    """One step instead of structlog's three: there is a line for each request."""
    if found := origin().request_id:
        event["request_id"] = found
    event["level"] = "error" if method == "exception" else method
    event["timestamp"] = clock.now().isoformat(timespec="microseconds")[:TO_MICROSECONDS] + "Z"
    return event


def _as_json(_logger: object, _method: str, event: EventDict) -> str:
    return _encode(event)


def register(app: Flask) -> None:
    @app.before_request
    def begin() -> None:
        given = request.headers.get("X-Request-Id")
        g.request_id = begin_request(request.remote_addr, given)
        g.began = request.environ.get(BEGAN) or time.perf_counter()
        if "\x00" in request.path:
            abort(404)  # PostgreSQL's text holds no NUL: nothing is called that

    @app.after_request
    def finish(response: Response) -> Response:
        response.headers["X-Request-Id"] = g.get("request_id", "")
        endpoint = request.endpoint or "none"
        if endpoint != "static":
            seconds = time.perf_counter() - g.get("began", time.perf_counter())
            note_request(endpoint, request.method, request.path, response.status_code, seconds)
        return response


def begin_request(address: str | None, given: str | None) -> str:
    """The request's id: the sender's own where it is a proper one. From here on all that is logged
    and noted carries it."""
    found = given if given and PROPER_ID.fullmatch(given) else uuid.uuid4().hex
    come_from(Origin(address or "", found))
    return found


def note_request(endpoint: str, method: str, path: str, status: int, seconds: float) -> None:
    """One line in the log, and one in the figures of `/metrics`."""
    requests.labels(endpoint, method if method in METHODS else "OTHER", status).observe(seconds)
    # The path alone: a query may carry a token.
    log.info(
        "request",
        method=method,
        path=LONG_NUMBER.sub(r"\1…", path),
        status=status,
        ms=round(seconds * 1000, 1),
    )
