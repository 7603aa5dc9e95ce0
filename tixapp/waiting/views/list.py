"""The waiting list of an event, and all of one's places."""

from datetime import datetime
from typing import Protocol

from flask import Response, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from tixapp.accounts.guards import ask_to_sign_in, sign_in_required
from tixapp.core.clock import clock
from tixapp.core.db import end_reading, transaction
from tixapp.core.errors import Conflict, Invalid, TixappError
from tixapp.events.models import Event, EventStatus
from tixapp.events.queries import published_event
from tixapp.inventory.errors import HoldBeingPaid
from tixapp.inventory.queries import availability
from tixapp.waiting.actions import entries, join
from tixapp.waiting.actions.join import Terms, Wish
from tixapp.waiting.errors.list import TooManyJoins
from tixapp.waiting.flows.list import change, without_lapsed
from tixapp.waiting.forms.list import ANY, read_wish
from tixapp.waiting.messages.list import explain
from tixapp.waiting.models import WaitingEntry
from tixapp.waiting.queries.joined import rooms_of
from tixapp.waiting.queries.list import entries_here, entries_of, entry_of, list_of
from tixapp.waiting.terms import terms
from tixapp.web.counters import refusals
from tixapp.web.limits import by_person, limiter

from .base import bp
from .places import latest, place_of


class Deed(Protocol):
    """What somebody does with their own place."""

    def __call__(self, entry: WaitingEntry, *, terms: Terms, now: datetime) -> object: ...


@bp.get("/e/<slug>/list")
def show(slug: str) -> ResponseReturnValue:
    return _page(slug)


@bp.post("/e/<slug>/list")
@limiter.limit("30 per minute", key_func=by_person)
def join_list(slug: str) -> ResponseReturnValue:
    event = published_event(slug)
    if not current_user.is_authenticated:
        return ask_to_sign_in(url_for(".show", slug=slug))
    try:
        wish = read_wish(event, request.form)
        _join(event, wish)
    except TixappError as refusal:
        return _refused(refusal, slug)
    return redirect(url_for(".show", slug=slug), 303)


@bp.get("/places")
@sign_in_required
def mine() -> ResponseReturnValue:
    now = clock.now()
    found = [without_lapsed(entry, now=now) for entry in entries_of(current_user.id)]
    places = [place_of(entry) for entry in found]
    return render_template(
        "waiting/mine.html",
        live=[place for place in places if place.entry.is_live],
        past=[place for place in places if not place.entry.is_live],
        rooms=rooms_of(current_user.id, now=now),
        minutes=_offer_minutes(),
    )


@bp.get("/places/<entry_id>.json")
@sign_in_required
@limiter.limit("120 per minute", key_func=by_person)
def place(entry_id: str) -> ResponseReturnValue:
    """What an open page asks every few seconds."""
    found = place_of(without_lapsed(entry_of(entry_id, current_user.id), now=clock.now()))
    response = jsonify({"mark": found.mark, "state": found.state, "ahead": found.ahead})
    response.add_etag()
    response.headers["Cache-Control"] = "private, no-cache"
    return response.make_conditional(request)


@bp.post("/places/<entry_id>/acceptance")
@sign_in_required
def accept(entry_id: str) -> ResponseReturnValue:
    slug = entry_of(entry_id, current_user.id).event.slug
    event = published_event(slug)
    now = clock.now()
    try:
        with transaction():
            entry = entry_of(entry_id, current_user.id)
            hold_id = entries.accept(entry, event, now=now).public_id
    except HoldBeingPaid as refusal:
        _tell(refusal, event.timezone)
        return redirect(url_for("orders.checkout", hold_id=refusal.hold_public_id), 303)
    except Conflict as refusal:
        _tell(refusal, event.timezone)
        return redirect(url_for(".show", slug=slug), 303)
    return redirect(url_for("orders.checkout", hold_id=hold_id), 303)


@bp.post("/places/<entry_id>/refusal")
@sign_in_required
def decline(entry_id: str) -> ResponseReturnValue:
    said = _("Thank you for saying so: the places go to the next person.")
    return _change(entry_id, lambda entry, *, terms, now: entries.decline(entry, now=now), said)


@bp.post("/places/<entry_id>/departure")
@sign_in_required
def leave_list(entry_id: str) -> ResponseReturnValue:
    return _change(entry_id, entries.leave, _("You have left the list."))


@bp.post("/places/<entry_id>/rest")
@sign_in_required
def rest(entry_id: str) -> ResponseReturnValue:
    said = _("Your place rests: nothing is offered to you until you come back to it.")
    return _change(entry_id, entries.pause, said)


@bp.post("/places/<entry_id>/return")
@sign_in_required
def come_back(entry_id: str) -> ResponseReturnValue:
    return _change(entry_id, entries.come_back, _("Welcome back: your place counts again."))


@bp.post("/places/<entry_id>/renewal")
@sign_in_required
def rejoin(entry_id: str) -> ResponseReturnValue:
    """The same wish, at the end of the list."""
    old = entry_of(entry_id, current_user.id)
    slug = old.event.slug
    event = published_event(slug)
    wish = Wish(old.tier_id, old.quantity, old.is_together)
    try:
        _join(event, wish)
    except TixappError as refusal:
        return _refused(refusal, slug)
    return redirect(url_for(".show", slug=slug), 303)


def _join(event: Event, wish: Wish) -> None:
    with transaction():
        join.join(event, wish, user_id=current_user.id, terms=terms(), now=clock.now())


def _refused(refusal: TixappError, slug: str) -> ResponseReturnValue:
    """The page once more, saying why; with 429 also when."""
    if not isinstance(refusal, Conflict | Invalid | TooManyJoins):
        raise refusal
    refusals.labels(refusal.code).inc()
    status = 429 if isinstance(refusal, TooManyJoins) else 422
    words = explain(refusal, published_event(slug).timezone)
    response = Response(_page(slug, refusal=words), status=status)
    if isinstance(refusal, TooManyJoins):
        response.headers["Retry-After"] = str(refusal.retry_after)
    return response


def _change(entry_id: str, deed: Deed, said: str) -> ResponseReturnValue:
    """Does it and goes back to the list, or to wherever all of one's places are shown."""
    seen = entry_of(entry_id, current_user.id)
    slug, zone, user_id = seen.event.slug, seen.event.timezone, current_user.id
    end_reading()
    length, now = terms(), clock.now()
    try:
        change(entry_id, user_id, lambda entry: deed(entry, terms=length, now=now))
    except Conflict as refusal:
        _tell(refusal, zone)
    else:
        flash(said, "good")
    back = url_for(".mine") if request.form.get("from") == "mine" else url_for(".show", slug=slug)
    return redirect(back, 303)


def _tell(refusal: TixappError, zone: str) -> None:
    refusals.labels(refusal.code).inc()
    flash(explain(refusal, zone), "warn")


def _offer_minutes() -> int:
    return int(terms().offer.total_seconds() // 60)


def _page(slug: str, *, refusal: str = "") -> str:
    now = clock.now()
    known = current_user.is_authenticated
    found = entries_here(slug, current_user.id) if known else []
    places = [place_of(without_lapsed(entry, now=now)) for entry in latest(found)]
    event = published_event(slug)  # as it is now that offers whose time is over have ended
    line = list_of(event.id)
    stocks = availability([event.id], now=now)
    is_up = event.status == EventStatus.PUBLISHED and now < event.sales_end_at
    takes_names = is_up and event.has_waiting_list and not (line and line.closed_at)
    waits_for = {place.entry.tier_key for place in places if place.entry.is_live}
    return render_template(
        "waiting/list.html",
        event=event,
        places=places,
        refusal=refusal,
        is_up=is_up,
        takes_names=takes_names,
        may_join=takes_names and 0 not in waits_for,
        tiers=[tier for tier in event.tiers if tier.id not in waits_for],
        may_wait_for_any=not waits_for and len(event.tiers) > 1,
        gone={tier_id for tier_id, left in stocks.items() if left.remaining < 1},
        most=min(event.purchase_limit, max((t.per_order_limit for t in event.tiers), default=1)),
        any_tier=ANY,
        minutes=_offer_minutes(),
    )
