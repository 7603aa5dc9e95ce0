"""How often event pages are looked at, without saying by whom.

Each process counts in memory and writes a row now and then: a page that is drawn once for many
stays that cheap. A process that dies takes the last seconds' looks with it, which is no harm.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from threading import Lock

import structlog
from flask import Flask, Response, request
from sqlalchemy.exc import SQLAlchemyError

from tixapp.core.clock import clock
from tixapp.core.db import transaction

from .actions import add_views

EXTENSION = "views_seen"
EVERY = timedelta(seconds=5)
PAGE = "browse.event"

log = structlog.get_logger()


class ViewsSeen:
    """Looks by the slug of the event. Safe to use from many threads."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._since: datetime | None = None
        self._lock = Lock()

    def see(self, slug: str, *, now: datetime) -> None:
        with self._lock:
            self._counts[slug] += 1
            self._since = self._since or now

    def take_due(self, *, now: datetime) -> dict[str, int]:
        """What has waited long enough to be written down; it is the caller's from now on."""
        with self._lock:
            if self._since is None or now - self._since < EVERY:
                return {}
            taken = dict(self._counts)
            self._forget()
            return taken

    def forget(self) -> None:
        with self._lock:
            self._forget()

    def _forget(self) -> None:
        self._counts, self._since = Counter(), None


def register(app: Flask) -> None:
    seen = app.extensions[EXTENSION] = ViewsSeen()

    @app.after_request
    def count(response: Response) -> Response:
        if _is_look(response):
            now = clock.now()
            seen.see((request.view_args or {})["slug"], now=now)
            _write(seen.take_due(now=now), now=now)
        return response


def _is_look(response: Response) -> bool:
    """Not a browser that fetches ahead."""
    is_page = request.endpoint == PAGE and request.method == "GET"
    return is_page and response.status_code == 200 and "Sec-Purpose" not in request.headers


def _write(views: dict[str, int], *, now: datetime) -> None:
    if not views:
        return
    try:
        with transaction():
            add_views(views, now=now)
    except SQLAlchemyError as fault:  # nobody is kept from the page by its being counted
        log.warning("views_not_counted", views=sum(views.values()), fault=type(fault).__name__)
