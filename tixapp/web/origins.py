"""Requests that other sites make a browser send are refused, before any token is looked at.

A second line behind the forms' tokens: a page elsewhere cannot hide where its request comes from.
"""

from urllib.parse import urlsplit

from flask import Flask, request
from flask_babel import gettext as _

from tixapp.core.errors import Forbidden

from .running import settings

SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


class OtherSite(Forbidden):
    code = "other_site"


def register(app: Flask) -> None:
    app.before_request(_refuse_other_sites)


def _refuse_other_sites() -> None:
    """Programs name no origin, or hold a key that no browser adds by itself."""
    origin = request.headers.get("Origin")
    if origin is None or request.method in SAFE or "Authorization" in request.headers:
        return
    ours = {request.host, urlsplit(settings().base_url).netloc}
    if urlsplit(origin).netloc not in ours:
        raise OtherSite(_("This was sent from another site. Nothing was changed."))
