"""The doors of an event: how it goes at the gates, live."""

from datetime import datetime

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from tixapp.accounts.guards import sign_in_required
from tixapp.core.clock import clock
from tixapp.core.db import transaction
from tixapp.door.actions.scans import see_conflicts, undo_by_manager
from tixapp.door.board import board_of
from tixapp.selling.guards import event_to_edit

from .base import bp, live_part, page


@bp.get("/events/<event_id>/door")
@sign_in_required
def door(event_id: str) -> ResponseReturnValue:
    event, now = event_to_edit(event_id), clock.now()
    return page(
        "door",
        event=event,
        board=board_of(event, now=now),
        now=_minute(now),
        on_wall="wall" in request.args,
    )


@bp.get("/events/<event_id>/door/board")
@sign_in_required
def door_board(event_id: str) -> ResponseReturnValue:
    """What changes on that page. Small, and asked for every two seconds."""
    event, now = event_to_edit(event_id), clock.now()
    board = board_of(event, now=now)
    return live_part("_door_board", event=event, board=board, now=_minute(now))


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
