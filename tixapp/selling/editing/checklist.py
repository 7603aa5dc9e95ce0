"""What is still to do before an event is published, each line with the way there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import url_for
from flask_babel import gettext as _

from tixapp.events.models import Event
from tixapp.events.rules import missing_for_sale


@dataclass(frozen=True)
class Line:
    """`needed`: without it nothing is published; the others are good advice. `section`: the part of
    the editor that it is said in."""

    section: str
    words: str
    url: str
    is_done: bool
    needed: bool = False


def checklist(event: Event, *, places: int, now: datetime) -> Sequence[Line]:
    """`event` comes with seller, venue and tiers; `places`: of all its tiers together."""
    page = url_for("selling.edit_event_page", event_id=event.public_id)
    missing = missing_for_sale(
        starts_at=event.starts_at,
        prices=[tier.price_minor for tier in event.tiers],
        can_charge=event.seller.charges_enabled,
        now=now,
    )
    account = url_for("sellers.account", seller_id=event.seller.public_id)
    return [
        Line(
            "when",
            _("A start that is still to come"),
            f"{page}#starts_at",
            "starts_at" not in missing,
            True,
        ),
        Line(
            "tickets",
            _("At least one kind of ticket"),
            f"{page}#tickets",
            "tiers" not in missing,
            True,
        ),
        Line(
            "account", _("Stripe takes payments for you"), account, "account" not in missing, True
        ),
        Line("tickets", _("Places to sell"), f"{page}#tickets", places > 0),
        Line("picture", _("A picture"), f"{page}#picture", event.picture is not None),
        Line("event", _("A description"), f"{page}#description", bool(event.description)),
        Line("where", _("The address of the venue"), f"{page}#address", bool(event.venue.address)),
        Line(
            "rules",
            _("What happens with refunds"),
            f"{page}#refund_policy",
            bool(event.refund_policy or event.return_hours is not None),
        ),
        Line(
            "rules",
            _("How people get in who need help"),
            f"{page}#accessibility",
            bool(event.accessibility),
        ),
    ]
