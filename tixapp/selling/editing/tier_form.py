"""A kind of ticket: its name, price, places and window."""

from __future__ import annotations

import json
from typing import Any

from flask_babel import lazy_gettext as __
from wtforms import HiddenField, StringField, TextAreaField

from tixapp.core.walltime import which_of
from tixapp.events.actions import tier_details_of
from tixapp.events.models import Event, Tier
from tixapp.events.rules import MOST_PLACES, TierDetails, cleaned, tier_faults
from tixapp.web.forms import Form

from .event_form import comes_twice, which_field
from .fields import (
    WHICH,
    Mistake,
    add_error,
    amount_in,
    amount_text,
    moment_in,
    moment_text,
    number_in,
    typed,
    words_of,
)

TIMES = ("sale_starts_at", "sale_ends_at")


class TierForm(Form):
    version = HiddenField()
    was = HiddenField()

    name = StringField(__("Name"))
    description = TextAreaField(__("What it includes"))
    price = StringField(__("Price"))
    capacity = StringField(__("Places"))
    per_order_limit = StringField(__("Most in one order"))
    sale_starts_at = StringField(__("On sale from"))
    sale_starts_at_which = which_field()
    sale_ends_at = StringField(__("On sale until"))
    sale_ends_at_which = which_field()

    def __init__(
        self, event: Event, tier: Tier | None = None, capacity: int = 0, **kwargs: Any
    ) -> None:
        shown = tier_values(tier, event, capacity) if tier else {"per_order_limit": "4"}
        version = str(tier.version) if tier else ""
        super().__init__(data={**shown, "version": version, "was": json.dumps(shown)}, **kwargs)
        self.event = event

    def details(self) -> tuple[TierDetails, int] | None:
        """What the form says, and how many places. None when something is wrong: every fault
        stands at its field then."""
        event, zone = self.event, self.event.timezone
        price = self._read("price", amount_in, self.price, event.currency)
        capacity = self._read("capacity", number_in, self.capacity)
        limit = self._read("per_order_limit", number_in, self.per_order_limit)
        times = {
            name: self._read(name, moment_in, self[name], zone, typed(self[name + WHICH]))
            for name in TIMES
        }
        details = cleaned(
            TierDetails(
                name=typed(self.name),
                description=typed(self.description),
                price_minor=price or 0,
                per_order_limit=limit or 0,
                **times,
            )
        )
        for name, fault in tier_faults(details, event.currency).items():
            if not self[name].errors:
                add_error(self[name], words_of(fault, self[name]))
        if not self.capacity.errors:
            self._check_capacity(capacity)
        return None if self.errors else (details, capacity or 0)

    def is_twice(self, name: str) -> bool:
        return comes_twice(self[name], self.event.timezone)

    def _check_capacity(self, capacity: int | None) -> None:
        if capacity is None:
            add_error(self.capacity, words_of("is missing", self.capacity))
        elif capacity > MOST_PLACES:
            add_error(self.capacity, words_of(f"is at most {MOST_PLACES}", self.capacity))

    def _read(self, name: str, reader: Any, *given: Any) -> Any:
        try:
            return reader(*given)
        except Mistake as mistake:
            add_error(self[name], str(mistake))
            return None


def tier_values(tier: Tier, event: Event, capacity: int) -> dict[str, str]:
    """What the form shows of it, as text."""
    details = tier_details_of(tier)
    values = {
        "name": details.name,
        "description": details.description,
        "price": amount_text(details.price_minor, event.currency),
        "capacity": str(capacity),
        "per_order_limit": str(details.per_order_limit),
    }
    for name in TIMES:
        at = getattr(details, name)
        values[name] = moment_text(at, event.timezone)
        values[name + WHICH] = which_of(at, event.timezone) if at else ""
    return values
