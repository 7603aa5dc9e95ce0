"""The pages at /scan: choose an event, scan for it, hear the verdict."""

from secrets import token_hex

from flask import Blueprint, Response, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from tixapp.accounts.guards import sign_in_required
from tixapp.core.clock import clock
from tixapp.core.db import transaction
from tixapp.tickets.actions import Door, check_in, check_in_by_id
from tixapp.tickets.keys import ticket_codes
from tixapp.tickets.queries import door_counts, scannable_event, scannable_events
from tixapp.tickets.rules import ScanResult
from tixapp.web.forms import json_body

from .forms import ScanForm
from .gates import current_gate, remember_gate
from .verdicts import verdict

LENGTH_OF_A_TICKET_NUMBER = 13

bp = Blueprint("scanner", __name__, url_prefix="/scan")


@bp.get("")
@sign_in_required
def home() -> ResponseReturnValue:
    events = scannable_events(current_user.id, now=clock.now())
    return render_template("scanner/home.html", events=events, gate=current_gate())


@bp.get("/<event_id>")
@sign_in_required
def scan(event_id: str) -> ResponseReturnValue:
    event = scannable_event(event_id, current_user.id)
    gate = current_gate()
    page = render_template(
        "scanner/scan.html",
        event=event,
        gate=gate,
        counts=door_counts(event.id),
        scan_id=token_hex(16),
    )
    return remember_gate(make_response(page), gate)


@bp.get("/<event_id>/counts")
@sign_in_required
def counts(event_id: str) -> ResponseReturnValue:
    event = scannable_event(event_id, current_user.id)
    response = jsonify(door_counts(event.id))
    response.headers["Cache-Control"] = "private, no-cache"
    response.add_etag()
    return response.make_conditional(request)


@bp.post("/<event_id>/check-ins")
@sign_in_required
def create_check_in(event_id: str) -> ResponseReturnValue:
    """JSON from the scanner's script, a form from a browser without one."""
    event = scannable_event(event_id, current_user.id)
    if request.is_json:
        sent = json_body()
        return _answer(_judge(ScanForm.read(sent, typed=sent.get("typed") is True), event.id))
    form = ScanForm.read(request.form, typed=True)
    result = _judge(form, event.id)
    return render_template(
        "scanner/verdict.html",
        event=event,
        verdict=verdict(result, timezone=event.timezone, now=clock.now()),
        gate=form.gate,
        scan_id=token_hex(16),
    )


def _judge(form: ScanForm, event_id: int) -> ScanResult:
    door = Door(event_id=event_id, user_id=current_user.id, gate=form.gate)
    now = clock.now()
    with transaction():
        if form.typed and _is_short(form.code):
            return check_in_by_id(
                form.code, door=door, scan_id=form.scan_id, scanned_at=now, now=now
            )
        return check_in(
            form.code,
            codes=ticket_codes(),
            door=door,
            scan_id=form.scan_id,
            scanned_at=now,
            now=now,
        )


def _is_short(code: str) -> bool:
    """A ticket's number, perhaps with the gaps and hyphens people put into it."""
    return len("".join(code.split()).replace("-", "")) <= LENGTH_OF_A_TICKET_NUMBER


def _answer(result: ScanResult) -> Response:
    """With the server's time, since a phone's clock may be wrong."""
    return jsonify(result.answer() | {"checked_at": clock.now().isoformat()})
