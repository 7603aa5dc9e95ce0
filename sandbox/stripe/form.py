"""Form-encoded bodies and queries with nested names: `line_items[0][price_data][currency]=eur`."""

import re
from typing import Any
from urllib.parse import parse_qsl

from sandbox.stripe.errors import invalid

NAME = re.compile(r"^([^\[\]]+)((?:\[[^\[\]]*\])*)$")
PART = re.compile(r"\[([^\[\]]*)\]")
MAX_FIELDS = 10_000
MAX_DEPTH = 12


def decode(encoded: str) -> dict[str, Any]:
    """A tree of dicts and strings; `a[]` makes a list, `a[0]` a dict with the key "0"."""
    try:
        pairs = parse_qsl(
            encoded, keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict"
        )
    except (ValueError, UnicodeDecodeError):
        raise invalid("Invalid request (the body or query is not valid form encoding).") from None
    tree: dict[str, Any] = {}
    for name, value in pairs:
        if "\x00" in value or "\x00" in name:
            raise invalid("Invalid string: null bytes are not allowed.", name.replace("\x00", ""))
        _put(tree, _path(name), value, name)
    return tree


def _path(name: str) -> list[str]:
    matched = NAME.match(name)
    if matched is None:
        return [name]
    path = [matched[1], *PART.findall(matched[2])]
    if len(path) > MAX_DEPTH:
        raise invalid(f"Invalid object: too deeply nested ({name[:100]}).")
    return path


def _put(tree: dict[str, Any], path: list[str], value: str, name: str) -> None:
    node: Any = tree
    for key, following in zip(path, [*path[1:], None], strict=True):
        leaf: Any = value if following is None else [] if following == "" else {}
        if isinstance(node, list):
            node = _append(node, path, leaf, following)
        elif following is None:
            node[key] = value
        else:
            held = node.setdefault(key, leaf)
            if type(held) is not type(leaf):
                raise invalid(
                    f"Invalid request: conflicting values for the parameter {name}.", path[0]
                )
            node = held


def _append(node: list[Any], path: list[str], leaf: Any, following: str | None) -> Any:
    """`a[][b]=1&a[][c]=2` is one item, until a name comes a second time."""
    if following and node and isinstance(node[-1], dict) and following not in node[-1]:
        return node[-1]
    node.append(leaf)
    return leaf
