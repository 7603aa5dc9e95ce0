"""A request and a response as the sandbox sees them."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Request:
    """`header` looks a header up, whatever its case."""

    method: str
    path: str
    query: str
    header: Callable[[str], str | None]
    body: bytes


@dataclass
class Response:
    """`drop` closes the connection instead of answering.

    `after_event` names an event whose webhooks are answered before this is sent.
    """

    status: int
    body: bytes
    headers: list[tuple[str, str]] = field(default_factory=list)
    content_type: str = "application/json"
    drop: bool = False
    after_event: str | None = None


def json_response(
    status: int, value: Any, headers: list[tuple[str, str]] | None = None
) -> Response:
    return Response(status, json.dumps(value).encode(), headers or [])


def html_response(status: int, page: str) -> Response:
    return Response(status, page.encode(), PAGE_HEADERS, "text/html; charset=utf-8")


def see_other(url: str) -> Response:
    return Response(303, b"", [("Location", url), *PAGE_HEADERS], "text/html; charset=utf-8")


PAGE_HEADERS = [("Cache-Control", "no-store"), ("Referrer-Policy", "no-referrer")]
