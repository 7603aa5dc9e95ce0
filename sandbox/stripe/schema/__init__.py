"""Which requests Stripe knows, and their parameters: two tables made from the SDK's types."""

import json
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


@cache
def _table(name: str) -> dict[str, Any]:
    table: dict[str, Any] = json.loads((HERE / name).read_text())
    return table


def api_version() -> str:
    return str(_table("routes.json")["api_version"])


@cache
def known_routes() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Every v1 request of the SDK as (verb, path segments); an id stands in braces."""
    routes = (key.split(" ", 1) for key in _table("routes.json") if " " in key)
    return tuple((verb, tuple(path.strip("/").split("/"))) for verb, path in routes)


def fields_of(name: str) -> dict[str, Any]:
    """The parameters of a simulated route, or the fields of one of the SDK's types."""
    fields: dict[str, Any] = _table("params.json")[name]
    return fields
