"""Is it alive? For load balancers and uptime checks."""

import sqlalchemy as sa
from flask import Blueprint
from flask.typing import ResponseReturnValue
from sqlalchemy import exc

from tixapp.core.db import db

bp = Blueprint("ops", __name__)

# Said here, so that nobody looks up whose request it is.
ALIKE = {"Cache-Control": "no-store"}


@bp.get("/health")
def health() -> ResponseReturnValue:
    """200 when pages can be served, else 503; nothing more, for anyone may ask."""
    try:
        db.session.execute(sa.text("SELECT 1"))
    except (exc.OperationalError, exc.TimeoutError):
        db.session.rollback()
        return {"status": "unavailable"}, 503, ALIKE
    return {"status": "ok"}, 200, ALIKE
