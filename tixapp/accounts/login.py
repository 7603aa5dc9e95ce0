"""Who makes this request: a random token in the cookie, a row at the server.

The cookie proves nothing by itself. A copy of it is dead once the row is ended.
"""

from datetime import timedelta
from typing import cast

from flask import Flask, Response, g, session
from flask_login import LoginManager, current_user
from sqlalchemy.exc import OperationalError

from tixapp.core.clock import clock
from tixapp.core.db import db, transaction

from .actions import end_session, see_session
from .guards import ask_to_sign_in
from .models import User, UserSession
from .passwords import prepare
from .queries import live_session
from .rules import SEEN_EVERY, SESSION_LIFE

TOKEN = "_user_id"  # noqa: S105 - where Flask-Login looks for it
SERVER_FAULT = 500


def register(app: Flask) -> None:
    app.config.update(
        PERMANENT_SESSION_LIFETIME=SESSION_LIFE + timedelta(days=1),  # the row decides
        SESSION_REFRESH_EACH_REQUEST=False,
    )
    manager = LoginManager()
    manager.session_protection = None  # phones change their address: the token is enough
    manager.user_loader(_load)
    manager.unauthorized_handler(ask_to_sign_in)
    manager.init_app(app, add_context_processor=False)
    app.after_request(_note_visit)
    prepare()


def remember(token: str) -> None:
    """Signs this browser in. Nothing of what its session held before is kept, here or there."""
    forget()
    session.permanent = True
    session[TOKEN] = token


def forget() -> None:
    """Signs this browser out, here and at the server."""
    found = current_session()
    if found is not None:
        with transaction():
            end_session(found.id, now=clock.now())
    session.clear()
    g.pop("_login_user", None)
    g.pop("user_session", None)


def me() -> User:
    """The person who is signed in: a snapshot of this request, not to be changed. Guard first."""
    return cast("User", current_user._get_current_object())


def current_session() -> UserSession | None:
    return cast("UserSession | None", g.user_session) if current_user.is_authenticated else None


def _load(token: str) -> User | None:
    """One statement. The rows are taken out of the database session: whatever a view rolls back,
    they stay readable."""
    if g.get("session_unread"):
        return None  # the database is away, and the page that says so is drawn for nobody
    try:
        found = live_session(token, now=clock.now())
    except OperationalError:
        g.session_unread = True
        raise
    if found is None:
        return None
    user = found.user
    db.session.expunge(found)
    db.session.expunge(user)
    g.user_session = found
    return user


def _note_visit(response: Response) -> Response:
    found = g.get("user_session")
    now = clock.now()
    if found is None or now - found.seen_at < SEEN_EVERY or response.status_code >= SERVER_FAULT:
        return response
    with transaction():
        see_session(found.id, now=now)
    return response
