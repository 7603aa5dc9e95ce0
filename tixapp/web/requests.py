"""Request ids and the log line of each request."""

import logging
import re
import sys
import time
import uuid

import structlog
from flask import Flask, Response, abort, g, request

from tixapp.core.trail import Origin, come_from

from .counters import requests

PROPER_ID = re.compile(r"[A-Za-z0-9-]{8,64}")

# A client may make up any other: each would be a row of its own in the metrics, for ever.
METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
# A ticket's number opens the door when it is typed there: the logs keep its beginning.
LONG_NUMBER = re.compile(r"\b([A-Z2-7]{4})[A-Z2-7]{9}\b")

log = structlog.get_logger()


def configure_logging(*, as_json: bool) -> None:
    """One line an event on standard output: JSON in production, readable in development."""
    renderer = (
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(colors=sys.stdout.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=True,
    )


def register(app: Flask) -> None:
    @app.before_request
    def begin() -> None:
        given = request.headers.get("X-Request-Id", "")
        g.request_id = given if PROPER_ID.fullmatch(given) else uuid.uuid4().hex
        g.began = time.perf_counter()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=g.request_id)
        come_from(Origin(request.remote_addr or "", g.request_id))
        if "\x00" in request.path:
            abort(404)  # PostgreSQL's text holds no NUL: nothing is called that

    @app.after_request
    def finish(response: Response) -> Response:
        response.headers["X-Request-Id"] = g.get("request_id", "")
        if request.endpoint != "static":
            _note(response, time.perf_counter() - g.get("began", time.perf_counter()))
        return response


def _note(response: Response, seconds: float) -> None:
    endpoint = request.endpoint or "none"
    method = request.method if request.method in METHODS else "OTHER"
    requests.labels(endpoint, method, response.status_code).observe(seconds)
    # The path alone: a query may carry a token.
    log.info(
        "request",
        method=request.method,
        path=LONG_NUMBER.sub(r"\1…", request.path),
        status=response.status_code,
        ms=round(seconds * 1000, 1),
    )
