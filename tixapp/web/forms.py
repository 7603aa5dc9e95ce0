"""The base of all forms, and fields that clean what people type."""

import unicodedata
from typing import Any

from flask import request
from flask_wtf import FlaskForm
from werkzeug.exceptions import BadRequest

# Control characters, line and paragraph separators, halves of surrogates.
HIDDEN = frozenset({"Cc", "Zl", "Zp", "Cs"})


def strip(value: str | None) -> str | None:
    return value.strip() if isinstance(value, str) else value


def one_line(value: str | None) -> str | None:
    """For names: no control characters, no line breaks, single spaces, composed letters."""
    if not isinstance(value, str):
        return value
    composed = unicodedata.normalize("NFC", value)
    kept = "".join(" " if unicodedata.category(c) in HIDDEN else c for c in composed)
    return " ".join(kept.split())


class Form(FlaskForm):  # type: ignore[misc] # flask-wtf carries no types
    """Flask-WTF's form with its CSRF check, which the app makes for every unsafe request."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        def wrap_formdata(self, form: FlaskForm, formdata: Any) -> Any:
            """Flask-WTF would take any JSON for fields: numbers, lists, whatever is sent."""
            return None if request.is_json else super().wrap_formdata(form, formdata)


def own_path(target: str | None) -> str | None:
    """`target` if it is a path of this site, else None. For `next=`: nobody is sent elsewhere."""
    if not target or not target.startswith("/") or target.startswith("//"):
        return None
    if "\\" in target or any(ord(c) < 33 or ord(c) == 127 for c in target):
        return None
    return target


def json_body() -> dict[str, Any]:
    """The request's JSON object. Raises BadRequest when it is something else."""
    try:
        body = request.get_json()
    except RecursionError as fault:
        raise BadRequest("The JSON is nested too deeply.") from fault
    if not isinstance(body, dict):
        raise BadRequest("The body is a JSON object.")
    return body
