"""What a call answers, before it is HTTP."""

import hashlib
from dataclasses import dataclass
from typing import Any

from flask import current_app, request
from pydantic import BaseModel
from werkzeug.wrappers import Response as WerkzeugResponse

VERSION = "version"
# A cache that many share may answer for this long; clients always ask it again.
SHARED_SECONDS = 1


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


def respond(answer: Answer) -> WerkzeugResponse:
    """Members are sorted, so that an answer kept in the database comes back byte for byte."""
    response = current_app.response_class(
        current_app.json.dumps(answer.body), answer.status, mimetype="application/json"
    )
    version = answer.body.get(VERSION)
    if version is not None:
        response.set_etag(str(version))
    if answer.was_kept:
        response.headers["Idempotent-Replayed"] = "true"
    if answer.shared is not None:
        response.headers["Cache-Control"] = f"public, max-age=0, s-maxage={SHARED_SECONDS}"
        # Weak: the same state may be told in other bytes.
        response.set_etag(hashlib.sha256(answer.shared.encode()).hexdigest()[:20], weak=True)
        response.make_conditional(request)
    return response
