"""/sell: what comes next, in numbers that stay true while one looks."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from tixapp.accounts.guards import sign_in_required
from tixapp.core.clock import clock
from tixapp.core.errors import NotFound
from tixapp.core.money import Money
from tixapp.selling import charts
from tixapp.selling.figures import Figures, figures_of
from tixapp.selling.guards import event_with_its_money
from tixapp.selling.queries import coming_events, managed_sellers
from tixapp.tallies import models as tally
from tixapp.web.spreadsheets import Cell, csv_file, in_units

from .base import bp, page

EVENTS_SHOWN = 12

Table = tuple[list[str], list[list[Cell]]]


@bp.get("")
def home() -> ResponseReturnValue:
    """Strangers are invited; who sells nothing yet is asked under which name."""
    if not current_user.is_authenticated:
        return render_template("sellers/invitation.html")
    sellers = managed_sellers(current_user.id)
    if not sellers:
        return redirect(url_for("sellers.home"), 303)
    now = clock.now()
    rows = coming_events(current_user.id, now=now, limit=EVENTS_SHOWN)
    following = rows[0].event if rows else None
    return page(
        "home",
        here="home",
        sellers=sellers,
        event=following,
        figures=figures_of(following, now=now) if following else None,
        others=rows[1:],
    )


@bp.get("/events/<event_id>/figures.json")
@sign_in_required
def live_figures(event_id: str) -> ResponseReturnValue:
    """Small, and asked for often: while nothing moves the tag of the last answer is enough."""
    figures = figures_of(event_with_its_money(event_id), now=clock.now())
    body = json.dumps(figures.live(), separators=(",", ":"))
    response = Response(body, mimetype="application/json")
    response.set_etag(hashlib.sha256(body.encode()).hexdigest()[:20])
    return response.make_conditional(request)


@bp.get("/events/<event_id>/figures/charts")
@sign_in_required
def live_charts(event_id: str) -> ResponseReturnValue:
    """The pictures and their tables alone, for a page whose live numbers say that they moved."""
    event = event_with_its_money(event_id)
    figures = figures_of(event, now=clock.now())
    page = render_template("selling/_charts.html", event=event, figures=figures)
    return Response(page, headers={"X-Drawn": figures.drawn}, mimetype="text/html")


@bp.get("/events/<event_id>/figures/<name>.csv")
@sign_in_required
def figures_file(event_id: str, name: str) -> ResponseReturnValue:
    """The table of one chart."""
    event = event_with_its_money(event_id)
    make = TABLES.get(name)
    if make is None:
        raise NotFound("There is no such file.")
    head, rows = make(figures_of(event, now=clock.now()), event.currency)
    return csv_file(f"{event.slug}-{name}", head, rows)


def _days(figures: Figures, currency: str) -> Table:
    money = figures.tallies.by_day("captured")
    orders = figures.tallies.by_day(tally.ORDERED)
    taken_in = _("Taken in (%(currency)s)", currency=currency)
    rows: list[list[Cell]] = []
    for day, sold in charts.every_day(figures.sold_by_day):
        amount = in_units(Money(money.get(day, 0), currency))
        rows.append([day.isoformat(), sold, orders.get(day, 0), amount])
    return [_("Day"), _("Tickets"), _("Orders"), taken_in], rows


def _tiers(figures: Figures, currency: str) -> Table:
    price = _("Price (%(currency)s)", currency=currency)
    return [_("Kind"), price, _("Sold"), _("Held"), _("Places")], [
        [tier.name, in_units(tier.price), tier.sold, tier.held, tier.capacity]
        for tier in figures.sales.tiers
    ]


def _conversion(figures: Figures, _currency: str) -> Table:
    return [_("Step"), _("How many")], [[row.label, row.value] for row, _on in figures.conversion]


TABLES: dict[str, Callable[[Figures, str], Any]] = {
    "days": _days,
    "tiers": _tiers,
    "conversion": _conversion,
}
