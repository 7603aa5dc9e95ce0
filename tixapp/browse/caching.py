"""Which pages a shared cache may keep: those that say nothing of who asked."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from flask import Response, make_response, session
from flask.typing import ResponseReturnValue
from flask_login import current_user

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])

STALE_SECONDS = 60


def shared_for(seconds: int) -> Callable[[View], View]:
    """Lets a shared cache give the page to everyone for `seconds`.

    Only to people who are signed out, and only where drawing it has left nothing in the session (a
    form's token, a message): such a page would carry one person's cookie to all. A browser itself
    asks each time, and `Vary: Cookie` keeps those apart who have any cookie, as for a dark page.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def answer(*args: object, **kwargs: object) -> Response:
            response = make_response(view(*args, **kwargs))
            response.vary.add("Cookie")
            if _is_anybodys():
                response.headers["Cache-Control"] = (
                    f"public, max-age=0, s-maxage={seconds}, stale-while-revalidate={STALE_SECONDS}"
                )
            return response

        return answer  # type: ignore[return-value]

    return decorate


def _is_anybodys() -> bool:
    # A message that was shown and taken out leaves an empty session that has been modified.
    return not (current_user.is_authenticated or session or session.modified)
