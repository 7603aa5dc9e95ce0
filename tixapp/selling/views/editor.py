"""Making an event and changing it: saved while one types, never over somebody else's work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from tixapp.accounts.guards import sign_in_required
from tixapp.core.clock import clock
from tixapp.core.db import transaction
from tixapp.core.errors import Invalid
from tixapp.events.actions import create_event, details_of, edit_event
from tixapp.events.errors import AlreadyOver, StaleVersion
from tixapp.events.models import Event, EventStatus
from tixapp.events.rules import EventDetails
from tixapp.inventory.models import Stock
from tixapp.inventory.queries import stock_of_event
from tixapp.orders.rules import FeeTerms, Split, split_of
from tixapp.sellers.access import may_edit
from tixapp.sellers.models import Seller
from tixapp.sellers.queries import sellers_of
from tixapp.selling.editing.checklist import Line, checklist
from tixapp.selling.editing.dangers import event_dangers
from tixapp.selling.editing.event_form import (
    NOTHING_YET,
    EventForm,
    first_values,
    shown_of,
    values_of,
)
from tixapp.selling.editing.merge import Merged, merge
from tixapp.selling.guards import event_to_edit
from tixapp.selling.queries.affected import affected_by
from tixapp.web.errors import wants_json
from tixapp.web.filters import local_time
from tixapp.web.limits import by_person, limiter
from tixapp.web.running import settings

from .base import bp, page
from .changes import has_agreed, kept, tell, terms_of, version_of

NOTHING_MERGED = Merged({}, [])


@bp.get("/events/new")
@sign_in_required
def new_event() -> ResponseReturnValue:
    mine = _editable()
    if not mine:
        return redirect(url_for("sellers.home"), 303)
    form = EventForm(_first(mine[0]), formdata=None)
    return page("new_event", form=form, sellers=mine, seller_id=mine[0].public_id)


@bp.post("/events/new")
@sign_in_required
@limiter.limit("100 per hour", key_func=by_person)
def make_event() -> ResponseReturnValue:
    mine = _editable()
    if not mine:
        return redirect(url_for("sellers.home"), 303)
    wanted = request.form.get("seller_id")
    seller = next((found for found in mine if found.public_id == wanted), mine[0])
    form = EventForm(_first(seller))
    details = form.details(NOTHING_YET)
    if details is None:
        return page("new_event", form=form, sellers=mine, seller_id=seller.public_id), 422
    with transaction():
        made = create_event(seller, details, by=current_user.id, now=clock.now())
    flash(_("Your draft is saved. Nobody sees it until you publish it."), "good")
    return redirect(url_for(".edit_event_page", event_id=made.public_id), 303)


@bp.get("/events/<event_id>/edit")
@sign_in_required
def edit_event_page(event_id: str) -> ResponseReturnValue:
    event = event_to_edit(event_id)
    return _page(event, EventForm(shown_of(event), formdata=None))


@bp.post("/events/<event_id>/edit")
@sign_in_required
@limiter.limit("1200 per hour", key_func=by_person)
def save_event(event_id: str) -> ResponseReturnValue:
    event = event_to_edit(event_id)
    form = EventForm(shown_of(event))
    before = details_of(event)
    details = form.details(before)
    if details is None:
        return _refused(event, form, before)
    changes = event_dangers(before, details) if event.status == EventStatus.PUBLISHED else []
    affected = affected_by(event.id) if changes else None
    if affected and affected.people and not has_agreed() and version_of(form) == event.version:
        return page(
            "affected",
            event=event,
            affected=affected,
            changes=changes,
            action=url_for(".save_event", event_id=event_id),
            back=url_for(".edit_event_page", event_id=event_id),
            kept=kept(),
        )
    try:
        with transaction():
            saved = edit_event(
                event.id, details, version=version_of(form), by=current_user.id, now=clock.now()
            )
            tell(event.id, changes)
    except StaleVersion:
        return _stale(event_id, form)
    except Invalid as refusal:
        form.add_faults(refusal.faults)
        return _refused(event, form, before)
    except AlreadyOver:
        flash(_("This event is over or was cancelled: it stays as it is."), "bad")
        return redirect(url_for(".event", event_id=event_id), 303)
    return _saved(saved, details)


def _saved(event: Event, details: EventDetails) -> ResponseReturnValue:
    if wants_json():
        at = local_time(clock.now(), details.timezone)
        return _saved_itself(event.public_id, said=_("Saved at %(time)s", time=at))
    flash(_("Saved."), "good")
    if request.form.get("tell") == "yes":
        flash(_("The letters to people with tickets are on their way."), "good")
    return redirect(url_for(".edit_event_page", event_id=event.public_id), 303)


def _refused(event: Event, form: EventForm, before: EventDetails) -> ResponseReturnValue:
    if not wants_json():
        return _page(event, form), 422
    fits = form.what_fits(before)
    if event.status != EventStatus.DRAFT or fits == before:
        return jsonify(faults=form.errors, said=_not_saved(len(form.errors))), 422
    return _save_part(event, form, fits)


def _save_part(event: Event, form: EventForm, fits: EventDetails) -> ResponseReturnValue:
    """A draft that saves itself keeps what is right; the rest stays in the form, each with why."""
    try:
        with transaction():
            edit_event(
                event.id, fits, version=version_of(form), by=current_user.id, now=clock.now()
            )
    except StaleVersion:
        return _stale(event.public_id, form)
    except (Invalid, AlreadyOver):
        return jsonify(faults=form.errors, said=_not_saved(len(form.errors))), 422
    said = _(
        "Saved at %(time)s. Not yet: %(fields)s.",
        time=local_time(clock.now(), fits.timezone),
        fields=", ".join(form.left_out(fits)),
    )
    return _saved_itself(event.public_id, said=said, faults=form.errors)


def _saved_itself(event_id: str, **told: Any) -> ResponseReturnValue:
    """What is saved now, and what is still to do, for a page that stays as it is."""
    event = event_to_edit(event_id)
    parts = render_template("selling/_progress.html", event=event, lines=_lines(event))
    return jsonify(shown_of(event) | {"parts": parts} | told)


def _stale(event_id: str, form: EventForm) -> ResponseReturnValue:
    if wants_json():
        said = _("Somebody else has changed this event. Press Save to see both versions.")
        return jsonify(said=said), 409
    event = event_to_edit(event_id)
    merged = merge(form, values_of(event), event.version)
    return _page(event, form, merged=merged, is_stale=True), 409


def _not_saved(count: int) -> str:
    if count == 1:
        return str(_("Not saved yet: one field needs another look."))
    return str(_("Not saved yet: %(count)s fields need another look.", count=count))


def _page(
    event: Event, form: EventForm, *, merged: Merged = NOTHING_MERGED, is_stale: bool = False
) -> str:
    stock = stock_of_event(event.id)
    terms = terms_of(event, event.seller)
    now = clock.now()
    return page(
        "editor",
        event=event,
        form=form,
        merged=merged,
        is_stale=is_stale,
        stock=stock,
        splits={tier.id: split_of(tier.price(event.currency), terms) for tier in event.tiers},
        either_way=_either_way(event, terms),
        lines=_lines(event, stock),
        now=now,
    )


def _lines(event: Event, stock: Mapping[int, Stock] | None = None) -> Sequence[Line]:
    stock = stock_of_event(event.id) if stock is None else stock
    places = sum(counts.capacity for counts in stock.values())
    return checklist(event, places=places, now=clock.now())


def _either_way(event: Event, terms: FeeTerms) -> tuple[Split, Split] | None:
    """What the first kind of ticket with a price costs and brings: fee absorbed, or passed on."""
    prices = [tier.price(event.currency) for tier in event.tiers if tier.price_minor]
    if not prices:
        return None
    absorbed, passed_on = (replace(terms, passed_on=passed_on) for passed_on in (False, True))
    return split_of(prices[0], absorbed), split_of(prices[0], passed_on)


def _first(seller: Seller) -> dict[str, str]:
    return first_values(seller, purchase_limit=settings().event_purchase_limit)


def _editable() -> list[Seller]:
    return [seller for seller, role in sellers_of(current_user.id) if may_edit(role)]
