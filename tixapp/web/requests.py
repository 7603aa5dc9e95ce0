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
    requests.labels(endpoint, request.method, response.status_code).observe(seconds)
    # The path alone: a query may carry a token.
    log.info(
        "request",
        method=request.method,
        path=request.path,
        status=response.status_code,
        ms=round(seconds * 1000, 1),
    )
