"""Addresses in letters and at Stripe: from the configured host, never from a request."""

from typing import Any

from flask import current_app

from .running import settings


def link_to(endpoint: str, **values: Any) -> str:
    """The full address of a page. Needs no request: workers write letters too."""
    path = current_app.url_map.bind("unused").build(endpoint, values)
    return f"{settings().base_url}{path}"
