"""The page of one event, drawn from what is known of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import render_template
from flask_login import current_user

from tixapp.core.money import Money
from tixapp.events.access import may_edit
from tixapp.events.models import Event
from tixapp.events.words import category_name
from tixapp.inventory.codes import Code
from tixapp.orders.rules import FeeTerms
from tixapp.refunds.rules import return_deadline
from tixapp.web.links import link_to, link_to_path

from .about import map_url, structured_data, summary_of
from .cards import card, with_open_lists
from .door import door_of
from .pictures import shared_path
from .sale import Sale


def event_page(
    event: Event,
    sale: Sale,
    terms: FeeTerms,
    *,
    is_preview: bool = False,
    is_pane: bool = False,
    picks: Mapping[str, Any] | None = None,
    code: Code | None = None,
    code_failed: bool = False,
    now: datetime,
) -> str:
    """`event` comes with venue, seller, tiers and picture. In a pane it stands beside its editor,
    without what is around a page."""
    url = link_to("browse.event", slug=event.slug)
    shared = link_to_path(shared_path(event.picture)) if event.picture else None
    takes_names = event.id in with_open_lists([(event, sale)])
    return render_template(
        "browse/event.html",
        layout="layouts/pane.html" if is_pane else "layouts/base.html",
        event=event,
        card=card(event, sale, takes_names, now=now),
        takes_names=takes_names,
        sale=sale,
        shared=shared,
        is_preview=is_preview,
        is_pane=is_pane,
        can_edit=is_preview and may_edit(current_user, event),
        picks=picks or {},
        code=code,
        code_failed=code_failed,
        summary=summary_of(event.description),
        structured=structured_data(event, sale, url=url, image=shared),
        canonical=url,
        map_url=map_url(event),
        kind=category_name(event.category),
        return_until=return_deadline(event.starts_at, event.return_hours),
        door=door_of(event, current_user, now=now),
        order_fee=Money(terms.fixed_minor if terms.passed_on else 0, event.currency),
    )
