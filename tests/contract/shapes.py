"""Compares an object with the type that Stripe's SDK has for it."""

from __future__ import annotations

import inspect
import typing
from decimal import Decimal
from typing import Any, ForwardRef, Literal, Union

import stripe
from stripe._stripe_object import UntypedStripeObject

SIMPLE: dict[Any, tuple[type, ...]] = {
    str: (str,),
    int: (int,),
    float: (int, float),
    bool: (bool,),
    Decimal: (str,),
}


def differences(value: Any, hint: Any, path: str = "") -> list[str]:
    """What is wrong with `value`, in words; nothing when it has the shape the SDK expects."""
    if isinstance(hint, ForwardRef | str) or hint is Any:
        return []
    if hint in SIMPLE:
        good = isinstance(value, SIMPLE[hint]) and (hint is bool or not isinstance(value, bool))
        return [] if good else [f"{path}: {value!r} is no {hint.__name__}"]
    if typing.get_origin(hint) is not None:
        return _generic(value, typing.get_origin(hint), typing.get_args(hint), path)
    return _object(value, hint, path)


def _generic(value: Any, origin: Any, args: tuple[Any, ...], path: str) -> list[str]:
    if origin is Union:
        return _any_of(value, args, path)
    if origin is Literal:
        return [] if value in args else [f"{path}: {value!r} is none of {args}"]
    if origin is list:
        return _each(value, args[0], path)
    if origin is stripe.ListObject and _is_list(value):
        return _each(value["data"], args[0], f"{path}.data")
    good = isinstance(value, dict) and origin in {dict, UntypedStripeObject}
    return [] if good else [f"{path}: {value!r} is no {origin.__name__}"]


def _is_list(value: Any) -> bool:
    return isinstance(value, dict) and value.get("object") == "list"


def _each(value: Any, hint: Any, path: str) -> list[str]:
    if not isinstance(value, list):
        return [f"{path}: {value!r} is no array"]
    found = [differences(item, hint, f"{path}[{index}]") for index, item in enumerate(value)]
    return [text for texts in found for text in texts]


def _any_of(value: Any, hints: tuple[Any, ...], path: str) -> list[str]:
    if value is None and type(None) in hints:
        return []
    hints = tuple(hint for hint in hints if hint is not type(None))
    if any(typing.get_origin(hint) is Literal for hint in hints):  # `| str` is for later versions
        hints = tuple(hint for hint in hints if hint is not str)
    found = [differences(value, hint, path) for hint in hints]
    return min(found, key=len)


def _object(value: Any, cls: Any, path: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{path}: {value!r} is no object"]
    fields = {name: hint for name, hint in _fields(cls).items() if name != "OBJECT_NAME"}
    found = [f"{path}.{name}: unknown to the SDK" for name in value if name not in fields]
    for name, hint in fields.items():
        if name in value:
            found += differences(value[name], hint, f"{path}.{name}")
        elif not _may_be_absent(hint):
            found.append(f"{path}.{name}: missing")
    return found


def _fields(cls: Any) -> dict[str, Any]:
    names: dict[str, Any] = {}
    for base in reversed(cls.__mro__):
        if base.__module__ not in {"stripe._stripe_object", "builtins", "stripe._api_resource"}:
            names |= {
                name.rstrip("_"): hint
                for name, hint in inspect.get_annotations(base).items()
                if not name.startswith("_")
            }
    return names


def _may_be_absent(hint: Any) -> bool:
    return typing.get_origin(hint) is Union and type(None) in typing.get_args(hint)
