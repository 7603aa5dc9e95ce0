"""Staff: every waiting room that is not closed, live, with the same controls as its organiser."""

from flask import Blueprint, flash, jsonify, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from tixapp.accounts.guards import admin_required
from tixapp.core.clock import clock
from tixapp.core.db import transaction
from tixapp.core.errors import Conflict
from tixapp.waiting.actions.limits import set_limits
from tixapp.waiting.actions.pausing import pause_sale, resume_sale
from tixapp.waiting.forms.room import RoomForm
from tixapp.waiting.live import room_figures
from tixapp.waiting.queries.room import open_rooms, room_by_event

bp = Blueprint("staff_rooms", __name__, url_prefix="/staff/rooms")


@bp.get("")
@admin_required
def rooms() -> ResponseReturnValue:
    now = clock.now()
    found = [(room, room_figures(room.event, room, now=now)) for room in open_rooms()]
    return render_template("staff/rooms.html", rooms=found)


@bp.get("/<event_id>")
@admin_required
def show(event_id: str) -> ResponseReturnValue:
    room = room_by_event(event_id)
    return _page(event_id, RoomForm(formdata=None, obj=room))


@bp.get("/<event_id>.json")
@admin_required
def live(event_id: str) -> ResponseReturnValue:
    room = room_by_event(event_id)
    return jsonify(room_figures(room.event, room, now=clock.now()))


@bp.post("/<event_id>")
@admin_required
def steer(event_id: str) -> ResponseReturnValue:
    form = RoomForm()
    if not form.validate():
        return _page(event_id, form), 422
    room = room_by_event(event_id)
    try:
        with transaction():
            set_limits(room.event, **form.limits(), by=current_user.id, now=clock.now())
    except Conflict:
        flash(_("This waiting room is closed: nothing about it changes any more."), "warn")
    else:
        flash(_("The room goes by the new numbers from now on."), "good")
    return redirect(url_for(".show", event_id=event_id), 303)


@bp.post("/<event_id>/pause")
@admin_required
def pause(event_id: str) -> ResponseReturnValue:
    room = room_by_event(event_id)
    with transaction():
        pause_sale(room.event_id, by=current_user.id, now=clock.now())
    return redirect(url_for(".show", event_id=event_id), 303)


@bp.post("/<event_id>/resume")
@admin_required
def resume(event_id: str) -> ResponseReturnValue:
    room = room_by_event(event_id)
    with transaction():
        resume_sale(room.event_id, by=current_user.id, now=clock.now())
    return redirect(url_for(".show", event_id=event_id), 303)


def _page(event_id: str, form: RoomForm) -> str:
    room = room_by_event(event_id)
    figures = room_figures(room.event, room, now=clock.now())
    return render_template(
        "staff/room.html", event=room.event, room=room, form=form, figures=figures
    )
