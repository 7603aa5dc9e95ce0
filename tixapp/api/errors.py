"""What a program does wrong, and how each of our errors looks in the API.

KeyMissing    no key, or one that is not, or no longer, alive      401
ScopeMissing  a key that was not made for this                     403
BadRequestBody  not JSON, or not an object                         400
NoVersion     a change that does not say what it changes           428
"""

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from tixapp.core.errors import Forbidden, Invalid, TixappError
from tixapp.events.errors import StaleVersion
from tixapp.orders.errors import BadIdempotencyKey
from tixapp.web.errors import problem

REALM = 'Bearer realm="tixapp"'


class KeyMissing(TixappError):
    code = "unauthorized"


class ScopeMissing(Forbidden):
    code = "insufficient_scope"

    def __init__(self, scope: str) -> None:
        super().__init__(f"This key was made without the scope {scope}.")
        self.scope = scope

    def details(self) -> dict[str, str]:
        return {"scope": self.scope}


class BadRequestBody(Invalid):
    code = "malformed_json"


class NoVersion(TixappError):
    code = "precondition_required"


def register(bp: Blueprint) -> None:
    bp.register_error_handler(KeyMissing, _unauthorized)
    bp.register_error_handler(BadRequestBody, _bad_request)
    bp.register_error_handler(BadIdempotencyKey, _bad_request)
    bp.register_error_handler(NoVersion, _no_version)
    bp.register_error_handler(StaleVersion, _stale)


def _unauthorized(error: KeyMissing) -> ResponseReturnValue:
    response = _problem(401, error)
    response.headers["WWW-Authenticate"] = REALM
    return response


def _bad_request(error: TixappError) -> ResponseReturnValue:
    return _problem(400, error)


def _no_version(error: NoVersion) -> ResponseReturnValue:
    return _problem(428, error)


def _stale(error: StaleVersion) -> ResponseReturnValue:
    response = _problem(412, error)
    response.set_etag(str(error.version))
    return response


def _problem(status: int, error: TixappError) -> Response:
    return problem(status, error.code, str(error), error.details())
