"""How often one may try. Slowed, never locked: a stranger's guesses end with their hour."""

import hashlib
from collections.abc import Callable
from typing import Any, TypeVar

from flask import Response, request
from flask_limiter.util import get_remote_address

from tixapp.web.limits import by_person, limiter

from .errors import BadAddress
from .rules import address

FOUND = 303

View = TypeVar("View", bound=Callable[..., Any])


def limited(*limits: Any) -> Callable[[View], View]:
    """All of these limits before a view."""

    def decorate(view: View) -> View:
        for limit in limits:
            view = limit(view)
        return view

    return decorate


def by_account() -> str:
    """The account somebody tries, whether it exists or not, by any spelling of its address."""
    written = request.form.get("email", "")[:1000]
    try:
        key = address(written).key
    except BadAddress:
        key = written
    return f"account:{hashlib.sha256(key.encode('utf-8', 'replace')).hexdigest()[:32]}"


def by_account_here() -> str:
    return f"{by_account()}:{get_remote_address()}"


def is_refused(response: Response) -> bool:
    """Only attempts that failed are counted: an office signs in from one address."""
    return response.status_code != FOUND


GUESSES = (
    limiter.limit(
        "10 per minute; 40 per hour",
        key_func=by_account_here,
        methods=["POST"],
        deduct_when=is_refused,
    ),
    limiter.limit("100 per hour", key_func=by_account, methods=["POST"], deduct_when=is_refused),
    limiter.limit(
        "30 per minute; 300 per hour",
        key_func=get_remote_address,
        methods=["POST"],
        deduct_when=is_refused,
    ),
)
# Letters that strangers can make us send: by address here, by account in the job.
STRANGERS_LETTERS = limiter.limit("100 per hour", key_func=get_remote_address, methods=["POST"])
OWN_LETTERS = limiter.limit("10 per hour", key_func=by_person, methods=["POST"])
OWN_PASSWORD = limiter.limit(
    "10 per minute; 40 per hour", key_func=by_person, methods=["POST"], deduct_when=is_refused
)
KEYS = limiter.limit("30 per hour", key_func=by_person, methods=["POST"])
