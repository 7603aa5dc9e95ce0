"""All that a seller says of an event, as one form: every fault at once, at its field."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as __
from wtforms import HiddenField, RadioField, SelectChoice, SelectField, StringField, TextAreaField

from tixapp.core.walltime import which_of
from tixapp.events.actions import details_of
from tixapp.events.models import Event
from tixapp.events.rules import HUES, EventDetails, cleaned, event_faults, is_zone, zone_names
from tixapp.events.words import KINDS, category_name
from tixapp.sellers.models import Seller
from tixapp.sellers.rules import currency_of, zone_of
from tixapp.web.forms import Form

from .fields import (
    WHICH,
    Mistake,
    add_error,
    moment_in,
    moment_text,
    number_in,
    plain,
    typed,
    words_of,
)
from .partly import fitting

TIMES = ("starts_at", "ends_at", "doors_at", "on_sale_at")
WORDS = (
    "name",
    "description",
    "venue",
    "address",
    "city",
    "timezone",
    "currency",
    "category",
    "refund_policy",
    "accessibility",
)
NUMBERS = ("purchase_limit", "minimum_age", "return_hours", "hue")
CHOICES = {"has_room": "yes", "has_waiting_list": "yes", "fee_passed_on": "passed_on"}
NO = {"has_room": "no", "has_waiting_list": "no", "fee_passed_on": "absorbed"}
# A field that goes by another name than its detail.
DETAIL = {"return_share": "return_share_bps"}
# Stands in for a time that cannot be read, while the rest is looked at.
SOME_TIME = datetime.fromisoformat("2026-01-01T12:00:00+00:00")


def which_field() -> SelectField:
    choices = [
        SelectChoice(value="", label=__("Please choose")),
        SelectChoice(value="first", label=__("The first, before clocks go back")),
        SelectChoice(value="second", label=__("The second, after clocks went back")),
    ]
    return SelectField(__("Which of the two?"), choices=choices, default="", validate_choice=False)


class EventForm(Form):
    """`version` and `was` say what the person saw: they are for two people at once."""

    version = HiddenField()
    was = HiddenField()

    name = StringField(__("Name"))
    category = SelectField(__("Kind of event"), validate_choice=False)
    description = TextAreaField(__("Description"))
    hue = RadioField(__("Colour"), validate_choice=False)

    starts_at = StringField(__("Start"))
    starts_at_which = which_field()
    ends_at = StringField(__("End"))
    ends_at_which = which_field()
    doors_at = StringField(__("Doors"))
    doors_at_which = which_field()
    timezone = SelectField(__("Time zone"), validate_choice=False)

    venue = StringField(__("Venue"))
    address = StringField(__("Street and number"))
    city = StringField(__("City"))

    on_sale_at = StringField(__("On sale from"))
    on_sale_at_which = which_field()
    currency = StringField(__("Currency"))
    purchase_limit = StringField(__("Tickets for one person"))
    fee_passed_on = RadioField(
        __("Our fee"),
        choices=[
            SelectChoice(value="absorbed", label=__("Comes out of the price: buyers pay no more")),
            SelectChoice(value="passed_on", label=__("Comes on top: buyers pay it")),
        ],
        validate_choice=False,
    )
    has_room = RadioField(
        __("Waiting room"),
        choices=[
            SelectChoice(value="yes", label=__("Yes: a fair draw among all who came before")),
            SelectChoice(value="no", label=__("No: whoever is first")),
        ],
        validate_choice=False,
    )
    has_waiting_list = RadioField(
        __("Waiting list when it is sold out"),
        choices=[
            SelectChoice(value="yes", label=__("Yes: who joins first is offered what comes back")),
            SelectChoice(value="no", label=__("No: what comes back is on sale again")),
        ],
        validate_choice=False,
    )

    return_hours = StringField(__("Returns close"))
    return_share = StringField(__("Share that goes back"))
    refund_policy = TextAreaField(__("Refunds"))
    minimum_age = StringField(__("Minimum age"))
    accessibility = TextAreaField(__("Access"))

    def __init__(self, shown: Mapping[str, str], **kwargs: Any) -> None:
        """`shown`: what stands in it as long as nobody has typed anything else."""
        super().__init__(data=shown, **kwargs)
        kinds = dict.fromkeys([*KINDS, typed(self.category) or "other"])
        self.category.choices = [
            SelectChoice(value=kind, label=category_name(kind)) for kind in kinds
        ]
        zones = dict.fromkeys([*zone_names(), typed(self.timezone) or "UTC"])
        self.timezone.choices = [SelectChoice(value=zone, label=_zone(zone)) for zone in zones]
        hues = sorted({*HUES[::2], *([int(self.hue.data)] if _is_hue(self.hue.data) else [])})
        self.hue.choices = [SelectChoice(value=str(hue), label=str(hue)) for hue in hues]

    def details(self, base: EventDetails) -> EventDetails | None:
        """What the form says, with `base` for what it does not ask. None when something is wrong:
        every fault stands at its field then."""
        self.said = said = self._said(base)
        if self.starts_at.errors or said.get("starts_at") is None:
            # Nothing can be compared with a start that nobody knows.
            said = said | dict.fromkeys(TIMES[1:]) | {"starts_at": SOME_TIME}
            if not self.starts_at.errors:
                add_error(self.starts_at, _("Start is missing."))
        details = cleaned(replace(base, **said))
        self.add_faults(event_faults(details))
        return None if self.errors else details

    def what_fits(self, base: EventDetails) -> EventDetails:
        """After `details` found faults: `base` with all that can be kept beside them."""
        return fitting(base, self.said, {DETAIL.get(name, name) for name in self.errors})

    def left_out(self, saved: EventDetails) -> list[str]:
        """The labels of what was typed and is not in `saved`, in the order of the form."""
        differ = {name for name in TIMES if self.said.get(name) != getattr(saved, name)}
        return [str(f.label.text) for f in self if f.name in self.errors or f.name in differ]

    def _said(self, base: EventDetails) -> dict[str, Any]:
        """All that can be read, by the names of details; a fault stands at its field."""
        said: dict[str, Any] = {name: typed(self[name]) for name in WORDS}
        said |= {name: typed(self[name]) == yes for name, yes in CHOICES.items()}
        zone = said["timezone"] if is_zone(said["timezone"]) else "UTC"
        read = {name: self._read(name, self._moment, name, zone) for name in TIMES}
        read |= {name: self._read(name, number_in, self[name]) for name in NUMBERS}
        share = self._read("return_share", number_in, self.return_share)
        said |= {name: value for name, value in read.items() if not self[name].errors}
        if said.get("purchase_limit") is None:
            said["purchase_limit"] = 0
        said["return_share_bps"] = base.return_share_bps if share is None else share * 100
        return said

    def is_twice(self, name: str) -> bool:
        """Whether the time typed comes twice that night."""
        zone = typed(self.timezone)
        return is_zone(zone) and comes_twice(self[name], zone)

    def _moment(self, name: str, zone: str) -> datetime | None:
        return moment_in(self[name], zone, typed(self[name + WHICH]))

    def _read(self, name: str, reader: Any, *given: Any) -> Any:
        try:
            return reader(*given)
        except Mistake as mistake:
            add_error(self[name], str(mistake))
            return None

    def add_faults(self, faults: Mapping[str, str]) -> None:
        for name, fault in faults.items():
            field = self["return_share" if name == "return_share_bps" else name]
            if name == "return_share_bps":
                add_error(field, _("%(label)s is a number from 1 to 100.", label=field.label.text))
            elif not field.errors:
                add_error(field, words_of(fault, field))


def values_of(event: Event) -> dict[str, str]:
    """What the form shows of it, as text. `event` comes with its venue."""
    details = details_of(event)
    values = {name: plain(getattr(details, name)) for name in WORDS}
    for name in TIMES:
        at = getattr(details, name)
        values[name] = moment_text(at, event.timezone)
        values[name + WHICH] = which_of(at, event.timezone) if at else ""
    values |= {name: yes if getattr(details, name) else NO[name] for name, yes in CHOICES.items()}
    values |= {name: plain(getattr(details, name)) for name in NUMBERS}
    values["return_share"] = plain(details.return_share_bps // 100)
    return values


def shown_of(event: Event) -> dict[str, str]:
    """The same, with what the person will have seen when the form comes back."""
    values = values_of(event)
    return values | {"version": str(event.version), "was": json.dumps(values)}


def first_values(seller: Seller, *, purchase_limit: int) -> dict[str, str]:
    """What a new event starts from."""
    return {
        "timezone": zone_of(seller.country),
        "currency": currency_of(seller.country),
        "category": "concert",
        "purchase_limit": str(purchase_limit),
        "return_share": "100",
        **NO,
        "has_waiting_list": "yes",
    }


NOTHING_YET = EventDetails("", "", "", "UTC", "EUR", SOME_TIME)


def comes_twice(field: StringField, zone: str) -> bool:
    try:
        at = moment_in(field, zone, "first")
    except Mistake:
        return False
    return at is not None and bool(which_of(at, zone))


def _is_hue(text: Any) -> bool:
    return str(text).isdecimal() and int(str(text)) in HUES


def _zone(zone: str) -> str:
    return zone.replace("_", " ")
