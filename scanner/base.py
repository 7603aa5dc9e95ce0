"""The blueprint, and what its answers have in common."""

from collections.abc import Mapping
from datetime import datetime

from flask import Blueprint, Response, jsonify

from tixapp.core.errors import Invalid

bp = Blueprint("scanner", __name__, url_prefix="/scan")


def private(body: Mapping[str, object], status: int = 200) -> Response:
    """JSON for this phone alone."""
    response = jsonify(body)
    response.status_code = status
    response.headers["Cache-Control"] = "private, no-store"
    return response


def milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def text_of(sent: Mapping[str, object], name: str) -> str:
    """A field that may be left out. Raises Invalid for what is no text."""
    value = sent.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Invalid("Send it as text.", {name: "must be text"})
    return " ".join("".join(c if c.isprintable() else " " for c in value).split())
