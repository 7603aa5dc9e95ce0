"""The OpenAPI 3.1 document, made from what the calls declare."""

import re
from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from .auth import SCOPES, Access
from .calls import CALLS, KEY_HEADER, Call, Keyed
from .schemas.base import Problem

REF = "#/components/schemas/{model}"
WORDS = {
    400: "Not JSON, or an Idempotency-Key that is missing or malformed",
    401: "No API key, or one that is not alive",
    403: "The key or its account may not do this",
    404: "There is no such thing, or it is not yours to know of",
    409: "The state of things forbids it",
    412: "It was changed meanwhile: the ETag is the present one",
    413: "The body is too large",
    415: "The body is not application/json",
    422: "What was sent does not fit: `faults` names each member; or the Idempotency-Key stands for"
    " another request",
    428: "If-Match is missing",
    429: "Too many calls: Retry-After says when",
    503: "Something we need does not answer. Try again, with the same Idempotency-Key",
}
ABOUT = (
    "Money is in minor units, times are RFC 3339 in UTC, ids are text. Errors are"
    " `application/problem+json` (RFC 9457) with a stable `code`. Lists are `{items, next_cursor}`:"
    " send `next_cursor` as `cursor` for the next page.\n\n"
    "An `Idempotency-Key` names one intended change: the same key and body get the same answer,"
    " marked `Idempotent-Replayed: true`, and change nothing more; another body gets 422"
    " `idempotency_mismatch`. Keys belong to the account and live for 24 hours. A refusal leaves"
    " its key free, so that the same request may succeed later."
)


@cache
def document(server: str) -> dict[str, Any]:
    return {
        "openapi": "3.1.0",
        "info": {"title": "tixapp", "version": "1", "description": ABOUT},
        "servers": [{"url": server}],
        "paths": _paths(),
        "components": {
            "schemas": _schemas(),
            "securitySchemes": {
                "key": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An API key of an account. It may be limited to scopes: "
                    + ", ".join(SCOPES)
                    + "; write includes read.",
                }
            },
        },
    }


def refusals(made: Call) -> list[int]:
    """Every status with which a call may refuse."""
    found = {429, 503, *made.refusals}
    if made.access is not Access.PUBLIC:
        found |= {401}
    if made.access in SCOPES:
        found |= {403}
    if made.takes is not None:
        found |= {422}
    if made.has_body:
        found |= {400, 413, 415}
    return sorted(found)


def _paths() -> dict[str, Any]:
    paths: dict[str, Any] = {}
    for made in CALLS:
        paths.setdefault(made.path, {})[made.method.lower()] = _operation(made)
    return paths


def _operation(made: Call) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": made.name,
        "tags": [made.subject],
        "summary": made.summary,
        "security": _security(made),
        "parameters": _parameters(made),
        "responses": _responses(made),
    }
    if made.access in SCOPES:
        operation["x-scope"] = made.access.value
    if made.codes:
        operation["x-codes"] = list(made.codes)
    if made.has_body and made.takes is not None:
        operation["requestBody"] = {
            "required": bool(made.takes.model_fields),
            "content": {"application/json": {"schema": _ref(made.takes)}},
        }
    return operation


def _security(made: Call) -> list[dict[str, list[str]]]:
    if made.access is Access.PUBLIC:
        return []
    needed: dict[str, list[str]] = {"key": []}
    return [{}, needed] if made.access is Access.OPEN else [needed]


def _parameters(made: Call) -> list[dict[str, Any]]:
    text = {"type": "string"}
    found: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": text}
        for name in re.findall(r"{(\w+)}", made.path)
    ]
    if made.takes is not None and not made.has_body:
        schema = made.takes.model_json_schema()
        found += [
            {"name": name, "in": "query", "required": False, "schema": member}
            for name, member in schema["properties"].items()
        ]
    if made.keyed is not Keyed.NO:
        is_required = made.keyed is Keyed.REQUIRED
        limits = {"type": "string", "minLength": 1, "maxLength": 255}
        found.append(
            {"name": KEY_HEADER, "in": "header", "required": is_required, "schema": limits}
        )
    if made.has_version:
        found.append({"name": "If-Match", "in": "header", "required": True, "schema": text})
    return found


def _responses(made: Call) -> dict[str, Any]:
    answer = {
        "description": made.summary,
        "content": {"application/json": {"schema": _ref(made.answers)}},
    }
    problem = {"application/problem+json": {"schema": _ref(Problem)}}
    refused = {
        str(status): {"description": _words(made, status), "content": problem}
        for status in refusals(made)
    }
    return {str(made.status): answer} | refused


def _words(made: Call, status: int) -> str:
    if status == 409 and made.codes:
        return f"{WORDS[409]}: {', '.join(made.codes)}"
    return WORDS[status]


def _schemas() -> dict[str, Any]:
    models: dict[type[BaseModel], None] = {Problem: None}
    for made in CALLS:
        models[made.answers] = None
        if made.has_body and made.takes is not None:
            models[made.takes] = None
    _, whole = models_json_schema([(model, "validation") for model in models], ref_template=REF)
    found: dict[str, Any] = whole["$defs"]
    return found


def _ref(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": REF.format(model=model.__name__)}
