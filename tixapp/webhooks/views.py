"""Where Stripe's events come in: verified on the raw bytes, stored, answered. Rule R7."""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest

from tixapp.core.clock import clock
from tixapp.core.db import transaction
from tixapp.gateways import gateways
from tixapp.gateways.stripe import BadSignature, IncomingEvent

from .actions import store_event
from .rules import Incoming

bp = Blueprint("webhooks", __name__)

LARGEST_BODY = 512 * 1024


@bp.post("/stripe/webhook")
def platform() -> ResponseReturnValue:
    """Events of our own account."""
    event = _verified(gateways().stripe.webhook_secrets[0])
    if event.account is not None:
        raise BadRequest("An event of a connected account belongs to the Connect endpoint.")
    return _stored(event)


@bp.post("/stripe/webhook/connect")
def connect() -> ResponseReturnValue:
    """Events of the sellers' accounts."""
    event = _verified(gateways().stripe.webhook_secrets[1])
    if event.account is None:
        raise BadRequest("An event of our own account belongs to the other endpoint.")
    return _stored(event)


def _verified(secret: str) -> IncomingEvent:
    request.max_content_length = LARGEST_BODY
    body = request.get_data(cache=False)
    signature = request.headers.get("Stripe-Signature", "")
    try:
        return gateways().stripe.verify(body, signature, secret=secret)
    except BadSignature as fault:
        raise BadRequest(str(fault)) from fault


def _stored(event: IncomingEvent) -> ResponseReturnValue:
    incoming = Incoming(event.id, event.account, event.kind, event.livemode, event.payload)
    with transaction():
        store_event(incoming, now=clock.now())
    return "", 200
