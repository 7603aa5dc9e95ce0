"""Pages about accounts. Every page is personal or a form: none is kept in a cache."""

from flask import Blueprint, Response

bp = Blueprint("accounts", __name__)


@bp.after_request
def keep_out_of_caches(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response


from . import keys, letters, own, sessions, signing  # noqa: E402, F401 - they add their views to bp
