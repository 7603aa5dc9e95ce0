"""Finds the handler of a request, or says why there is none."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from sandbox.stripe import schema
from sandbox.stripe.context import Call
from sandbox.stripe.errors import not_simulated, unknown_url
from sandbox.stripe.routes import ROUTES
from sandbox.stripe.store import Json


@dataclass(frozen=True)
class Route:
    name: str
    handler: Callable[[Call], Json]
    ids: dict[str, str]


def match(method: str, path: str) -> Route:
    """Raises 404 for what Stripe does not know, 400 for what is not simulated."""
    segments = tuple(path.strip("/").split("/"))
    if path.startswith("/v2/"):
        raise not_simulated("API v2")
    if path.endswith("/") or "" in segments:
        raise unknown_url(method, path)
    for template in _candidates(method, len(segments)):
        ids = _fit(template, segments)
        if ids is not None:
            name = f"{method} /{'/'.join(template)}"
            if name not in ROUTES:
                raise not_simulated(f"{method} {path}")
            return Route(name, ROUTES[name], ids)
    raise unknown_url(method, path)


@cache
def _candidates(method: str, length: int) -> tuple[tuple[str, ...], ...]:
    """Routes of this length, those with the fewest ids first."""
    fitting = [
        parts for verb, parts in schema.known_routes() if verb == method and len(parts) == length
    ]
    return tuple(sorted(fitting, key=lambda parts: sum(part.startswith("{") for part in parts)))


def _fit(template: tuple[str, ...], segments: tuple[str, ...]) -> dict[str, str] | None:
    ids = {}
    for part, segment in zip(template, segments, strict=True):
        if part.startswith("{"):
            ids[part[1:-1]] = segment
        elif part != segment:
            return None
    return ids
