"""Who stands at a door: a device that was paired with it, or somebody who works for its seller."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate, ParamSpec

from flask import Response, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from tixapp.accounts.guards import ask_to_sign_in
from tixapp.core.errors import NotFound
from tixapp.door.models import Device
from tixapp.door.queries import device_of
from tixapp.events.models import Event
from tixapp.tickets.actions import Door
from tixapp.tickets.queries import scannable_event
from tixapp.tickets.rules import Direction
from tixapp.web.errors import problem, wants_json

from .gates import current_gate

COOKIE = "tixapp_door"
A_MONTH = 30 * 24 * 3600

P = ParamSpec("P")


@dataclass(frozen=True)
class Stand:
    """At the door of one event. `user_id` None: a device without an account."""

    event: Event
    user_id: int | None
    device: Device | None

    @property
    def gate_name(self) -> str:
        return self.device.gate.name if self.device and self.device.gate else current_gate()

    def door(self, *, gate: str | None = None, direction: Direction = Direction.IN) -> Door:
        """A device stands at its gate; whoever has none says where."""
        own = self.device.gate if self.device else None
        return Door(
            event_id=self.event.id,
            user_id=self.user_id,
            gate=gate if gate and own is None else self.gate_name,
            device_id=self.device.id if self.device else None,
            gate_number=own.number if own else 0,
            tiers=None if own is None or own.tier_ids is None else frozenset(own.tier_ids),
            entry=self.event.entry,
            direction=direction,
        )


def at_the_door(
    view: Callable[Concatenate[Stand, P], ResponseReturnValue],
) -> Callable[P, ResponseReturnValue]:
    """Gives the view its stand at the event of the address. Nobody else learns of the event."""
    return _guarded(view, heeds_ended=False)


def or_was_at_the_door(
    view: Callable[Concatenate[Stand, P], ResponseReturnValue],
) -> Callable[P, ResponseReturnValue]:
    """The same, and a device that was ended is heard before it is told so."""
    return _guarded(view, heeds_ended=True)


def _guarded(
    view: Callable[Concatenate[Stand, P], ResponseReturnValue], *, heeds_ended: bool
) -> Callable[P, ResponseReturnValue]:
    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        device = this_device()
        event_id = str(kwargs.pop("event_id"))
        here = device is not None and device.event.public_id == event_id
        if device is not None and here and device.user_id is None:
            if device.ended_at is None:
                return view(Stand(device.event, None, device), *args, **kwargs)
            if heeds_ended:
                view(Stand(device.event, None, device), *args, **kwargs)
            if heeds_ended or not current_user.is_authenticated:
                return say_ended()
        if not current_user.is_authenticated:
            if device is not None:
                raise NotFound("There is no such event for you to scan.")
            return ask_to_sign_in()
        return view(_member(event_id, device if here else None), *args, **kwargs)

    return guarded


def this_device() -> Device | None:
    """Whose cookie this phone carries; it may be ended, or of another event."""
    token = request.cookies.get(COOKIE, "")
    return device_of(token) if token else None


def remember_device(response: Response, token: str) -> Response:
    response.set_cookie(
        COOKIE,
        token,
        max_age=A_MONTH,
        path="/scan",
        secure=bool(current_app.config["HTTPS"]),
        httponly=True,
        samesite="Lax",
    )
    return response


def forget_device(response: Response) -> Response:
    response.delete_cookie(
        COOKIE,
        path="/scan",
        secure=bool(current_app.config["HTTPS"]),
        httponly=True,
        samesite="Lax",
    )
    return response


def say_ended() -> ResponseReturnValue:
    """The phone was a device here and is not any more."""
    if wants_json():
        words = _("This phone was taken off the door. Ask the organiser for a new code.")
        return problem(401, "device_ended", words)
    return redirect(url_for("scanner.home"), 303)


def _member(event_id: str, device: Device | None) -> Stand:
    event = scannable_event(event_id, current_user.id)
    own = device is not None and device.user_id == current_user.id and device.ended_at is None
    return Stand(event, current_user.id, device if own else None)
