"""The waiting list of an event, as its seller sees it."""

from datetime import timedelta

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from tixapp.accounts.guards import sign_in_required
from tixapp.core.clock import clock
from tixapp.core.db import transaction
from tixapp.selling.guards import event_to_edit
from tixapp.waiting.actions import ending
from tixapp.waiting.queries.list import list_of
from tixapp.waiting.queries.numbers import numbers_of

from .base import bp, page

A_DAY, AN_HOUR, A_MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


@bp.get("/events/<event_id>/list")
@sign_in_required
def waiting_list(event_id: str) -> ResponseReturnValue:
    event = event_to_edit(event_id)
    line = list_of(event.id)
    numbers = numbers_of(event.id)
    return page(
        "list",
        event=event,
        numbers=numbers,
        waited=length_in_words(numbers.waited) if numbers.waited is not None else "",
        is_closed=line is not None and line.closed_at is not None,
    )


@bp.post("/events/<event_id>/list/closing")
@sign_in_required
def close_list(event_id: str) -> ResponseReturnValue:
    event = event_to_edit(event_id)
    with transaction():
        ending.close_list(event, by=current_user.id, now=clock.now())
    flash(_("The list is closed: no new names. Those on it are still offered places."), "good")
    return redirect(url_for(".waiting_list", event_id=event_id), 303)


@bp.post("/events/<event_id>/list/opening")
@sign_in_required
def open_list(event_id: str) -> ResponseReturnValue:
    event = event_to_edit(event_id)
    with transaction():
        ending.reopen_list(event, by=current_user.id, now=clock.now())
    flash(_("The list is open again."), "good")
    return redirect(url_for(".waiting_list", event_id=event_id), 303)


def length_in_words(length: timedelta) -> str:
    """In the largest unit that fits."""
    if length >= 2 * A_DAY:
        return str(ngettext("%(num)s day", "%(num)s days", length // A_DAY))
    if length >= 2 * AN_HOUR:
        return str(ngettext("%(num)s hour", "%(num)s hours", length // AN_HOUR))
    return str(ngettext("%(num)s minute", "%(num)s minutes", length // A_MINUTE))
