"""Putting a draft on sale, and making an event once more."""

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from tixapp.accounts.guards import sign_in_required
from tixapp.core.clock import clock
from tixapp.core.db import transaction
from tixapp.core.errors import Conflict
from tixapp.events.actions import publish
from tixapp.events.errors import NotReady, TooManyPictures
from tixapp.gateways.storage import NothingStored, StorageUnavailable
from tixapp.inventory.copies import copy_event
from tixapp.selling.guards import event_to_edit
from tixapp.selling.messages import explain
from tixapp.web.limits import by_person, limiter

from .base import bp
from .pictures import copy_picture


@bp.post("/events/<event_id>/publication")
@sign_in_required
def publish_event(event_id: str) -> ResponseReturnValue:
    event = event_to_edit(event_id)
    try:
        with transaction():
            publish(event.id, by=current_user.id, now=clock.now())
    except NotReady:
        flash(_("Not yet: the list beside the form says what is missing."), "bad")
        return redirect(url_for(".edit_event_page", event_id=event_id, _anchor="checklist"), 303)
    except Conflict as refusal:
        flash(explain(refusal), "bad")
    else:
        flash(_("Published. Everyone can see it now."), "good")
    return redirect(url_for(".event", event_id=event_id), 303)


@bp.post("/events/<event_id>/copies")
@sign_in_required
@limiter.limit("60 per hour", key_func=by_person)
def duplicate_event(event_id: str) -> ResponseReturnValue:
    event = event_to_edit(event_id)
    with transaction():
        made = copy_event(event, by=current_user.id, now=clock.now())
        copy_id, picture = made.public_id, event.picture
    try:
        copy_picture(picture, copy_id)
    except (TooManyPictures, StorageUnavailable, NothingStored):
        flash(_("The picture could not be copied: please upload it again."), "warn")
    flash(_("This is the copy, as a draft. Change what is different this time."), "good")
    return redirect(url_for(".edit_event_page", event_id=copy_id), 303)
