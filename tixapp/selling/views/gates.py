"""Gates, phones and rules: what is set up before the doors open."""

from urllib.parse import quote

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from markupsafe import Markup

from tixapp.accounts.guards import sign_in_required
from tixapp.core.clock import clock
from tixapp.core.db import transaction
from tixapp.door.actions import gates
from tixapp.door.actions.devices import PAIRING_LIFE, end_device, open_pairing
from tixapp.door.errors import GateTaken
from tixapp.door.queries import device_of_event, devices_of, gate_of_event, gates_of, pin_of
from tixapp.events.models import Entry, Event
from tixapp.selling.guards import event_to_edit
from tixapp.tickets.codes import qr_svg
from tixapp.web.forms import one_line
from tixapp.web.links import link_to

from .base import bp, page

NAME_LONGEST = 40
PIN_LENGTHS = range(4, 9)


@bp.get("/events/<event_id>/door/gates")
@sign_in_required
def door_gates(event_id: str) -> ResponseReturnValue:
    event = event_to_edit(event_id)
    return page(
        "gates",
        event=event,
        gates=gates_of(event.id),
        devices=devices_of(event.id),
        entries=list(Entry),
        has_pin=pin_of(event.id) is not None,
    )


@bp.post("/events/<event_id>/door/gates")
@sign_in_required
def add_gate(event_id: str) -> ResponseReturnValue:
    event = event_to_edit(event_id)
    name = _name()
    if name:
        try:
            with transaction():
                gates.add_gate(event.id, name, _tiers(event), by=current_user.id, now=clock.now())
        except GateTaken:
            flash(_("There is a gate of that name already. Give this one another."), "bad")
    else:
        flash(_("Give the gate a name, such as North or Stairs."), "bad")
    return _back(event_id)


@bp.post("/events/<event_id>/door/gates/<gate_id>")
@sign_in_required
def change_gate(event_id: str, gate_id: str) -> ResponseReturnValue:
    event = event_to_edit(event_id)
    gate = gate_of_event(gate_id, event.id)
    try:
        with transaction():
            gates.change_gate(
                gate, _name() or gate.name, _tiers(event), by=current_user.id, now=clock.now()
            )
    except GateTaken:
        flash(_("There is a gate of that name already. Nothing was changed."), "bad")
    else:
        flash(_("Saved. Phones learn it with their next list."), "good")
    return _back(event_id)


@bp.post("/events/<event_id>/door/gates/<gate_id>/close")
@sign_in_required
def close_gate(event_id: str, gate_id: str) -> ResponseReturnValue:
    event = event_to_edit(event_id)
    gate = gate_of_event(gate_id, event.id)
    with transaction():
        gates.close_gate(gate, by=current_user.id, now=clock.now())
    return _back(event_id)


@bp.post("/events/<event_id>/door/gates/<gate_id>/pairing")
@sign_in_required
def open_gate_pairing(event_id: str, gate_id: str) -> ResponseReturnValue:
    """Shown once: only the code's hash is kept. Asking again makes another."""
    event = event_to_edit(event_id)
    gate = gate_of_event(gate_id, event.id)
    now = clock.now()
    with transaction():
        code = open_pairing(gate, by=current_user.id, now=now)
    url = f"{link_to('scanner.ask_to_pair')}?code={quote(code)}"
    return page(
        "pairing",
        event=event,
        gate=gate,
        code=code,
        qr=Markup(qr_svg(url)),  # noqa: S704 - made by us
        ends_at=now + PAIRING_LIFE,
        starts_at=now,
    )


@bp.post("/events/<event_id>/door/devices/<device_id>/end")
@sign_in_required
def end_door_device(event_id: str, device_id: str) -> ResponseReturnValue:
    event = event_to_edit(event_id)
    device = device_of_event(device_id, event.id)
    with transaction():
        end_device(device, by=current_user.id, now=clock.now())
    flash(_("%(name)s is no scanner any more.", name=device.name), "good")
    return _back(event_id)


@bp.post("/events/<event_id>/door/rules")
@sign_in_required
def set_door_rules(event_id: str) -> ResponseReturnValue:
    event = event_to_edit(event_id)
    wanted = request.form.get("entry", "")
    entry = Entry(wanted) if wanted in set(Entry) else event.entry
    rotating = request.form.get("rotating") == "y"
    with transaction():
        gates.set_entry(event.id, entry, rotating=rotating, by=current_user.id, now=clock.now())
    flash(_("Saved. Phones learn it with their next list."), "good")
    return _back(event_id)


@bp.post("/events/<event_id>/door/pin")
@sign_in_required
def set_door_pin(event_id: str) -> ResponseReturnValue:
    event = event_to_edit(event_id)
    pin = request.form.get("pin", "").strip()
    if pin and not (pin.isascii() and pin.isdigit() and len(pin) in PIN_LENGTHS):
        flash(_("A PIN has four to eight digits. Nothing was changed."), "bad")
        return _back(event_id)
    with transaction():
        gates.set_pin(event.id, pin, by=current_user.id, now=clock.now())
    flash(_("The PIN is set.") if pin else _("No PIN is asked for any more."), "good")
    return _back(event_id)


def _name() -> str:
    return (one_line(request.form.get("name")) or "")[:NAME_LONGEST].strip()


def _tiers(event: Event) -> list[int] | None:
    """Of this event alone. All of them, or none: whoever has a ticket."""
    wanted = set(request.form.getlist("tier"))
    chosen = [tier.id for tier in event.tiers if tier.public_id in wanted]
    return chosen if chosen and len(chosen) < len(event.tiers) else None


def _back(event_id: str) -> ResponseReturnValue:
    return redirect(url_for(".door_gates", event_id=event_id), 303)
