"""How a phone becomes a device, moves to another gate, and stops being one."""

from typing import cast

from flask import Response, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_limiter.util import get_remote_address
from flask_login import current_user

from tixapp.core.clock import clock
from tixapp.core.db import transaction
from tixapp.core.errors import Forbidden, Invalid
from tixapp.door.actions.devices import end_device, enrol, move_device, pair
from tixapp.door.actions.gates import check_pin
from tixapp.door.errors import PairingUnknown
from tixapp.door.models import Device, Gate
from tixapp.door.queries import device_of, device_of_event, gate_by_number
from tixapp.web.forms import json_body
from tixapp.web.limits import limiter

from .alone import about_me
from .base import bp, private, text_of
from .stands import Stand, at_the_door, forget_device, remember_device

CODE_LONGEST = 20


@bp.get("/pair")
def ask_to_pair() -> ResponseReturnValue:
    code = request.args.get("code", "")[:CODE_LONGEST]
    return render_template("scanner/start.html", code=code)


@bp.post("/pair")
@limiter.limit("10 per minute; 60 per hour", key_func=get_remote_address)
def make_device() -> ResponseReturnValue:
    """Eight letters are guessed once in 10^11 tries; these limits make that a long time."""
    sent = json_body() if request.is_json else request.form
    code, name = text_of(sent, "code")[:CODE_LONGEST], text_of(sent, "name") or str(_("Phone"))
    try:
        with transaction():
            token = pair(code, name, now=clock.now())
    except PairingUnknown as refusal:
        if request.is_json:
            raise
        return render_template("scanner/start.html", code=code, refused=str(refusal)), 422
    return remember_device(_paired(token), token)


@bp.post("/<event_id>/devices")
@at_the_door
def make_own_device(stand: Stand) -> ResponseReturnValue:
    """A member's own phone, so that it may work without a network."""
    if stand.user_id is None:
        raise Forbidden(_("This phone is a device already."))
    sent = json_body()
    gate = _gate(sent.get("gate"), stand)
    name = text_of(sent, "name") or str(current_user.name or _("Phone"))
    with transaction():
        if stand.device is not None:
            end_device(_fresh(stand.device), by=stand.user_id, now=clock.now())
        device, token = enrol(
            stand.event.id, gate.id if gate else None, name, user_id=stand.user_id, now=clock.now()
        )
    device.gate, device.event = gate, stand.event
    answer = about_me(Stand(stand.event, stand.user_id, device))
    return remember_device(private(answer, 201), token)


@bp.post("/<event_id>/device")
@limiter.limit("10 per minute", key_func=get_remote_address)
@at_the_door
def change_device(stand: Stand) -> ResponseReturnValue:
    if stand.device is None:
        raise Forbidden(_("This phone is no device."))
    sent = json_body()
    with transaction():
        check_pin(stand.event.id, text_of(sent, "pin"))
        device = _fresh(stand.device)
        gate = _gate(sent["gate"], stand) if "gate" in sent else stand.device.gate
        move_device(device, gate, text_of(sent, "name") or None)
    return private(about_me(Stand(stand.event, stand.user_id, _with(device, gate, stand))))


@bp.post("/<event_id>/device/end")
@limiter.limit("10 per minute", key_func=get_remote_address)
@at_the_door
def end_own_device(stand: Stand) -> ResponseReturnValue:
    if stand.device is None:
        raise Forbidden(_("This phone is no device."))
    pin = text_of(json_body() if request.is_json else request.form, "pin")
    with transaction():
        check_pin(stand.event.id, pin)
        end_device(_fresh(stand.device), by=stand.user_id, now=clock.now())
    return forget_device(make_response("", 204))


def _paired(token: str) -> Response:
    device = cast("Device", device_of(token))
    event_id = device.event.public_id
    url = url_for("scanner.scan", event_id=event_id)
    if not request.is_json:
        return make_response(redirect(url, 303))
    response = jsonify(event_id=event_id, url=url)
    response.status_code = 201
    return response


def _fresh(device: Device) -> Device:
    return device_of_event(device.public_id, device.event_id)


def _with(device: Device, gate: Gate | None, stand: Stand) -> Device:
    device.gate, device.event = gate, stand.event
    return device


def _gate(number: object, stand: Stand) -> Gate | None:
    """None: no gate in particular. Raises Invalid and NotFound."""
    if number is None or number in (0, ""):
        return None
    if not isinstance(number, int) or isinstance(number, bool):
        raise Invalid(_("Send the gate's number."), {"gate": "must be a whole number"})
    return gate_by_number(number, stand.event.id)
