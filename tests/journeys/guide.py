"""The style guide served alone: our templates, styles and scripts, without a database."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from flask import Flask, Response, render_template, request
from flask_babel import Babel
from flask_wtf.csrf import CSRFProtect
from werkzeug.serving import make_server

from tixapp.ops.styleguide import samples
from tixapp.web import filters
from tixapp.web.headers import POLICY

ROOT = Path(__file__).resolve().parents[2]
ELSEWHERE = (
    "browse.home", "browse.search", "browse.event", "accounts.sign_in", "accounts.sign_out",
    "accounts.account", "tickets.mine", "waiting.mine", "orders.mine", "selling.home",
    "scanner.home", "staff.home",
)  # fmt: skip


def make_guide() -> Flask:
    app = Flask(
        "guide", template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "static")
    )
    app.secret_key = "guide"
    Babel(app)
    CSRFProtect(app)
    filters.register(app)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals["static_url"] = lambda path: f"/static/{path}"
    app.jinja_env.globals["is_page"] = lambda endpoint: endpoint in app.view_functions
    for endpoint in ELSEWHERE:
        app.add_url_rule(f"/{endpoint}", endpoint, lambda **_values: "", methods=["GET", "POST"])

    @app.context_processor
    def context() -> dict[str, object]:
        user = SimpleNamespace(is_authenticated=True, email="ada@example.com", is_admin=True)
        return {
            "now": datetime.now(UTC),
            "settings_public": {"site_name": "tixapp"},
            "theme": request.cookies.get("theme", "auto"),
            "current_user": user,
        }

    @app.get("/guide")
    def guide() -> str:
        return render_template("styleguide.html", **samples())

    @app.get("/error/<int:status>")
    def error(status: int) -> tuple[str, int]:
        template = "errors/static.html" if status >= 500 else "errors/error.html"
        return render_template(template, status=status, detail=""), status

    @app.after_request
    def policy(response: Response) -> Response:
        text = "; ".join(f"{name} {value}" for name, value in POLICY.items())
        response.headers["Content-Security-Policy"] = text
        return response

    return app


@pytest.fixture(scope="module")
def guide() -> Iterator[str]:
    """Its address."""
    server = make_server("127.0.0.1", 0, make_guide(), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
