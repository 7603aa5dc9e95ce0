"""Where one is signed in, and ending that."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from tixapp.accounts import actions
from tixapp.accounts.guards import sign_in_required
from tixapp.accounts.login import current_session, me
from tixapp.accounts.queries import live_sessions, session_of
from tixapp.accounts.rules import device_name
from tixapp.core.clock import clock
from tixapp.core.db import transaction
from tixapp.core.errors import NotFound

from . import bp


@bp.get("/account/sessions")
@sign_in_required
def sessions() -> ResponseReturnValue:
    here = current_session()
    shown = [
        {
            "id": one.public_id,
            "device": device_name(one.user_agent) or _("Unknown browser"),
            "address": one.address,
            "created_at": one.created_at,
            "seen_at": one.seen_at,
            "is_here": here is not None and one.id == here.id,
        }
        for one in live_sessions(me().id, now=clock.now())
    ]
    return render_template("accounts/sessions.html", sessions=shown)


@bp.post("/account/sessions/<session_id>/end")
@sign_in_required
def end_session(session_id: str) -> ResponseReturnValue:
    found = session_of(session_id, me().id)
    if found is None:
        raise NotFound(_("There is no such session of yours."))
    with transaction():
        actions.end_session(found.id, now=clock.now())
    flash(_("That browser is signed out."), "success")
    return redirect(url_for("accounts.sessions"), 303)


@bp.post("/account/sessions/end-others")
@sign_in_required
def end_other_sessions() -> ResponseReturnValue:
    here = current_session()
    if here is not None:
        with transaction():
            actions.end_other_sessions(me().id, kept=here, now=clock.now())
    flash(_("Every other browser is signed out."), "success")
    return redirect(url_for("accounts.sessions"), 303)
