"""The doors of an event: how it goes at the gates, live."""

import hashlib
from datetime import datetime

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from flask_wtf.csrf import generate_csrf

from tixapp.accounts.guards import sign_in_required
from tixapp.core.clock import clock
from tixapp.core.db import transaction
from tixapp.door.actions.scans import see_conflicts, undo_by_manager
from tixapp.door.board import board_of
from tixapp.selling.guards import event_to_edit

from .base import bp, page


@bp.get("/events/<event_id>/door")
@sign_in_required
def door(event_id: str) -> ResponseReturnValue:
    event, now = event_to_edit(event_id), clock.now()
    return page("door", event=event, board=board_of(event, now=now), now=_minute(now))


@bp.get("/events/<event_id>/door/board")
@sign_in_required
def door_board(event_id: str) -> ResponseReturnValue:
    """What changes on that page. Small, and asked for every two seconds."""
    event, now = event_to_edit(event_id), clock.now()
    board = board_of(event, now=now)
    text = render_template("selling/_door_board.html", event=event, board=board, now=_minute(now))
    response = Response(text, mimetype="text/html")
    response.headers["Cache-Control"] = "private, no-cache"
    same = text.replace(generate_csrf(), "")  # the token in its forms is another each time
    response.set_etag(hashlib.sha256(same.encode()).hexdigest()[:20])
    return response.make_conditional(request)


@bp.post("/events/<event_id>/door/conflicts/seen")
@sign_in_required
def conflicts_seen(event_id: str) -> ResponseReturnValue:
    event = event_to_edit(event_id)
    with transaction():
        see_conflicts(event.id, by=current_user.id, now=clock.now())
    return redirect(url_for(".door", event_id=event_id), 303)


@bp.post("/events/<event_id>/door/tickets/<ticket_id>/undo")
@sign_in_required
def undo_check_in(event_id: str, ticket_id: str) -> ResponseReturnValue:
    event = event_to_edit(event_id)
    with transaction():
        undone = undo_by_manager(ticket_id, event, by=current_user.id, now=clock.now())
    if undone:
        flash(_("Taken back. The ticket admits again."), "good")
    else:
        flash(_("Nobody is inside with this ticket. Nothing was changed."), "bad")
    return redirect(url_for(".door", event_id=event_id), 303)


def _minute(now: datetime) -> datetime:
    """Times ago are said in whole minutes, so that the page is the same in between."""
    return now.replace(second=0, microsecond=0)
