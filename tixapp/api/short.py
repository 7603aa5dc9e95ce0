"""The short way of a call: whole in one statement, and in front of the application.

Of a call that comes thousands of times a minute most of the cost was not the statement but the way
to it: hooks, routing, contexts, a response drawn up and taken apart again. Here the request is read
as it came, and the answer is written as it is sent. See decision 0028.

Whatever is not quite usual goes the long way, which is the specification. Nothing has been done
then; `WAS_TRIED` says that the call is counted and that the short way need not be looked at again.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

from flask import Flask, current_app
from flask_limiter import RateLimitExceeded
from pydantic import ValidationError

from tixapp.accounts.queries import ShownKey, enough_for, hashed
from tixapp.core.clock import clock
from tixapp.core.errors import TixappError
from tixapp.orders.idempotency import fingerprint, proper_key
from tixapp.web.headers import fixed_headers
from tixapp.web.requests import BEGAN, begin_request, note_request

from .answers import Answer, headers_of, status_line, text_of
from .auth import note_use
from .bodies import LONGEST_BODY, plain_object
from .calls import CALLS, FAULT, KEY_HEADER, WAS_TRIED, AtOnce, Call, Keyed, Name, Wanted
from .limits import count_call, count_quietly
from .views import bp

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

BEARER = "Bearer "
JSON = "application/json"
KEY = "HTTP_" + KEY_HEADER.upper().replace("-", "_")


@dataclass(frozen=True, slots=True)
class Way:
    """A call with a short way, and what is known of it beforehand."""

    call: Call
    at_once: AtOnce
    endpoint: str
    path: re.Pattern[str]
    scopes: tuple[str, ...]


def ways() -> list[Way]:
    return [_way(call, call.at_once) for call in CALLS if call.at_once is not None]


def _way(call: Call, at_once: AtOnce) -> Way:
    path = re.sub(r"\{(\w+)\}", r"(?P<\1>[A-Za-z0-9_]{1,40})", f"{bp.url_prefix}{call.path}")
    scopes = tuple(enough_for(call.access))
    return Way(call, at_once, f"{bp.name}.{call.name}", re.compile(path), scopes)


class ShortWays:
    """In front of the application: answers calls that one statement does, and no others."""

    def __init__(self, app: Flask, wsgi: WSGIApplication) -> None:
        self.app, self.wsgi, self.ways = app, wsgi, ways()
        self.headers = [*fixed_headers(app), ("Cache-Control", "no-store")]

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] == "POST":
            for way in self.ways:
                if (found := way.path.fullmatch(environ["PATH_INFO"])) is not None:
                    body = self._go(way, found.groupdict(), environ, start_response)
                    if body is not None:
                        return body
        return self.wsgi(environ, start_response)

    def _go(
        self,
        way: Way,
        ids: dict[str, str],
        environ: WSGIEnvironment,
        start_response: StartResponse,
    ) -> list[bytes] | None:
        """None, with nothing done, for any call that is not usual in all it brings."""
        began = environ[BEGAN] = time.perf_counter()
        with self.app.app_context():
            name = begin_request(environ.get("REMOTE_ADDR"), environ.get("HTTP_X_REQUEST_ID"))
            try:
                answer = _answer(way, ids, environ)
                if answer is None:
                    return None
                body = text_of(answer).encode()
            except Exception as fault:  # said where all faults are said
                environ[FAULT] = fault
                return None
        headers = [("Content-Type", JSON), ("Content-Length", str(len(body)))]
        headers += [*headers_of(answer), *self.headers, ("X-Request-Id", name)]
        start_response(status_line(answer.status), headers)
        seconds = time.perf_counter() - began
        note_request(way.endpoint, "POST", environ["PATH_INFO"], answer.status, seconds)
        return [body]


def _answer(way: Way, ids: dict[str, str], environ: WSGIEnvironment) -> Answer | None:
    secret, raw = _secret(environ), _body(environ)
    if secret is None or raw is None:
        return None
    try:
        assert way.call.takes is not None  # noqa: S101 - calls that do something take something
        takes = way.call.takes.model_validate_json(raw)
        name = _name(way.call, environ, raw)
    except (ValidationError, TixappError):
        return None
    token, now = hashed(secret), clock.now()
    if not (count_quietly(token) or _count_aloud(token, environ)):
        return None
    environ[WAS_TRIED] = True
    done = way.at_once(Wanted(takes, now, ShownKey(token, way.scopes), name), **ids)
    if done is None:
        return None
    key, answer = done
    note_use(key, now=now)
    return answer


def _count_aloud(token: bytes, environ: WSGIEnvironment) -> bool:
    """Tells Redis of a share, within a request as the limiter knows it. False for a key that calls
    too often, and then it is not counted: the long way says so."""
    with current_app.request_context(environ):
        try:
            count_call(token)
        except RateLimitExceeded:
            return False
        return True


def _secret(environ: WSGIEnvironment) -> str | None:
    sent: str = environ.get("HTTP_AUTHORIZATION", "")
    return sent[len(BEARER) :].strip() if sent.startswith(BEARER) else None


def _body(environ: WSGIEnvironment) -> bytes | None:
    """As it was read before the application began; it stays there to be read again."""
    stream: Any = environ["wsgi.input"]
    if isinstance(stream, BytesIO):
        raw = stream.getvalue()
    elif environ.get("CONTENT_LENGTH") == "0":
        raw = b""
    else:
        return None
    if not raw:
        return b"{}"
    return raw if environ.get("CONTENT_TYPE") == JSON and len(raw) <= LONGEST_BODY else None


def _name(call: Call, environ: WSGIEnvironment, raw: bytes) -> Name | None:
    """Raises BadIdempotencyKey and BadRequestBody."""
    key: str | None = environ.get(KEY)
    if key is None or call.keyed is Keyed.NO:
        return None
    return Name(proper_key(key), fingerprint(call.method, environ["PATH_INFO"], plain_object(raw)))
