"""What the forms for events and for tiers share: versions, and asking before people are hurt."""

from __future__ import annotations

from flask import request
from wtforms import Form

from tixapp.core.facts import record
from tixapp.core.ids import new_id
from tixapp.events.models import Event
from tixapp.orders.actions import fee_terms
from tixapp.orders.rules import FeeTerms
from tixapp.sellers.models import Seller
from tixapp.selling.facts import ChangeTold
from tixapp.web.running import settings

MESSAGE_MOST = 2000


def tell(event_id: int, changes: list[list[str]]) -> None:
    """Writes to everyone with a ticket, if the person said so."""
    if changes and request.form.get("tell") == "yes":
        message = request.form.get("message", "").replace("\r\n", "\n").strip()[:MESSAGE_MOST]
        record(ChangeTold(event_id, new_id("change"), changes, message))


def version_of(form: Form) -> int:
    text = str(form.version.data or "")
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def has_agreed() -> bool:
    return request.form.get("tell") in {"yes", "no"}


def kept() -> list[tuple[str, str]]:
    """What was typed, for the form that asks once more."""
    return [
        (name, value)
        for name, value in request.form.items(multi=True)
        if name not in {"csrf_token", "tell", "message"}
    ]


def terms_of(event: Event, seller: Seller) -> FeeTerms:
    running = settings()
    return fee_terms(
        event, seller, bps=running.platform_fee_bps, fixed_minor=running.platform_fee_fixed
    )
