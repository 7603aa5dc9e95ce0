"""Codes of an event: made, counted, ended; and the tiers that only a code opens."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from tixapp.accounts.guards import sign_in_required
from tixapp.core.clock import clock
from tixapp.core.db import transaction
from tixapp.core.errors import NotFound
from tixapp.events.models import Event
from tixapp.inventory.codes import codes_of, taken_of
from tixapp.selling.codes import CodeForm, end_code, hide_tier, make_code
from tixapp.selling.guards import event_to_edit

from .base import bp, page


@bp.get("/events/<event_id>/codes")
@sign_in_required
def codes(event_id: str) -> ResponseReturnValue:
    event = event_to_edit(event_id)
    return _page(event, CodeForm(event, formdata=None))


@bp.post("/events/<event_id>/codes")
@sign_in_required
def add_code(event_id: str) -> ResponseReturnValue:
    event = event_to_edit(event_id)
    form = CodeForm(event)
    if not form.validate():
        return _page(event, form), 422
    with transaction():
        make_code(event, form.details(), by=current_user.id, now=clock.now())
    flash(_("The code works from now on."), "good")
    return redirect(url_for(".codes", event_id=event_id), 303)


@bp.post("/events/<event_id>/codes/<code_id>/end")
@sign_in_required
def stop_code(event_id: str, code_id: str) -> ResponseReturnValue:
    event = event_to_edit(event_id)
    with transaction():
        end_code(code_id, event, by=current_user.id, now=clock.now())
    flash(_("The code works no longer. Who holds tickets by it keeps the price."), "good")
    return redirect(url_for(".codes", event_id=event_id), 303)


@bp.post("/events/<event_id>/tiers/<tier_id>/hidden")
@sign_in_required
def hide(event_id: str, tier_id: str) -> ResponseReturnValue:
    event = event_to_edit(event_id)
    tier = next((tier for tier in event.tiers if tier.public_id == tier_id), None)
    if tier is None:
        raise NotFound("There is no such tier.")
    is_hidden = request.form.get("hidden") == "1"
    with transaction():
        hide_tier(tier.id, event, hidden=is_hidden, by=current_user.id, now=clock.now())
    flash(
        _("Only whoever has a code that opens it sees this kind now.")
        if is_hidden
        else _("Everybody sees this kind of ticket now."),
        "good",
    )
    return redirect(url_for(".codes", event_id=event_id), 303)


def _page(event: Event, form: CodeForm) -> str:
    rows = [(code, taken_of(code)[0]) for code in codes_of(event.id)]
    names = {tier.id: tier.name for tier in event.tiers}
    return page("codes", event=event, form=form, rows=rows, names=names)
