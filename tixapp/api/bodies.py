"""Reading what was sent: strictly, completely, and with every fault at once.

The models take JSON as it is: "1", 1.0 and true are no whole numbers, and a member that is not
known is a fault, not something to pass over.
"""

from typing import TypeVar

from flask import request
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, from_json
from werkzeug.exceptions import UnsupportedMediaType

from tixapp.core.errors import Invalid

from .errors import BadRequestBody

LONGEST_BODY = 262_144
WHAT = "Some of what was sent does not fit."

M = TypeVar("M", bound=BaseModel)

# Words of ours for the commonest faults; the rest is said as pydantic says it.
_WORDS = {
    "missing": "is required",
    "extra_forbidden": "is not known here",
    "int_type": "is not a whole number",
    "int_parsing": "is not a whole number",
    "bool_type": "is neither true nor false",
    "string_type": "is not text",
    "list_type": "is not a list",
    "model_type": "is not an object",
    "greater_than_equal": "is less than {ge}",
    "less_than_equal": "is more than {le}",
    "string_too_short": "is shorter than {min_length} characters",
    "string_too_long": "is longer than {max_length} characters",
    "too_short": "has fewer than {min_length} entries",
    "too_long": "has more than {max_length} entries",
    "timezone_aware": "needs a time zone",
    "literal_error": "is not one of {expected}",
}


def raw_body() -> bytes:
    """Read before anything else, so that a slow sender holds no connection to the database."""
    request.max_content_length = LONGEST_BODY
    return request.get_data(cache=False)


def parsed(raw: bytes) -> dict[str, object]:
    """The JSON object as plain values. Raises BadRequestBody, UnsupportedMediaType."""
    if not raw.strip():
        return {}
    if not request.is_json:
        raise UnsupportedMediaType("Send JSON, as application/json.")
    return plain_object(raw)


def plain_object(raw: bytes) -> dict[str, object]:
    """Raises BadRequestBody."""
    try:
        value = from_json(raw, allow_inf_nan=False)
    except ValueError as fault:
        raise BadRequestBody(f"The body is not JSON: {fault}.") from fault
    if not isinstance(value, dict):
        raise BadRequestBody("The body is not a JSON object.")
    return value


def read_body(model: type[M], raw: bytes) -> M:
    """Raises Invalid with the path of every fault."""
    try:
        return model.model_validate_json(raw if raw.strip() else b"{}")
    except ValidationError as fault:
        raise _invalid(fault) from fault


def read_query(model: type[M]) -> M:
    """The query string. A name that is given twice is a fault."""
    given = request.args.to_dict(flat=False)
    twice = {name: "is given more than once" for name, values in given.items() if len(values) > 1}
    if twice:
        raise Invalid(WHAT, twice)
    try:
        return model.model_validate_strings({name: values[0] for name, values in given.items()})
    except ValidationError as fault:
        raise _invalid(fault) from fault


def _invalid(fault: ValidationError) -> Invalid:
    return Invalid(WHAT, {_path(error): _words(error) for error in fault.errors()})


def _path(error: ErrorDetails) -> str:
    return ".".join(str(part) for part in error["loc"]) or "body"


def _words(error: ErrorDetails) -> str:
    if error["type"] == "value_error":
        return str(error["ctx"]["error"])
    template = _WORDS.get(error["type"])
    return template.format(**error.get("ctx", {})) if template else error["msg"]
