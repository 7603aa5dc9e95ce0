"""One call of the API: its address, what it takes, what it answers, who may make it.

Each is declared once, with `call`, above the function that does it. The routes and the OpenAPI
document are both made from these declarations, so they cannot differ.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import wraps
from typing import Any, Generic, TypeVar

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel

from tixapp.accounts.queries import LiveKey, ShownKey, hashed
from tixapp.core.clock import clock
from tixapp.core.errors import NotFound
from tixapp.orders.errors import BadIdempotencyKey
from tixapp.orders.idempotency import Wish, fingerprint, proper_key

from .answers import Answer, respond
from .auth import Access, Caller, identify, note_use, shown_key
from .bodies import parsed, raw_body, read_body, read_query
from .errors import NoVersion
from .limits import count_call

Takes = TypeVar("Takes")
View = Callable[..., Answer]
AtOnce = Callable[..., tuple[LiveKey, Answer] | None]

KEY_HEADER = "Idempotency-Key"
# Of a call that came by the short way and found no answer there: it is counted already.
WAS_TRIED = "tixapp.was_tried"
# What went wrong there, to be said where all faults are said.
FAULT = "tixapp.fault"
_ID = re.compile(r"[A-Za-z0-9_]{1,40}")


class Keyed(Enum):
    """Whether a call takes an Idempotency-Key."""

    NO = "no"
    HONOURED = "honoured"
    REQUIRED = "required"


@dataclass(frozen=True)
class Call:
    """`path` with its ids in braces, as in OpenAPI. `takes` is the body, for GET the query.
    `codes`: why a 409 may come. `at_once`: the usual case of `view` in one statement."""

    method: str
    path: str
    summary: str
    access: Access
    answers: type[BaseModel]
    view: View
    status: int = 200
    takes: type[BaseModel] | None = None
    keyed: Keyed = Keyed.NO
    refusals: tuple[int, ...] = ()
    codes: tuple[str, ...] = ()
    has_version: bool = False
    at_once: AtOnce | None = None

    @property
    def name(self) -> str:
        return self.view.__name__

    @property
    def subject(self) -> str:
        """What it is about: the name of its module."""
        return self.view.__module__.rpartition(".")[2]

    @property
    def rule(self) -> str:
        """The path as Flask writes it."""
        return self.path.replace("{", "<").replace("}", ">")

    @property
    def has_body(self) -> bool:
        return self.method != "GET" and self.takes is not None


@dataclass(frozen=True, slots=True)
class Name:
    """How a client calls an intended change, and all of what it asks."""

    key: str
    fingerprint: bytes


@dataclass(frozen=True, slots=True)
class Wanted(Generic[Takes]):
    """One request, read and not yet allowed: the statement that does it finds out whose key it is.
    `name` when it came with an Idempotency-Key."""

    takes: Takes
    now: datetime
    shown: ShownKey
    name: Name | None


@dataclass(frozen=True, slots=True)
class Asked(Generic[Takes]):
    """One request, read and allowed. `wish` when it came with an Idempotency-Key."""

    takes: Takes
    now: datetime
    who: Caller | None
    wish: Wish | None

    @property
    def caller(self) -> Caller:
        """For calls that need a key: they have one."""
        assert self.who is not None  # noqa: S101 - what `identify` has seen to
        return self.who


CALLS: list[Call] = []


def call(method: str, path: str, summary: str, **declared: Any) -> Callable[[View], View]:
    """Declares the call that a function does: see Call for what may be said."""

    def declare(view: View) -> View:
        CALLS.append(Call(method, path, summary, view=view, **declared))
        return view

    return declare


def add_routes(bp: Blueprint) -> None:
    for made in CALLS:
        bp.add_url_rule(made.rule, made.name, _flask_view(made), methods=[made.method])


def _flask_view(made: Call) -> Callable[..., ResponseReturnValue]:
    @wraps(made.view)
    def run(**ids: str) -> ResponseReturnValue:
        return _run(made, **ids)

    return run


def _run(made: Call, **ids: str) -> ResponseReturnValue:
    """Load, allow, validate, act, answer."""
    if (fault := request.environ.pop(FAULT, None)) is not None:
        raise fault
    raw = raw_body() if made.method != "GET" else b""
    now = clock.now()
    secret = shown_key(made.access)
    if secret is not None and WAS_TRIED not in request.environ:
        count_call(hashed(secret))
    who = None if secret is None else identify(secret, made.access)
    if not all(_ID.fullmatch(value) for value in ids.values()):
        raise NotFound("There is no such thing.")
    plain = parsed(raw)
    wish = _wish(made, who, plain)
    if made.has_version and not request.headers.get("If-Match"):
        raise NoVersion("Say in If-Match which version this changes: its ETag.")
    answer = made.view(Asked(_read(made, raw), now, who, wish), **ids)
    response = respond(answer)
    if who is not None:
        note_use(who, now=now)
    return response


def _read(made: Call, raw: bytes) -> BaseModel | None:
    if made.takes is None:
        return None
    return read_body(made.takes, raw) if made.has_body else read_query(made.takes)


def _wish(made: Call, who: Caller | None, body: dict[str, object]) -> Wish | None:
    name = None if who is None else _named(made, body)
    return Wish(who.id, name.key, name.fingerprint) if who and name else None


def _named(made: Call, body: dict[str, object]) -> Name | None:
    """The Idempotency-Key and what it stands for. Raises BadIdempotencyKey."""
    if made.keyed is Keyed.NO:
        return None
    key = request.headers.get(KEY_HEADER)
    if key is None:
        if made.keyed is Keyed.REQUIRED:
            raise BadIdempotencyKey("This call needs an Idempotency-Key.")
        return None
    return Name(proper_key(key), fingerprint(made.method, request.path, body))
