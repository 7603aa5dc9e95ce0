"""Writing to the people who have tickets: written, looked at, sent, with how far it is."""

from flask import flash, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from tixapp.accounts.guards import sign_in_required
from tixapp.core.clock import clock
from tixapp.core.db import transaction
from tixapp.events.models import Event
from tixapp.selling.forms import MessageForm
from tixapp.selling.guards import event_to_edit
from tixapp.selling.messages_to_buyers import (
    MOST_A_DAY,
    MessageKind,
    TooManyMessages,
    Wanted,
    count_people,
    messages_of,
    paragraphs_of,
    tier_named,
    write_message,
)
from tixapp.web.limits import by_person, limiter

from .base import bp, page

LOOK_AGAIN_SECONDS = 3


@bp.get("/events/<event_id>/messages")
@sign_in_required
def messages(event_id: str) -> ResponseReturnValue:
    event = event_to_edit(event_id)
    response = make_response(_page(event, MessageForm(event, formdata=None)))
    if any(message.done_at is None for message in messages_of(event.id)):
        response.headers["Refresh"] = str(LOOK_AGAIN_SECONDS)
    return response


@bp.post("/events/<event_id>/messages")
@sign_in_required
@limiter.limit("60 per hour", key_func=by_person)
def write(event_id: str) -> ResponseReturnValue:
    """First the letter as it will be, then, with `send`, the deed."""
    event = event_to_edit(event_id)
    form = MessageForm(event)
    if not form.validate():
        return _page(event, form), 422
    wanted = _wanted(event, form)
    if "send" not in request.form:
        return page(
            "message_preview",
            event=event,
            form=form,
            people=count_people(event, wanted),
            paragraphs=paragraphs_of(wanted.text),
        )
    try:
        with transaction():
            write_message(event, wanted, by=current_user.id, now=clock.now())
    except TooManyMessages:
        words = _("%(most)s messages a day is the limit. Nothing was sent.", most=MOST_A_DAY)
        flash(words, "bad")
    else:
        flash(_("Your message is going out."), "good")
    return redirect(url_for(".messages", event_id=event_id), 303)


def _wanted(event: Event, form: MessageForm) -> Wanted:
    tier = tier_named(event, form.tier.data or "")
    kind = MessageKind(form.kind.data)
    return Wanted(kind, tier.id if tier else None, form.subject.data, form.text.data)


def _page(event: Event, form: MessageForm) -> str:
    return page("messages", event=event, form=form, sent=messages_of(event.id))
