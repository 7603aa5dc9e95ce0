"""What a phone needs to work alone, and what it brings back: docs/door.md."""

import gzip
import hashlib
import json
from collections.abc import Sequence
from typing import Any

from flask import Response, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_limiter.util import get_remote_address
from flask_login import current_user
from flask_wtf.csrf import generate_csrf

from tixapp.core.clock import clock
from tixapp.core.db import transaction
from tixapp.core.errors import Invalid
from tixapp.door.actions.devices import note_contact
from tixapp.door.actions.log import FARTHEST_MS, Sending, take_lines
from tixapp.door.keys import door_keys
from tixapp.door.lists import Wish, door_list
from tixapp.door.models import Device
from tixapp.door.queries import (
    PEOPLE_MOST,
    SHORTEST_NAME,
    handles_of,
    highest_known,
    highest_number,
    people_named,
)
from tixapp.door.seals import b64url
from tixapp.tickets.queries import door_counts
from tixapp.web.forms import json_body, one_line
from tixapp.web.limits import limiter

from .base import bp, milliseconds, private
from .stands import Stand, at_the_door, or_was_at_the_door

LINES_MOST = 500
INTEGER_MOST = 2**31 - 1


@bp.get("/<event_id>/me")
@at_the_door
def me(stand: Stand) -> ResponseReturnValue:
    return private(about_me(stand))


def about_me(stand: Stand) -> dict[str, Any]:
    event, keys = stand.event, door_keys()
    return {
        "csrf_token": generate_csrf(),
        "server_ms": milliseconds(clock.now()),
        "event": {
            "id": event.public_id,
            "name": event.name,
            "timezone": event.timezone,
            "starts_ms": milliseconds(event.starts_at),
            "over_ms": milliseconds(event.over_at),
        },
        "person": current_user.email if stand.user_id is not None else None,
        "device": _about_device(stand.device) if stand.device else None,
        "list_keys": keys.list_keys,
    }


@bp.get("/<event_id>/list")
@at_the_door
def ticket_list(stand: Stand) -> ResponseReturnValue:
    keys = door_keys()
    with transaction():
        wish = Wish.read(request.args.get("since"), request.args.get("more"))
        document = door_list(stand.event, wish, keys, now=clock.now())
    body = json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()
    response = Response(body, mimetype="application/json")
    response.set_etag(_tag(document))
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Door-Signature"] = keys.sign_list(stand.event.public_id, body)
    response.vary.add("Accept-Encoding")
    if request.accept_encodings["gzip"] and request.headers.get("If-None-Match") is None:
        response.set_data(gzip.compress(body, compresslevel=1))
        response.headers["Content-Encoding"] = "gzip"
    return response.make_conditional(request)


@bp.post("/<event_id>/log")
@limiter.limit("240 per minute", key_func=get_remote_address)
@or_was_at_the_door
def take_log(stand: Stand) -> ResponseReturnValue:
    """A phone that was ended may still bring what it did before."""
    sent, now = json_body(), clock.now()
    sending = Sending(_lines(sent), stand.device, _sent_ms(sent), now)
    with transaction():
        answers = take_lines(stand.event, sending, door_keys())
        if stand.device is not None and stand.device.ended_at is None:
            _hear(stand.device, sent, sending)
    return private(
        {
            "server_ms": milliseconds(now),
            "entries": [answer.answer() for answer in answers],
            "have": _known_numbers(stand, sending.lines),
            "counts": door_counts(stand.event.id),
        }
    )


def _lines(sent: dict[str, Any]) -> list[object]:
    lines = sent.get("lines", [])
    if not isinstance(lines, list) or len(lines) > LINES_MOST:
        raise Invalid(
            _("Send at most 500 lines at once."), {"lines": "must be a list, at most 500"}
        )
    return lines


def _sent_ms(sent: dict[str, Any]) -> int:
    found = sent.get("sent_ms")
    if not isinstance(found, int) or not _is_whole(found, FARTHEST_MS):
        raise Invalid(_("Send the time of sending."), {"sent_ms": "must be milliseconds"})
    return found


def _hear(device: Device, sent: dict[str, Any], sending: Sending) -> None:
    battery, charging, seq = sent.get("battery"), sent.get("charging"), sent.get("seq")
    is_share = isinstance(battery, int | float) and not isinstance(battery, bool)
    note_contact(
        device.id,
        offset_ms=sending.offset_ms,
        battery=float(battery) if is_share and 0 <= battery <= 1 else None,  # type: ignore[operator, arg-type]
        is_charging=charging if isinstance(charging, bool) else None,
        unsent=sent["unsent"] if _is_whole(sent.get("unsent"), INTEGER_MOST) else None,
        list_seq=seq[:64] if isinstance(seq, str) and seq.isprintable() else None,
        now=sending.received,
    )


@bp.get("/<event_id>/people")
@limiter.limit("20 per minute", key_func=get_remote_address)
@at_the_door
def people(stand: Stand) -> ResponseReturnValue:
    wanted = (one_line(request.args.get("q")) or "")[:60]
    if len(wanted) < SHORTEST_NAME:
        raise Invalid(_("Type at least three letters of the name."), {"q": "at least 3 letters"})
    keys = door_keys()
    found = people_named(stand.event.id, wanted, limit=PEOPLE_MOST + 1)
    items = [
        {
            "ticket": person.ticket_id,
            "tier": person.tier,
            "holder": person.holder,
            "state": person.state,
            "group": keys.group(person.order_id),
        }
        for person in found[:PEOPLE_MOST]
    ]
    return private({"items": items, "more": len(found) > PEOPLE_MOST})


def _known_numbers(stand: Stand, lines: Sequence[object]) -> dict[str, int]:
    """For the sender and every device whose lines it brought."""
    named = {line.split("/")[1] for line in lines if isinstance(line, str) and line.count("/") > 1}
    devices = handles_of(stand.event.id, named)
    if stand.device is not None:
        devices[stand.device.id] = stand.device.handle
    return {devices[key]: number for key, number in highest_known(list(devices)).items()}


def _about_device(device: Device) -> dict[str, Any]:
    return {
        "id": device.public_id,
        "handle": device.handle,
        "name": device.name,
        "gate": device.gate.number if device.gate else 0,
        "log_key": b64url(door_keys().log_key(device.public_id)),
        "next_seq": highest_number(device.id) + 1,
        "paired_ms": milliseconds(device.paired_at),
    }


def _tag(document: dict[str, Any]) -> str:
    """The same while nothing changed but the time."""
    shown = {name: value for name, value in document.items() if name != "made_ms"}
    return hashlib.sha256(json.dumps(shown).encode()).hexdigest()[:32]


def _is_whole(value: object, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most
