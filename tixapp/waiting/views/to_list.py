"""From a room that is sold out to the waiting list, with one click and in the order of the draw."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from tixapp.accounts.guards import ask_to_sign_in
from tixapp.core.clock import clock
from tixapp.core.db import transaction
from tixapp.core.errors import Conflict, Invalid, TooMany
from tixapp.waiting.actions.join import Wish
from tixapp.waiting.actions.join import join as join_list
from tixapp.waiting.queries.room import entry_of, rank_of
from tixapp.waiting.terms import terms
from tixapp.web.pages import is_page

from .base import bp
from .room import room_and_event

MOST = 100


@bp.post("/e/<slug>/room/list")
def go_on_the_list(slug: str) -> ResponseReturnValue:
    event, room = room_and_event(slug)
    here = url_for(".room", slug=slug)
    if not current_user.is_authenticated:
        return ask_to_sign_in(here)
    user_id, now = current_user.id, clock.now()
    entry = entry_of(event.id, user_id)
    number = room.list_number(rank_of(room, entry)) if entry is not None else None
    wish = Wish(tier_id=None, quantity=_quantity(event.purchase_limit), together=False)
    try:
        with transaction():
            join_list(event, wish, user_id=user_id, terms=terms(), now=now, number=number)
    except (Conflict, Invalid, TooMany):
        flash(_("The list takes no name from you at the moment. Its page says why."), "warn")
        return redirect(url_for(".show", slug=slug) if is_page("waiting.show") else here, 303)
    flash(_("You are on the waiting list, in the order of the draw."), "good")
    return redirect(url_for(".mine") if is_page("waiting.mine") else here, 303)


def _quantity(most: int) -> int:
    """What the form says, within what one person may have."""
    sent = request.form.get("quantity", "")
    wanted = int(sent) if sent.isascii() and sent.isdecimal() and len(sent) < 4 else 1
    return max(1, min(wanted, most, MOST))
