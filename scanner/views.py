"""The pages at /scan: choose an event, scan for it, hear the verdict."""

from dataclasses import replace
from datetime import datetime
from secrets import token_hex

from flask import Response, jsonify, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.exc import IntegrityError
from werkzeug.utils import redirect

from tixapp.core.clock import clock
from tixapp.core.db import transaction
from tixapp.door.actions.scans import Order, admit_rest, rest_of_order, undo_scan
from tixapp.door.queries import gates_that_take
from tixapp.tickets.actions import Door, look_at
from tixapp.tickets.at_once import admit_here
from tixapp.tickets.queries import door_counts, scannable_events
from tixapp.tickets.rules import Direction, Result, ScanResult
from tixapp.web.forms import json_body

from . import alone, pairing
from .base import bp, private
from .codes import Code, read_code
from .forms import ScanForm
from .gates import current_gate, remember_gate
from .stands import Stand, at_the_door, this_device
from .verdicts import verdict

__all__ = ["alone", "bp", "pairing"]


@bp.get("")
def home() -> ResponseReturnValue:
    """A device goes on to its event; others choose one, or become a device."""
    if not current_user.is_authenticated:
        device = this_device()
        if device is not None and device.ended_at is None and device.user_id is None:
            return redirect(url_for("scanner.scan", event_id=device.event.public_id), 303)
        return render_template("scanner/start.html", code="")
    events = scannable_events(current_user.id, now=clock.now())
    return render_template("scanner/home.html", events=events, gate=current_gate())


@bp.get("/<event_id>")
@at_the_door
def scan(stand: Stand) -> ResponseReturnValue:
    page = render_template(
        "scanner/scan.html",
        event=stand.event,
        gate=stand.gate_name,
        counts=door_counts(stand.event.id),
        scan_id=token_hex(16),
    )
    response = make_response(page)
    has_gate = stand.device is not None and stand.device.gate is not None
    return response if has_gate else remember_gate(response, stand.gate_name)


@bp.get("/<event_id>/counts")
@at_the_door
def counts(stand: Stand) -> ResponseReturnValue:
    response = jsonify(door_counts(stand.event.id))
    response.headers["Cache-Control"] = "private, no-cache"
    response.add_etag()
    return response.make_conditional(request)


@bp.post("/<event_id>/check-ins")
@at_the_door
def create_check_in(stand: Stand) -> ResponseReturnValue:
    """JSON from the scanner's script, a form from a browser without one."""
    now = clock.now()
    if request.is_json:
        form = ScanForm.read(sent := json_body(), typed=False)
        return _answer(stand, replace(form, typed=sent.get("typed") is True), now)
    form = ScanForm.read(request.form, typed=True)
    door = stand.door(gate=form.gate, direction=form.direction)
    result, _others = _judge(form, read_code(form.code, typed=True, now=now), door, now)
    return render_template(
        "scanner/verdict.html",
        event=stand.event,
        verdict=verdict(result, timezone=stand.event.timezone, now=now),
        gate=form.gate,
        scan_id=token_hex(16),
    )


@bp.post("/<event_id>/check-ins/<scan_id>/undo")
@at_the_door
def undo(stand: Stand, scan_id: str) -> ResponseReturnValue:
    with transaction():
        undo_scan(scan_id, stand.door(), now=clock.now())
        counted = door_counts(stand.event.id)
    return private({"undone": True, "counts": counted})


def _answer(stand: Stand, form: ScanForm, now: datetime) -> Response:
    """With the server's time, since a phone's clock may be wrong."""
    door = stand.door(gate=form.gate, direction=form.direction)
    code = read_code(form.code, typed=form.typed, now=now)
    result, others = _judge(form, code, door, now)
    more: dict[str, object] = {"checked_at": now.isoformat()}
    if result.result == Result.ADMITTED:
        if stand.event.has_rotating_codes and code.is_static:
            more["check"] = "name"
        more |= _company(form, code, door, now, others)
    if result.result == Result.WRONG_GATE and code.ticket_id:
        more["go_to"] = ", ".join(gates_that_take(code.ticket_id, door.event_id))
    return private(result.answer() | more)


def _judge(form: ScanForm, code: Code, door: Door, now: datetime) -> tuple[ScanResult, int | None]:
    """The verdict; and where it is known with it, how many more of the order could come in."""
    if (admitted := _admitted(form, code, door, now)) is not None:
        return admitted
    with transaction():
        result = look_at(code.ticket_id, door=door, scan_id=form.scan_id, scanned_at=now, now=now)
    if result.result == Result.UNKNOWN:
        return replace(result, why=code.why), None
    return result, None


def _admitted(
    form: ScanForm, code: Code, door: Door, now: datetime
) -> tuple[ScanResult, int] | None:
    """A ticket that is let in, as nearly all are: by one statement. None, with nothing done, for
    whatever else there is to say."""
    if code.ticket_id is None:
        return None
    try:
        with transaction():
            return admit_here(code.ticket_id, door=door, scan_id=form.scan_id, now=now)
    except IntegrityError:
        return None


def _company(
    form: ScanForm, code: Code, door: Door, now: datetime, others: int | None
) -> dict[str, object]:
    """The rest of the order: let in with this one where that was asked, else counted. `others`
    where they are counted already."""
    if others is not None and not form.all_of_order:
        return {"others": others} if others else {}
    if code.ticket_id is None or door.direction == Direction.OUT:
        return {}
    order: Order = rest_of_order(code.ticket_id, door)
    if not order.ticket_ids:
        return {}
    if not form.all_of_order:
        return {"others": len(order.ticket_ids)}
    with transaction():
        came = admit_rest(order, door=door, scan_id=form.scan_id, now=now)
    return {"admitted_all": came + 1}
