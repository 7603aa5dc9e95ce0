"""What Stripe sends to us, and how we know that it did."""

import json

import stripe as sdk

from tixapp.core.clock import system_time

from .errors import BadSignature
from .reading import event_of
from .shapes import IncomingEvent

SIGNATURE_SECONDS = 300


def signed_event(body: bytes, signature: str, *, secret: str) -> IncomingEvent:
    """Raises BadSignature for what Stripe did not sign, or not lately."""
    try:
        sdk.WebhookSignature.verify_header(body, signature, secret)
        _refuse_if_old(signature)
        return event_of(json.loads(body))
    except (sdk.SignatureVerificationError, ValueError, TypeError, LookupError) as fault:
        raise BadSignature("The signature does not fit the body.") from fault


def _refuse_if_old(signature: str) -> None:
    """The SDK would look at this machine's clock, which may be wrong. As it does, we believe the
    first time in the header: that is the one which is signed."""
    parts = (part.split("=", 1) for part in signature.split(","))
    signed_at = next(int(value) for name, value in parts if name == "t")
    if signed_at < system_time().timestamp() - SIGNATURE_SECONDS:
        raise ValueError("signed too long ago")
