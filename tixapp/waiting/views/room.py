"""/e/<slug>/room: joining, waiting, and the way in."""

from __future__ import annotations

from datetime import datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from tixapp.accounts.guards import ask_to_sign_in
from tixapp.core.clock import clock
from tixapp.core.db import end_reading, transaction
from tixapp.core.errors import Conflict, NotFound
from tixapp.events.models import Event
from tixapp.events.queries import published_event
from tixapp.inventory.queries import availability
from tixapp.waiting.actions.challenge import Challenge, after_refusal, claim_proven, knock
from tixapp.waiting.actions.passes import leave_room
from tixapp.waiting.actions.room import join_room
from tixapp.waiting.errors.room import NotAdmitted, Unproven
from tixapp.waiting.keys import room_secrets
from tixapp.waiting.messages.room import explain, wait_words
from tixapp.waiting.models import Room
from tixapp.waiting.queries.list import closed_lists
from tixapp.waiting.queries.room import room_of
from tixapp.waiting.queries.standing import Standing, Turn, standing_of
from tixapp.web.counters import refusals

from .base import bp

LOOK_AGAIN_SECONDS = 20


@bp.get("/e/<slug>/room")
def room(slug: str) -> ResponseReturnValue:
    event, found = room_and_event(slug)
    now = clock.now()
    user_id = current_user.id if current_user.is_authenticated else None
    standing = standing_of(event, found, user_id, now=now)
    if standing.turn != Turn.CALLED or user_id is None:
        return _drawn(event, found, standing, None, now=now)
    challenge = _knocked(event, user_id, now=now)
    return _drawn(*room_and_event(slug), standing, challenge, now=now)


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
    secrets, nonce = room_secrets(), request.form.get("nonce", "")
    try:
        with transaction():
            claim_proven(event, user_id, nonce=nonce, secrets=secrets, now=now)
    except NotAdmitted as refusal:
        with transaction():
            after_refusal(refusal, event, user_id, secrets=secrets, now=now)
        if isinstance(refusal, Unproven):
            return redirect(url_for(".room", slug=slug, wait=1), 303)
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


def _drawn(
    event: Event, found: Room, standing: Standing, challenge: Challenge | None, *, now: datetime
) -> ResponseReturnValue:
    left = availability([event.id], now=now)
    # Who cannot work on it, and has tried, is told how long it takes to wait instead.
    wait = challenge.seconds if challenge and request.args.get("wait") else 0
    return render_template(
        "waiting/room.html",
        event=event,
        room=found,
        standing=standing,
        turn=standing.turn.value,
        challenge=challenge,
        wait=wait,
        eta=wait_words(standing.eta),
        kinds=[tier for tier in event.tiers if tier.id in left and not tier.hidden],
        left=left,
        signer=room_secrets().public_key,
        takes_names=event.has_waiting_list and not closed_lists([event.id]),
        look_again=_look_again(standing, wait, now=now),
    )


def _look_again(standing: Standing, wait: int, *, now: datetime) -> int | None:
    """When a page without a script loads itself again; None: when it is the person's move."""
    if wait:
        return wait
    if standing.turn in {Turn.CLOSED, Turn.SHOPPING, Turn.STRANGER, Turn.CALLED}:
        return None
    left = (standing.opens_at - now).total_seconds()
    return LOOK_AGAIN_SECONDS if left < LOOK_AGAIN_SECONDS * 3 else int(left / 2)


def _knocked(event: Event, user_id: int, *, now: datetime) -> Challenge | None:
    """Looking at the way in is knocking: with that the short wait at the door begins."""
    ids = event.id, event.public_id, user_id
    end_reading()
    with transaction():
        return knock(*ids, secrets=room_secrets(), now=now)


def _tell(refusal: Conflict) -> None:
    refusals.labels(refusal.code).inc()
    flash(explain(refusal), "warn")
