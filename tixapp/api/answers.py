"""What a call answers, before it is HTTP."""

import hashlib
import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask import current_app, request
from pydantic import BaseModel
from werkzeug.http import quote_etag
from werkzeug.wrappers import Response as WerkzeugResponse

VERSION = "version"
# A cache that many share may answer for this long; clients always ask it again.
SHARED_SECONDS = 1
_as_json = json.JSONEncoder(sort_keys=True).encode
_STATUS_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}


@dataclass(frozen=True, slots=True)
class Answer:
    """`body` in JSON values. `was_kept`: given before, to the same Idempotency-Key. `shared`: for
    everyone alike, so caches may keep it; the text tells one state from another."""

    status: int
    body: dict[str, Any]
    was_kept: bool = False
    shared: str | None = None


def ok(model: BaseModel) -> Answer:
    return Answer(200, model.model_dump(mode="json"))


def created(model: BaseModel) -> Answer:
    return Answer(201, model.model_dump(mode="json"))


def shared(model: BaseModel, state: str) -> Answer:
    return Answer(200, model.model_dump(mode="json"), shared=state)


def status_line(status: int) -> str:
    return _STATUS_LINES[status]


def text_of(answer: Answer) -> str:
    """Members are sorted, so that an answer kept in the database comes back byte for byte."""
    return _as_json(answer.body)


def headers_of(answer: Answer) -> list[tuple[str, str]]:
    """What the answer itself says of itself."""
    found = []
    version = answer.body.get(VERSION)
    if version is not None:
        found.append(("ETag", quote_etag(str(version))))
    if answer.was_kept:
        found.append(("Idempotent-Replayed", "true"))
    return found


def respond(answer: Answer) -> WerkzeugResponse:
    response = current_app.response_class(
        text_of(answer), answer.status, headers_of(answer), mimetype="application/json"
    )
    if answer.shared is not None:
        response.headers["Cache-Control"] = f"public, max-age=0, s-maxage={SHARED_SECONDS}"
        # Weak: the same state may be told in other bytes.
        response.set_etag(hashlib.sha256(answer.shared.encode()).hexdigest()[:20], weak=True)
        response.make_conditional(request)
    return response
