"""Turns decoded strings into typed parameters, by the table made from the SDK's types.

Refuses, as Stripe does and in this order: parameters nobody knows, missing ones, values of another
type.
"""

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from typing import Any

from sandbox.stripe import schema
from sandbox.stripe.errors import ApiError, invalid, missing
from sandbox.stripe.metadata import check_metadata

Type = dict[str, Any]
INTEGER = re.compile(r"^[+-]?\d{1,18}$")
MAX_STRING = 5000
FREE_LENGTH = {"unit_amount_decimal", "refresh_url", "return_url", "success_url", "cancel_url"}


def read(route: str, tree: dict[str, Any]) -> dict[str, Any]:
    """The typed parameters of a request to `route`. Raises ApiError."""
    fields = schema.fields_of(route)
    unknown = dict(_unknown(tree, fields, ""))
    if unknown:
        raise _all_unknown(unknown)
    for param in _missing(tree, fields, ""):
        raise missing(param)
    return _object(tree, fields, "")


def _join(prefix: str, name: str) -> str:
    return f"{prefix}[{name}]" if prefix else name


def _branches(
    value: Any, of: Type, param: str
) -> Iterator[tuple[dict[str, Any], dict[str, Type], str]]:
    """The objects within a value, each with its fields and its name."""
    if of["t"] == "union":
        for member in of["of"]:
            yield from _branches(value, member, param)
    elif of["t"] == "object" and isinstance(value, dict):
        yield value, schema.fields_of(of["of"]), param
    elif of["t"] == "list" and of["of"]["t"] == "object":
        for index, item in _items(value):
            yield from _branches(item, of["of"], _join(param, index))
    elif of["t"] == "map" and of["of"]["t"] == "object" and isinstance(value, dict):
        for key, item in value.items():
            yield from _branches(item, of["of"], _join(param, key))


def _items(value: Any) -> list[tuple[str, Any]]:
    if isinstance(value, list):
        return [(str(index), item) for index, item in enumerate(value)]
    if isinstance(value, dict) and all(key.isascii() and key.isdigit() for key in value):
        return sorted(value.items(), key=lambda item: int(item[0]))
    return []


def _all_unknown(unknown: dict[str, str | None]) -> ApiError:
    plural = "s" if len(unknown) > 1 else ""
    message = f"Received unknown parameter{plural}: {', '.join(unknown)}"
    meant = next(iter(unknown.values())) if len(unknown) == 1 else None
    if meant:
        message += f". Did you mean {meant}?"
    return invalid(message, next(iter(unknown)), "parameter_unknown")


def _unknown(
    tree: dict[str, Any], fields: dict[str, Type], prefix: str
) -> Iterator[tuple[str, str | None]]:
    """Names that are not in the table, each with the one that may have been meant."""
    for name, value in tree.items():
        param = _join(prefix, name)
        if name not in fields:
            yield param, next(iter(get_close_matches(name, fields, n=1, cutoff=0.8)), None)
            continue
        for branch, inner, path in _branches(value, fields[name], param):
            yield from _unknown(branch, inner, path)


def _missing(tree: dict[str, Any], fields: dict[str, Type], prefix: str) -> Iterator[str]:
    for name, of in fields.items():
        param = _join(prefix, name)
        if name not in tree:
            if of.get("required"):
                yield param
            continue
        for branch, inner, path in _branches(tree[name], of, param):
            yield from _missing(branch, inner, path)


def _object(tree: dict[str, Any], fields: dict[str, Type], prefix: str) -> dict[str, Any]:
    return {name: _value(value, fields[name], _join(prefix, name)) for name, value in tree.items()}


def _value(value: Any, of: Type, param: str) -> Any:
    if value == "":
        return _emptied(of, param)
    if param.endswith("metadata") and of["t"] in {"map", "union"}:
        return check_metadata(value, param)
    return READERS[of["t"]](value, of, param)


def _emptied(of: Type, param: str) -> Any:
    """An empty string unsets a parameter where Stripe allows that."""
    if of.get("empty") or param.endswith("metadata"):
        return ""
    if of["t"] == "list":
        return []
    name = param.rsplit("[", 1)[-1].rstrip("]")
    raise invalid(
        f"You passed an empty string for '{param}'. We assume empty values are an attempt to"
        f" unset a"
        f" parameter; however '{name}' cannot be unset. You should remove '{param}' from your"
        f" request"
        " or supply a non-empty value.",
        param,
        "parameter_invalid_empty",
    )


def _string(value: Any, of: Type, param: str) -> str:
    if not isinstance(value, str):
        raise invalid("Invalid string: must be a string.", param)
    name = param.rsplit("[", 1)[-1].rstrip("]")
    if len(value) > MAX_STRING and name not in FREE_LENGTH:
        raise too_long(value, MAX_STRING, param)
    return value


def too_long(value: str, limit: int, param: str) -> ApiError:
    shown = f"'{value[:10]}...{value[-10:]}'"
    return invalid(
        f"Invalid string: {shown}; must be at most {limit} characters",
        param,
        "parameter_invalid_string",
    )


def _integer(value: Any, of: Type, param: str) -> int:
    if not isinstance(value, str) or not INTEGER.match(value):
        raise invalid(f"Invalid integer: {_shown(value)}", param, "parameter_invalid_integer")
    return int(value)


def _float(value: Any, of: Type, param: str) -> float:
    return float(_decimal(value, of, param))


def _decimal(value: Any, of: Type, param: str) -> str:
    """Stays a string: that is how Stripe shows decimals."""
    try:
        good = isinstance(value, str) and Decimal(value).is_finite()
    except InvalidOperation:
        good = False
    if not good:
        raise invalid(f"Invalid decimal: {_shown(value)}", param)
    return str(value)


def _boolean(value: Any, of: Type, param: str) -> bool:
    if value not in ("true", "false"):
        raise invalid(f"Invalid boolean: {_shown(value)}", param)
    return bool(value == "true")


def _enum(value: Any, of: Type, param: str) -> str:
    if value in of["of"]:
        return str(value)
    words = [str(word) for word in of["of"]]
    choice = words[0] if len(words) == 1 else f"one of {', '.join(words[:-1])}, or {words[-1]}"
    name = param.rsplit("[", 1)[-1].rstrip("]")
    if name.isdigit():
        name = param
    raise invalid(f"Invalid {name}: must be {choice}", param)


def _list(value: Any, of: Type, param: str) -> list[Any]:
    items = _items(value)
    if not items and value not in ({}, []):
        raise invalid("Invalid array", param)
    return [_value(item, of["of"], _join(param, index)) for index, item in items]


def _map(value: Any, of: Type, param: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise invalid("Invalid object", param)
    return {key: _value(item, of["of"], _join(param, key)) for key, item in value.items()}


def _nested(value: Any, of: Type, param: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise invalid("Invalid object", param)
    return _object(value, schema.fields_of(of["of"]), param)


def _union(value: Any, of: Type, param: str) -> Any:
    refusal: ApiError | None = None
    for member in of["of"]:
        try:
            return _value(value, member, param)
        except ApiError as error:
            refusal = error
    raise refusal or invalid("Invalid value", param)


def _any(value: Any, of: Type, param: str) -> Any:
    return value


READERS = {
    "str": _string,
    "int": _integer,
    "float": _float,
    "decimal": _decimal,
    "bool": _boolean,
    "enum": _enum,
    "list": _list,
    "map": _map,
    "object": _nested,
    "union": _union,
    "any": _any,
}


def _shown(value: Any) -> str:
    return value[:100] if isinstance(value, str) else "{...}"
