"""Decorators that put "who are you" before a view."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec
from urllib.parse import urlsplit

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from tixapp.core.errors import NotFound
from tixapp.web.errors import problem, wants_json
from tixapp.web.forms import own_path

P = ParamSpec("P")


def sign_in_required(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """Sends a stranger to sign in, and back to the page they came for."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        return view(*args, **kwargs) if current_user.is_authenticated else ask_to_sign_in()

    return guarded


def admin_required(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """For everyone else there is no such page."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        if not (current_user.is_authenticated and current_user.is_admin):
            raise NotFound("There is no such page.")
        return view(*args, **kwargs)

    return guarded


def ask_to_sign_in(back: str | None = None) -> ResponseReturnValue:
    """To the sign-in page, and from there `back`: else to where the person is, or was."""
    if wants_json():
        return problem(401, "unauthorized", _("Sign in first."))
    flash(_("Please sign in or make an account to go on. You come back to where you were."))
    return redirect(url_for("accounts.sign_in", next=back or _here()), 303)


def _here() -> str | None:
    """This page; for a form that was sent, the page it stood on."""
    if request.method in {"GET", "HEAD"}:
        return own_path(request.full_path.rstrip("?"))
    page = urlsplit(request.referrer or "")
    if page.netloc != request.host:
        return None
    return own_path(page.path + (f"?{page.query}" if page.query else ""))
