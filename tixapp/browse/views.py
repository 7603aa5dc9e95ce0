"""The pages that everyone may look at."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from tixapp.accounts.guards import ask_to_sign_in
from tixapp.core.clock import clock
from tixapp.core.errors import NotFound
from tixapp.events.access import may_preview
from tixapp.events.models import Event, EventStatus
from tixapp.events.queries import (
    PAGE,
    Filters,
    coming,
    counts_without_each,
    event_by_slug,
    facets,
    published_event,
    soonest_of_each,
)
from tixapp.events.words import category_name
from tixapp.inventory.codes import Code, key_of, standing_code
from tixapp.inventory.queries import availability
from tixapp.web.calendar import Occasion, calendar_file
from tixapp.web.limits import check_guesses, note_guess
from tixapp.web.links import link_to

from .about import place_of
from .caching import changes_at, counts_down, shared_for
from .cards import EventCard, cards_of, terms_of
from .event_page import event_page
from .pictures import serve
from .rows import rows_of
from .sale import next_change, preview_of, sale_of
from .search import PRICES, WHEN, Search, choices, chosen, pills, price_name, removals

bp = Blueprint("browse", __name__)

ROW = 8
NEAREST = 4
# Everyone sees the same list and the same page for so many seconds.
LIST_SECONDS, EVENT_SECONDS = 20, 5
PICK = "tier-"
NUMBER = re.compile(r"[1-9][0-9]{0,2}")


@bp.get("/")
@shared_for(LIST_SECONDS)
def home() -> ResponseReturnValue:
    now = clock.now()
    spans = [Filters(when="today"), Filters(when="weekend"), Filters()]
    events = soonest_of_each(spans, now=now, limit=PAGE)
    cards = cards_of(events, now=now)
    kinds = facets(now=now)
    return render_template(
        "browse/home.html",
        rows=rows_of(events, cards, now=now, most=ROW),
        pills=pills(Search(), kinds),
        cities=list(kinds.cities)[:ROW],
        canonical=link_to("browse.home"),
    )


@bp.get("/search")
@shared_for(LIST_SECONDS)
def search() -> ResponseReturnValue:
    now = clock.now()
    wanted = Search.from_args(request.args)
    filters = wanted.filters()
    events = coming(filters, now=now, after=request.args.get("after"), limit=PAGE + 1)
    shown = events[:PAGE]
    kinds = facets(now=now)
    return render_template(
        "browse/search.html",
        search=wanted,
        canonical=link_to("browse.search", **wanted.values()),
        cards=cards_of(shown, now=now),
        has_more=len(events) > PAGE,
        next_url=wanted.url(after=shown[-1].public_id) if len(events) > PAGE else None,
        is_first="after" not in request.args,
        pills=pills(wanted, kinds),
        chosen=chosen(wanted),
        removals=[] if shown else removals(wanted, counts_without_each(filters, now=now)),
        nearest=[] if shown else _nearest(now),
        when=WHEN,
        cities=choices(kinds.cities, wanted.city),
        categories={c: category_name(c) for c in choices(kinds.categories, wanted.category)},
        prices={"free": price_name("free")} | {str(p): price_name(str(p)) for p in PRICES},
    )


@bp.get("/e/<slug>")
@shared_for(EVENT_SECONDS)
def event(slug: str) -> ResponseReturnValue:
    now = clock.now()
    found = _visible(slug)
    terms = terms_of(found)
    is_preview = found.status == EventStatus.DRAFT
    look = preview_of if is_preview else sale_of
    code = _code(found, now=now)
    sale = look(found, availability([found.id], now=now), terms, code=code, now=now)
    changes_at(next_change(found, now=now))
    if sale.opens_soon(now=now):
        counts_down()
    return event_page(
        found,
        sale,
        terms,
        is_preview=is_preview,
        picks=picks_in(request.args),
        code=code,
        code_failed=code is None and bool(key_of(request.args.get("code", ""))),
        now=now,
    )


@bp.get("/e/<slug>/choose")
def choose(slug: str) -> ResponseReturnValue:
    """Where the tickets that a stranger has chosen wait while they sign in."""
    picks = picks_in(request.args)
    if picks and key_of(request.args.get("code", "")):
        picks["code"] = key_of(request.args["code"])
    back = url_for(".event", slug=published_event(slug).slug, _anchor="tickets", **picks)
    if not picks:
        flash(_("Choose at least one ticket."), "warn")
    elif not current_user.is_authenticated:
        return ask_to_sign_in(back)
    return redirect(back, 303)


@bp.get("/pictures/<picture_id>/<file>")
def picture(picture_id: str, file: str) -> ResponseReturnValue:
    return serve(picture_id, file)


@bp.get("/e/<slug>.ics")
def event_calendar(slug: str) -> ResponseReturnValue:
    found = published_event(slug)
    occasion = Occasion(
        uid=f"{found.public_id}@tixapp",
        title=found.name,
        starts_at=found.starts_at,
        ends_at=found.ends_at,
        place=place_of(found),
        url=link_to("browse.event", slug=slug),
        is_cancelled=found.status == EventStatus.CANCELLED,
    )
    return calendar_file(occasion, now=clock.now())


def picks_in(args: Mapping[str, str]) -> dict[str, Any]:
    """The numbers of tickets in an address, for the fields of the page; not checked here."""
    fields = {name: value for name, value in args.items() if name.startswith(PICK)}
    return {name: value for name, value in fields.items() if NUMBER.fullmatch(value)}


def _code(found: Event, *, now: datetime) -> Code | None:
    """The one in the address, if it works here. Raises TooMany for whoever guesses."""
    text = request.args.get("code", "")
    if not key_of(text):
        return None
    check_guesses()
    code = standing_code(found.id, text, now=now)
    if code is None:
        note_guess()
    return code


def _visible(slug: str) -> Event:
    """A draft is there for those who work for its seller, and for nobody else."""
    found = event_by_slug(slug)
    if found.status == EventStatus.DRAFT and not may_preview(current_user, found):
        raise NotFound("There is no such event.")
    return found


def _nearest(now: datetime) -> Sequence[EventCard]:
    return cards_of(coming(Filters(), now=now, limit=NEAREST), now=now)
