"""/e/<slug>/room: joining, waiting, and the way in."""

from __future__ import annotations

from datetime import datetime

from flask import flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from tixapp.accounts.guards import ask_to_sign_in
from tixapp.core.clock import clock
from tixapp.core.db import transaction
from tixapp.core.errors import Conflict, NotFound
from tixapp.events.models import Event
from tixapp.events.queries import published_event
from tixapp.waiting.actions.passes import claim_pass, leave_room, note_asking
from tixapp.waiting.actions.room import join_room
from tixapp.waiting.errors.room import GateFull, Unproven
from tixapp.waiting.keys import room_secrets
from tixapp.waiting.messages.room import explain, wait_words
from tixapp.waiting.models import Room
from tixapp.waiting.queries.list import closed_lists
from tixapp.waiting.queries.room import room_of
from tixapp.waiting.queries.standing import Standing, Turn, standing_of
from tixapp.waiting.rules.document import POLL
from tixapp.waiting.rules.room import (
    CHALLENGE_BITS,
    CHALLENGE_LIFE,
    CHALLENGE_WAIT,
    is_solved,
)
from tixapp.web.counters import refusals

from .base import bp

LOOK_AGAIN_SECONDS = 20


@bp.get("/e/<slug>/room")
def room(slug: str) -> ResponseReturnValue:
    event, found = room_and_event(slug)
    now = clock.now()
    user_id = current_user.id if current_user.is_authenticated else None
    standing = standing_of(event, found, user_id, now=now)
    return _drawn(event, found, standing, now=now)


@bp.post("/e/<slug>/room")
def join(slug: str) -> ResponseReturnValue:
    event, _found = room_and_event(slug)
    here = url_for(".room", slug=slug)
    if not current_user.is_authenticated:
        return ask_to_sign_in(here)
    user_id, now = current_user.id, clock.now()
    eid = room_secrets().entry_id(event.public_id, user_id)
    try:
        with transaction():
            joined = join_room(event.id, user_id, eid=eid, now=now)
    except Conflict as refusal:
        _tell(refusal)
    else:
        if joined.is_new:
            flash(_("You are in. Your place belongs to your account, on every device."), "good")
    return redirect(here, 303)


@bp.post("/e/<slug>/room/pass")
def claim(slug: str) -> ResponseReturnValue:
    event, _found = room_and_event(slug)
    here = url_for(".room", slug=slug)
    if not current_user.is_authenticated:
        return ask_to_sign_in(here)
    user_id, now = current_user.id, clock.now()
    try:
        _check_challenge(event, user_id, now=now)
        with transaction():
            claim_pass(event, user_id, now=now)
    except Unproven:
        # The token says since when one waits: it comes along.
        return redirect(url_for(".room", slug=slug, wait=request.form.get("challenge", "")), 303)
    except GateFull as refusal:
        with transaction():
            note_asking(event.id, user_id, now=now)
        _tell(refusal)
        return redirect(here, 303)
    except Conflict as refusal:
        _tell(refusal)
        return redirect(here, 303)
    return redirect(url_for("browse.event", slug=slug, _anchor="tickets"), 303)


@bp.post("/e/<slug>/room/leave")
def leave(slug: str) -> ResponseReturnValue:
    event, _found = room_and_event(slug)
    here = url_for(".room", slug=slug)
    if not current_user.is_authenticated:
        return ask_to_sign_in(here)
    with transaction():
        leave_room(event.id, current_user.id, now=clock.now())
    flash(_("Your turn is free for somebody else. You may come back while there are tickets."), "")
    return redirect(here, 303)


def room_and_event(slug: str) -> tuple[Event, Room]:
    event = published_event(slug)
    found = room_of(event.id) if event.has_room else None
    if found is None:
        raise NotFound("This event has no waiting room.")
    return event, found


def _drawn(event: Event, found: Room, standing: Standing, *, now: datetime) -> ResponseReturnValue:
    challenge, wait = _challenge(event, standing, now=now)
    page = render_template(
        "waiting/room.html",
        event=event,
        room=found,
        standing=standing,
        turn=standing.turn.value,
        challenge=challenge,
        bits=CHALLENGE_BITS,
        wait=wait,
        eta=wait_words(standing.eta),
        poll=POLL,
        again=LOOK_AGAIN_SECONDS,
        takes_names=event.has_waiting_list and not closed_lists([event.id]),
    )
    response = make_response(page)
    seconds = _look_again(standing, wait, now=now)
    if seconds is not None:
        # In a header and not in the page: a script of ours looks by itself and stops this.
        response.headers["Refresh"] = str(seconds)
    return response


def _look_again(standing: Standing, wait: int | None, *, now: datetime) -> int | None:
    """When a page without a script loads itself again; None: when it is the person's move."""
    if wait:
        return wait
    if standing.turn in {Turn.CLOSED, Turn.SHOPPING, Turn.STRANGER, Turn.CALLED}:
        return None
    left = (standing.opens_at - now).total_seconds()
    return LOOK_AGAIN_SECONDS if left < LOOK_AGAIN_SECONDS * 3 else int(left / 2)


def _challenge(event: Event, standing: Standing, *, now: datetime) -> tuple[str, int | None]:
    """A challenge for whoever's turn it is, and how long to wait for who cannot work on it. One
    that was given before, and comes back in the address, goes on counting."""
    if standing.turn != Turn.CALLED:
        return "", None
    secrets = room_secrets()
    waited = request.args.get("wait", "")
    known = secrets.read_challenge(waited)
    if known is not None and known[:2] == (event.public_id, current_user.id):
        left = known[2] + CHALLENGE_WAIT.total_seconds() - now.timestamp()
        return waited, max(0, int(left) + 1) if left > 0 else 0
    return secrets.challenge(event.public_id, current_user.id, int(now.timestamp())), None


def _check_challenge(event: Event, user_id: int, *, now: datetime) -> None:
    """Raises Unproven: neither worked on nor waited for."""
    sent = request.form.get("challenge", "")
    known = room_secrets().read_challenge(sent)
    if known is None or known[:2] != (event.public_id, user_id):
        raise Unproven(int(CHALLENGE_WAIT.total_seconds()))
    age = now.timestamp() - known[2]
    is_alive = age + 1 >= 0 and age < CHALLENGE_LIFE.total_seconds()
    if is_alive and is_solved(sent, request.form.get("nonce", "")):
        return
    if not is_alive or age < CHALLENGE_WAIT.total_seconds():
        raise Unproven(int(CHALLENGE_WAIT.total_seconds()))


def _tell(refusal: Conflict) -> None:
    refusals.labels(refusal.code).inc()
    flash(explain(refusal), "warn")
