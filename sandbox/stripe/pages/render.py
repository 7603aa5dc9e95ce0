"""Templates of the sandbox's own pages."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from sandbox.stripe import money
from sandbox.stripe.http import Response, html_response

_environment = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.filters["fromjson"] = json.loads
_environment.filters["money"] = money.shown
_environment.filters["moment"] = lambda at: datetime.fromtimestamp(at, UTC).strftime(
    "%d %b %Y, %H:%M:%S UTC"
)


def page(template: str, *, status: int = 200, **values: Any) -> Response:
    return html_response(status, _environment.get_template(template).render(**values))


def message(
    title: str, text: str, *, status: int, link: str | None = None, label: str = ""
) -> Response:
    """A page that says one thing and offers at most one way on."""
    return page("message.html", status=status, title=title, text=text, link=link, label=label)
