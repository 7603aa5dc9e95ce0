"""Kinds of tickets: made, changed, moved, closed, removed."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from tixapp.accounts.guards import sign_in_required
from tixapp.core.clock import clock
from tixapp.core.db import transaction
from tixapp.core.errors import Conflict
from tixapp.events import actions
from tixapp.events.errors import StaleVersion, TierInUse
from tixapp.events.models import Event, EventStatus, Tier
from tixapp.inventory.actions import drop_stock, open_stock, resize_stock
from tixapp.inventory.errors import BelowCommitted
from tixapp.inventory.queries import stock_of_event
from tixapp.orders.rules import split_of
from tixapp.selling.editing.dangers import tier_dangers
from tixapp.selling.editing.fields import add_error
from tixapp.selling.editing.merge import Merged, merge
from tixapp.selling.editing.tier_form import TierForm, tier_values
from tixapp.selling.guards import event_to_edit, tier_to_edit
from tixapp.selling.messages import explain
from tixapp.selling.queries.affected import affected_by
from tixapp.web.limits import by_person, limiter

from .base import bp, page
from .changes import has_agreed, kept, tell, terms_of, version_of
from .editor import NOTHING_MERGED

MOST_TIERS = 50
MOVES = {"up": -1, "down": 1}


@bp.get("/events/<event_id>/tiers/new")
@sign_in_required
def new_tier(event_id: str) -> ResponseReturnValue:
    event = event_to_edit(event_id)
    return _page(event, None, TierForm(event, formdata=None))


@bp.post("/events/<event_id>/tiers/new")
@sign_in_required
@limiter.limit("200 per hour", key_func=by_person)
def make_tier(event_id: str) -> ResponseReturnValue:
    event = event_to_edit(event_id)
    form = TierForm(event)
    said = form.details()
    if len(event.tiers) >= MOST_TIERS:
        add_error(form.name, _("An event has at most %(most)s kinds of tickets.", most=MOST_TIERS))
        said = None
    if said is None:
        return _page(event, None, form), 422
    try:
        with transaction():
            tier = actions.add_tier(event.id, said[0], by=current_user.id, now=clock.now())
            open_stock(tier.id, said[1], now=clock.now())
    except Conflict as refusal:
        flash(explain(refusal), "bad")
    else:
        flash(_("%(tier)s is added.", tier=tier.name), "good")
    return _back(event_id)


@bp.get("/events/<event_id>/tiers/<tier_id>")
@sign_in_required
def tier(event_id: str, tier_id: str) -> ResponseReturnValue:
    event, shown = tier_to_edit(event_id, tier_id)
    return _page(event, shown, _form(event, shown, formdata=None))


@bp.post("/events/<event_id>/tiers/<tier_id>")
@sign_in_required
@limiter.limit("600 per hour", key_func=by_person)
def save_tier(event_id: str, tier_id: str) -> ResponseReturnValue:
    event, tier = tier_to_edit(event_id, tier_id)
    form = _form(event, tier)
    said = form.details()
    if said is None:
        return _page(event, tier, form), 422
    details, capacity = said
    changes = tier_dangers(event, tier, details)
    affected = affected_by(event.id) if changes else None
    if affected and affected.people and not has_agreed() and version_of(form) == tier.version:
        action = url_for(".save_tier", event_id=event_id, tier_id=tier_id)
        back = url_for(".tier", event_id=event_id, tier_id=tier_id)
        return page(
            "affected", event=event, affected=affected, changes=changes, action=action, back=back,
            kept=kept(), keeps_price=True,
        )  # fmt: skip
    try:
        with transaction():
            actions.edit_tier(
                tier, details, version=version_of(form), by=current_user.id, now=clock.now()
            )
            resize_stock(tier.id, capacity, now=clock.now())
            tell(event.id, changes)
    except StaleVersion:
        return _stale(event_id, tier_id, form)
    except BelowCommitted as refusal:
        add_error(form.capacity, _too_few(refusal.committed))
        return _page(*tier_to_edit(event_id, tier_id), form), 422
    except Conflict as refusal:
        flash(explain(refusal), "bad")
    else:
        flash(_("Saved."), "good")
    return _back(event_id)


@bp.post("/events/<event_id>/tiers/<tier_id>/place")
@sign_in_required
def move_tier(event_id: str, tier_id: str) -> ResponseReturnValue:
    _event, tier = tier_to_edit(event_id, tier_id)
    places = MOVES.get(request.form.get("to", ""), 0)
    try:
        with transaction():
            actions.move_tier(tier, by_places=places, by=current_user.id, now=clock.now())
    except Conflict as refusal:
        flash(explain(refusal), "bad")
    return _back(event_id)


@bp.post("/events/<event_id>/tiers/<tier_id>/close")
@sign_in_required
def close_tier(event_id: str, tier_id: str) -> ResponseReturnValue:
    _event, tier = tier_to_edit(event_id, tier_id)
    name = tier.name
    try:
        with transaction():
            actions.close_tier(tier, by=current_user.id, now=clock.now())
    except Conflict as refusal:
        flash(explain(refusal), "bad")
    else:
        flash(_("%(tier)s is closed. Tickets that were bought stay good.", tier=name), "good")
    return _back(event_id)


@bp.post("/events/<event_id>/tiers/<tier_id>/removal")
@sign_in_required
def remove_tier(event_id: str, tier_id: str) -> ResponseReturnValue:
    event, tier = tier_to_edit(event_id, tier_id)
    name = tier.name
    try:
        if event.status != EventStatus.DRAFT:
            raise TierInUse("It has been on sale.")
        with transaction():
            drop_stock(tier.id)
            actions.remove_tier(tier, by=current_user.id, now=clock.now())
    except Conflict as refusal:
        flash(explain(refusal), "bad")
    else:
        flash(_("%(tier)s is removed.", tier=name), "good")
    return _back(event_id)


def _stale(event_id: str, tier_id: str, form: TierForm) -> ResponseReturnValue:
    event, tier = tier_to_edit(event_id, tier_id)
    capacity = stock_of_event(event.id)[tier.id].capacity
    merged = merge(form, tier_values(tier, event, capacity), tier.version)
    return _page(event, tier, form, merged=merged, is_stale=True), 409


def _form(event: Event, tier: Tier, **given: Any) -> TierForm:
    return TierForm(event, tier, stock_of_event(event.id)[tier.id].capacity, **given)


def _page(
    event: Event,
    tier: Tier | None,
    form: TierForm,
    *,
    merged: Merged = NOTHING_MERGED,
    is_stale: bool = False,
) -> str:
    terms = terms_of(event, event.seller)
    return page(
        "tier",
        event=event,
        tier=tier,
        form=form,
        merged=merged,
        is_stale=is_stale,
        stock=stock_of_event(event.id).get(tier.id) if tier else None,
        terms=terms,
        split=split_of(tier.price(event.currency), terms) if tier else None,
    )


def _too_few(committed: int) -> str:
    return str(
        ngettext(
            "%(num)s place is sold or being bought already: it cannot be fewer.",
            "%(num)s places are sold or being bought already: it cannot be fewer.",
            committed,
        )
    )


def _back(event_id: str) -> ResponseReturnValue:
    return redirect(url_for(".edit_event_page", event_id=event_id, _anchor="tickets"), 303)
