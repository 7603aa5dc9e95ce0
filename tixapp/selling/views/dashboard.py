"""/sell: what comes next, in numbers."""

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from tixapp.selling.queries import managed_events

from .base import bp


@bp.get("")
def home() -> ResponseReturnValue:
    """Strangers are invited; who sells nothing yet is asked under which name."""
    if not current_user.is_authenticated:
        return render_template("sellers/invitation.html")
    if not managed_events(current_user.id, limit=1):
        return redirect(url_for("sellers.home"), 303)
    return redirect(url_for(".events"), 303)
