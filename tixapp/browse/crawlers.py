"""What programs that read the whole site are given: the rules, and the list of pages."""

from __future__ import annotations

from flask import Blueprint, Response, render_template

from tixapp.core.clock import clock
from tixapp.events.queries import coming_slugs
from tixapp.web.links import link_to

bp = Blueprint("crawlers", __name__)

A_DAY = 86_400
AN_HOUR = 3_600
# Pages that belong to somebody, that cost work, or that are endless.
CLOSED = (
    "/account",
    "/api/",
    "/checkout/",
    "/e/*/choose",
    "/orders",
    "/scan",
    "/search?",
    "/tickets",
)


@bp.get("/robots.txt")
def robots() -> Response:
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in CLOSED)]
    text = "\n".join([*lines, "", f"Sitemap: {link_to('crawlers.sitemap')}", ""])
    response = Response(text, mimetype="text/plain")
    response.headers["Cache-Control"] = f"public, max-age={A_DAY}"
    return response


@bp.get("/sitemap.xml")
def sitemap() -> Response:
    """Only what everybody may see: no drafts, nothing that is over."""
    pages = [link_to("browse.event", slug=slug) for slug in coming_slugs(now=clock.now())]
    text = render_template("browse/sitemap.xml", pages=[link_to("browse.home"), *pages])
    response = Response(text, mimetype="application/xml")
    response.headers["Cache-Control"] = f"public, max-age={AN_HOUR}"
    return response
