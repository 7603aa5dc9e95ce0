"""Pages that say nothing of who asked are drawn once for many.

Twice over: this process keeps a drawn page for some seconds, and a shared cache in front of us may
do the same. Both only for strangers, and only where drawing has left nothing in the session (a
form's token, a message): such a page would carry one person's cookie to all. See decision 0012.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from threading import Lock
from typing import TypeVar, cast

from flask import Flask, Response, current_app, g, make_response, request, session
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_login import current_user

from tixapp.core.clock import clock

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])
Key = tuple[str, ...]

EXTENSION = "shared_pages"
MOST_PAGES = 256
LONGEST_ADDRESS = 500
STALE = timedelta(seconds=60)
# The page's own clock, which counts down: it is set anew each time a page is given out.
SERVER_TIME = re.compile(rb'(<meta name="server-time" content=")[^"]*')


@dataclass(frozen=True)
class KeptPage:
    body: bytes
    cache_control: str
    until: datetime


class SharedPages:
    """Drawn pages, the last used ones first to stay. Safe to use from many threads."""

    def __init__(self, most: int = MOST_PAGES) -> None:
        self.most = most
        self._pages: OrderedDict[Key, KeptPage] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Key, *, now: datetime) -> KeptPage | None:
        with self._lock:
            page = self._pages.get(key)
            if page is None or page.until <= now:
                return None
            self._pages.move_to_end(key)
            return page

    def keep(self, key: Key, page: KeptPage) -> None:
        with self._lock:
            self._pages[key] = page
            self._pages.move_to_end(key)
            if len(self._pages) > self.most:
                self._pages.popitem(last=False)

    def clear(self) -> None:
        with self._lock:
            self._pages.clear()


def register(app: Flask) -> None:
    app.extensions[EXTENSION] = SharedPages()


def shared_for(seconds: int) -> Callable[[View], View]:
    """Draws the page once in `seconds` for all strangers; for everyone else each time."""

    def decorate(view: View) -> View:
        @wraps(view)
        def answer(*args: object, **kwargs: object) -> Response:
            now, key = clock.now(), _key()
            kept = _pages().get(key, now=now) if key else None
            if kept is not None:
                return _again(kept, now)
            response = make_response(view(*args, **kwargs))
            response.vary.add("Cookie")
            if response.status_code == 200 and _is_anybodys():
                _share(response, key, now=now, length=timedelta(seconds=seconds))
            return response

        return cast("View", answer)

    return decorate


def changes_at(moment: datetime | None) -> None:
    """The page being drawn is true until `moment` only: it is kept no longer."""
    g.page_changes_at = moment


def counts_down() -> None:
    """The page being drawn shows time passing: caches that cannot set its clock leave it alone."""
    g.page_counts_down = True


def _share(response: Response, key: Key | None, *, now: datetime, length: timedelta) -> None:
    change: datetime | None = g.get("page_changes_at")
    until = min(now + length, change) if change else now + length
    response.headers["Cache-Control"] = _cache_control(until - now, change, now)
    if key:
        page = KeptPage(response.get_data(), response.headers["Cache-Control"], until)
        _pages().keep(key, page)


def _cache_control(age: timedelta, change: datetime | None, now: datetime) -> str:
    seconds = int(age.total_seconds())
    if g.get("page_counts_down") or seconds < 1:
        return "no-cache"
    shared = f"public, max-age=0, s-maxage={seconds}"
    # A cache that revalidates behind the scenes may be late by that much, but not past a change.
    if change is not None and change <= now + age + STALE:
        return shared
    return f"{shared}, stale-while-revalidate={int(STALE.total_seconds())}"


def _again(kept: KeptPage, now: datetime) -> Response:
    time = now.isoformat().encode()
    body = SERVER_TIME.sub(lambda found: found[1] + time, kept.body, count=1)
    response = Response(body, mimetype="text/html")
    response.headers["Cache-Control"] = kept.cache_control
    response.vary.add("Cookie")
    return response


def _key() -> Key | None:
    """What a stranger's page depends on; None for somebody whom we may know."""
    cookies = request.cookies.keys() - {"theme"}
    address = request.full_path
    if cookies or len(address) > LONGEST_ADDRESS:
        return None
    return address, request.cookies.get("theme", ""), str(get_locale())


def _is_anybodys() -> bool:
    # A message that was shown and taken out leaves an empty session that has been modified.
    return not (current_user.is_authenticated or session or session.modified)


def _pages() -> SharedPages:
    return cast("SharedPages", current_app.extensions[EXTENSION])
