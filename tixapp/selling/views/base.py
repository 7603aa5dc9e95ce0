"""The blueprint, and what all its pages have."""

import hashlib
from typing import Any

from flask import Blueprint, Response, render_template, request
from flask_wtf.csrf import generate_csrf

bp = Blueprint("selling", __name__, url_prefix="/sell")


def page(template: str, *, here: str = "events", **shown: Any) -> str:
    """With the seller's navigation beside it; `here` names the page's part of it."""
    return render_template(f"selling/{template}.html", here=here, **shown)


def live_part(template: str, **shown: Any) -> Response:
    """A part of a page that its script asks for again and again: a few bytes where it is the same.

    The token in its forms is another each time, and says nothing about that.
    """
    text = render_template(f"selling/{template}.html", **shown)
    response = Response(text, mimetype="text/html")
    response.headers["Cache-Control"] = "private, no-cache"
    same = text.replace(generate_csrf(), "")
    response.set_etag(hashlib.sha256(same.encode()).hexdigest()[:20])
    response.make_conditional(request)
    return response
