"""Where the session's cookie is looked at: on pages, and nowhere below /api/ and /room/."""

from flask import Flask, Request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface

WITHOUT_COOKIES = ("/api/", "/room/")


class PageSessions(SecureCookieSessionInterface):
    """Programs show keys. A cookie that a browser sends along must not act for them, and an answer
    that no cookie had a part in may be kept by a cache for everyone."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        if request.path.startswith(WITHOUT_COOKIES):
            return self.make_null_session(app)
        return super().open_session(app, request)


def register(app: Flask) -> None:
    app.session_interface = PageSessions()
