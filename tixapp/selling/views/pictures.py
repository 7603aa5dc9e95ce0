"""The picture of an event: uploaded, replaced, taken away."""

from __future__ import annotations

from typing import IO

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from tixapp.accounts.guards import sign_in_required
from tixapp.core.clock import clock
from tixapp.core.db import end_reading, transaction
from tixapp.core.errors import Conflict
from tixapp.core.pictures import BadPicture, Drawn, draw
from tixapp.events.actions import begin_picture, remove_picture, show_picture
from tixapp.events.errors import TooManyPictures
from tixapp.events.models import Picture
from tixapp.gateways import gateways
from tixapp.gateways.storage import StorageUnavailable
from tixapp.selling.guards import event_to_edit
from tixapp.selling.messages import explain
from tixapp.web.limits import by_person, limiter

from .base import bp

MIMETYPES = {"webp": "image/webp", "jpg": "image/jpeg"}


@bp.post("/events/<event_id>/picture")
@sign_in_required
@limiter.limit("60 per hour", key_func=by_person)
def upload_picture(event_id: str) -> ResponseReturnValue:
    event_to_edit(event_id)
    end_reading()
    try:
        keep(event_id, draw(_chosen()))
    except BadPicture as refusal:
        flash(_("%(reason)s Nothing was changed.", reason=str(refusal)), "bad")
    except TooManyPictures:
        flash(_("That is enough pictures for today. Please come back tomorrow."), "bad")
    except StorageUnavailable:
        flash(_("The picture could not be kept just now. Please try again in a minute."), "bad")
    except Conflict as refusal:
        flash(explain(refusal), "bad")
    else:
        flash(_("This is the picture of your event from now on."), "good")
    return _back(event_id)


@bp.post("/events/<event_id>/picture/removal")
@sign_in_required
def take_picture_away(event_id: str) -> ResponseReturnValue:
    event = event_to_edit(event_id)
    try:
        with transaction():
            remove_picture(event.id, by=current_user.id, now=clock.now())
    except Conflict as refusal:
        flash(explain(refusal), "bad")
    else:
        flash(_("The picture is gone. The event has its drawn poster again."), "good")
    return _back(event_id)


def _chosen() -> IO[bytes]:
    file = request.files.get("picture")
    if file is None or not file.filename:
        raise BadPicture(_("Choose a picture first."))
    return file.stream


def keep(event_id: str, drawn: Drawn) -> None:
    """A row, then the files, then it is shown: whatever breaks off is found and cleared."""
    person = current_user.id
    with transaction():
        picture = begin_picture(event_to_edit(event_id), drawn, by=person, now=clock.now())
        row_id, keys = picture.id, picture.keys
    for name, content in drawn.files.items():
        gateways().storage.put(keys[name], content, MIMETYPES[name.rpartition(".")[2]])
    with transaction():
        show_picture(row_id, by=person, now=clock.now())


def copy_picture(picture: Picture | None, event_id: str) -> None:
    """Shows the same picture at another event, from files of its own."""
    if picture is None:
        return
    width, height, colour, keys = picture.width, picture.height, picture.colour, picture.keys
    end_reading()
    files = {name: gateways().storage.get(key) for name, key in keys.items()}
    keep(event_id, Drawn(width, height, colour, files))


def _back(event_id: str) -> ResponseReturnValue:
    return redirect(url_for(".edit_event_page", event_id=event_id, _anchor="picture"), 303)
