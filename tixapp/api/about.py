"""The API's description: for programs as OpenAPI, for people as a page."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, jsonify, render_template
from flask.typing import ResponseReturnValue
from pydantic import BaseModel

from tixapp.web.running import settings

from .auth import SCOPES
from .calls import CALLS, Call, Keyed
from .openapi import ABOUT, WORDS, document, refusals

SUBJECTS = (
    "events",
    "rooms",
    "waiting",
    "reservations",
    "checkout",
    "orders",
    "doors",
    "selling",
    "kinds",
    "sales",
)
NAMES = {
    "string": "text",
    "integer": "whole number",
    "boolean": "true or false",
    "array": "list",
    "date-time": "time",
}


@dataclass(frozen=True)
class Member:
    """One member of a body, in words."""

    name: str
    kind: str
    is_needed: bool
    note: str


def register(bp: Blueprint) -> None:
    bp.add_url_rule("/openapi.json", "openapi", _openapi)
    bp.add_url_rule("/docs", "docs", _docs)


def _openapi() -> ResponseReturnValue:
    return jsonify(document(_server()))


def _docs() -> ResponseReturnValue:
    calls = {name: [made for made in CALLS if made.subject == name] for name in SUBJECTS}
    return render_template(
        "api/docs.html",
        server=_server(),
        about=ABOUT,
        subjects=calls,
        scopes=SCOPES,
        members=members,
        refusals=refusals,
        words=WORDS,
        needs_key=_needs_key,
    )


def members(model: type[BaseModel] | None) -> list[Member]:
    """Its members, those of members too: `items[].tier_id`."""
    if model is None:
        return []
    schema = model.model_json_schema(by_alias=True)
    return _members(schema, schema.get("$defs", {}), "")


def _members(schema: dict[str, Any], known: dict[str, Any], above: str) -> list[Member]:
    found = []
    needed = schema.get("required", [])
    for name, member in schema.get("properties", {}).items():
        inner, suffix = _inner(member, known)
        note = member.get("description", "")
        found.append(Member(above + name, _kind(member), name in needed, note))
        if inner is not None:
            found += _members(inner, known, f"{above}{name}{suffix}.")
    return found


def _inner(member: dict[str, Any], known: dict[str, Any]) -> tuple[dict[str, Any] | None, str]:
    for choice in member.get("anyOf", [member]):
        if "$ref" in choice:
            return known[choice["$ref"].rpartition("/")[2]], ""
        if "$ref" in choice.get("items", {}):
            return known[choice["items"]["$ref"].rpartition("/")[2]], "[]"
    return None, ""


def _kind(member: dict[str, Any]) -> str:
    """Of what kind a value is, in words."""
    choices = member.get("anyOf", [])
    values = member.get("enum", [member["const"]] if "const" in member else [])
    words = [_kind(choice) for choice in choices] or [f'"{value}"' for value in values]
    if words:
        return " or ".join(words)
    kind = "object" if "$ref" in member else str(member.get("format", member.get("type", "")))
    return NAMES.get(kind, kind)


def _needs_key(made: Call) -> str:
    return {Keyed.REQUIRED: "required", Keyed.HONOURED: "optional", Keyed.NO: ""}[made.keyed]


def _server() -> str:
    return f"{settings().base_url}/api/v1"
