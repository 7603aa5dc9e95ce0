"""The waiting room of an event: live numbers, and what steers it."""

from flask import flash, jsonify, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from tixapp.accounts.guards import sign_in_required
from tixapp.core.clock import clock
from tixapp.core.db import transaction
from tixapp.core.errors import Conflict, NotFound
from tixapp.events.models import Event
from tixapp.selling.guards import event_to_edit
from tixapp.waiting.actions.limits import set_limits
from tixapp.waiting.forms.room import RoomForm
from tixapp.waiting.live import room_figures
from tixapp.waiting.models import Room
from tixapp.waiting.queries.room import room_of

from .base import bp, page


@bp.get("/events/<event_id>/room")
@sign_in_required
def room(event_id: str) -> ResponseReturnValue:
    event, found = _room(event_id)
    return _page(event, found, RoomForm(formdata=None, obj=found))


@bp.get("/events/<event_id>/room.json")
@sign_in_required
def live_room(event_id: str) -> ResponseReturnValue:
    event, found = _room(event_id)
    return jsonify(room_figures(event, found, now=clock.now()))


@bp.post("/events/<event_id>/room")
@sign_in_required
def steer_room(event_id: str) -> ResponseReturnValue:
    event, found = _room(event_id)
    form = RoomForm()
    if not form.validate():
        return _page(event, found, form), 422
    try:
        with transaction():
            set_limits(event, **form.limits(), by=current_user.id, now=clock.now())
    except Conflict:
        flash(_("This waiting room is closed: nothing about it changes any more."), "warn")
    else:
        flash(_("The room goes by the new numbers from now on."), "good")
    return redirect(url_for(".room", event_id=event_id), 303)


def _room(event_id: str) -> tuple[Event, Room]:
    event = event_to_edit(event_id)
    found = room_of(event.id)
    if found is None:
        raise NotFound("This event has no waiting room.")
    return event, found


def _page(event: Event, found: Room, form: RoomForm) -> str:
    figures = room_figures(event, found, now=clock.now())
    return page("room", event=event, room=found, form=form, figures=figures)
