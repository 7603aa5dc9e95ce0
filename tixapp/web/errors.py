"""Where errors meet HTTP: one table of statuses, one page, one problem document."""

import errno
from http import HTTPStatus
from typing import Any

import psycopg
import structlog
from flask import Flask, Response, g, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from sqlalchemy import exc
from werkzeug.exceptions import HTTPException

from tixapp.core.db import give_up_transaction
from tixapp.core.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    TixappError,
    TooMany,
    Unavailable,
)

from .counters import refusals

STATUS: dict[type[TixappError], int] = {
    NotFound: 404,
    Forbidden: 403,
    Invalid: 422,
    Conflict: 409,
    TooMany: 429,
    Unavailable: 503,
}
SERVER_FAULT = 500
TURNED_AWAY = (
    psycopg.errors.ReadOnlySqlTransaction,
    psycopg.errors.IdleInTransactionSessionTimeout,
)
# No room, no more of it for us, no larger files: where uploads are laid aside, as a rule.
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})

log = structlog.get_logger()


def status_of(error: TixappError) -> int:
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), SERVER_FAULT)


def wants_json() -> bool:
    """The API always speaks JSON; a page's script says so in Accept."""
    if request.path.startswith("/api/"):
        return True
    accepted = request.accept_mimetypes
    return accepted.best_match(["text/html", "application/json"]) == "application/json"


def problem(status: int, code: str, detail: str, extra: dict[str, Any] | None = None) -> Response:
    """An RFC 9457 problem document with our stable `code`."""
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
        "request_id": g.get("request_id"),
        **(extra or {}),
    }
    response = jsonify(body)
    response.status_code = status
    response.mimetype = "application/problem+json"
    return response


def error_response(
    status: int, code: str, detail: str, extra: dict[str, Any] | None = None
) -> Response:
    if wants_json():
        return problem(status, code, detail, extra)
    template = "errors/static.html" if status >= SERVER_FAULT else "errors/error.html"
    page = render_template(template, status=status, code=code, detail=detail)
    return Response(page, status=status, mimetype="text/html")


def register(app: Flask) -> None:
    app.register_error_handler(TixappError, _ours)
    app.register_error_handler(CSRFError, _stale_form)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(exc.OperationalError, _database_away)
    app.register_error_handler(exc.TimeoutError, _database_away)  # every connection is in use
    app.register_error_handler(exc.InternalError, _database_turns_away)
    app.register_error_handler(OSError, _disk)
    app.register_error_handler(Exception, _unforeseen)


def _ours(error: TixappError) -> ResponseReturnValue:
    refusals.labels(error.code).inc()
    response = error_response(status_of(error), error.code, str(error), error.details())
    if isinstance(error, TooMany):
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def _stale_form(error: CSRFError) -> ResponseReturnValue:
    text = _("This page was open for too long. Go back, load it again and send the form once more.")
    return error_response(400, "csrf", text)


def _http(error: HTTPException) -> ResponseReturnValue:
    status = error.code or SERVER_FAULT
    if status < HTTPStatus.BAD_REQUEST:  # a redirect that werkzeug raises
        return error
    code = HTTPStatus(status).phrase.lower().replace(" ", "_")
    response = error_response(status, code, "")
    for name, value in error.get_headers():
        if name.lower() not in {"content-type", "content-length"}:
            response.headers[name] = value
    return response


def _database_away(
    error: exc.OperationalError | exc.TimeoutError | exc.InternalError,
) -> ResponseReturnValue:
    """No database, or a wait that took too long: nothing was changed, and it may be tried again."""
    give_up_transaction()
    g.session_unread = True  # the page is drawn for nobody: who it is would be asked once more
    log.warning("database_unavailable", fault=str(getattr(error, "orig", error)).strip())
    response = error_response(503, "unavailable", "")
    response.headers["Retry-After"] = "5"
    return response


def _database_turns_away(error: exc.InternalError) -> ResponseReturnValue:
    """It takes no writes while it is being restored, and hangs up on who was halted for long."""
    return _database_away(error) if isinstance(error.orig, TURNED_AWAY) else _unforeseen(error)


def _disk(error: OSError) -> ResponseReturnValue:
    if error.errno not in FULL:
        return _unforeseen(error)
    give_up_transaction()
    log.error("disk_full", fault=str(error))
    response = error_response(503, "unavailable", "")
    response.headers["Retry-After"] = "60"
    return response


def _unforeseen(error: Exception) -> ResponseReturnValue:
    give_up_transaction()
    log.exception("unforeseen", exc_info=error)
    return error_response(SERVER_FAULT, "server_fault", "")
