"""Addresses in letters and at Stripe: from the configured host, never from a request."""

from typing import Any
from urllib.parse import urlsplit

from flask import current_app, has_request_context, request

from .running import settings

# One machine has several names for itself, and a browser keeps their cookies apart.
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def link_to(endpoint: str, **values: Any) -> str:
    """The full address of a page. Needs no request: workers write letters too."""
    return f"{settings().base_url}{_path(endpoint, values)}"


def link_to_path(path: str) -> str:
    """The full address of a path of this site."""
    return f"{settings().base_url}{path}"


def way_back(endpoint: str, **values: Any) -> str:
    """The same for a person who leaves for Stripe and comes back signed in.

    On one's own machine that is under the name they came by; anywhere else as in a letter.
    """
    return f"{_own_address()}{_path(endpoint, values)}"


def _own_address() -> str:
    base = urlsplit(settings().base_url)
    if has_request_context() and base.hostname in LOOPBACK:
        asked = urlsplit(f"//{request.host}")
        if asked.hostname in LOOPBACK and asked.port == base.port:
            return f"{base.scheme}://{asked.netloc}"
    return settings().base_url


def _path(endpoint: str, values: dict[str, Any]) -> str:
    return current_app.url_map.bind("unused").build(endpoint, values)
