"""Fields that keep what was typed, whatever it is, and say what is wrong with it."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from flask_babel import gettext as _
from wtforms import Field, StringField

from tixapp.core.money import decimals
from tixapp.core.walltime import NoSuchTime, TwiceThatNight, moment_of, wall_of
from tixapp.web.filters import zone_name

_WALL = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.0+)?)?")
_NUMBER = re.compile(r"\d{1,9}")
_AMOUNT = re.compile(r"\d{1,9}([.,]\d{1,3})?")
WHICH = "_which"


class Mistake(ValueError):
    """A sentence for the person."""


def add_error(field: Field, text: str) -> None:
    field.errors = [*field.errors, text]


def typed(field: Field) -> str:
    return str(field.data or "").strip()


def number_in(field: StringField) -> int | None:
    """None for an empty field. Raises Mistake."""
    text = typed(field)
    if not text:
        return None
    if not _NUMBER.fullmatch(text) or not text.isascii():
        raise Mistake(_("%(label)s: please give a whole number.", label=field.label.text))
    return int(text)


def amount_in(field: StringField, currency: str) -> int:
    """Minor units. `24`, `24.50` and `24,50` are read. Raises Mistake."""
    text = typed(field) or "0"
    places = decimals(currency)
    if not _AMOUNT.fullmatch(text) or not text.isascii():
        raise Mistake(_("%(label)s: please give an amount such as 24.50.", label=field.label.text))
    try:
        minor = Decimal(text.replace(",", ".")).scaleb(places)
    except InvalidOperation as fault:
        raise Mistake(_("%(label)s is too large.", label=field.label.text)) from fault
    if minor != minor.to_integral_value():
        raise Mistake(
            _(
                "%(label)s has more decimals than %(currency)s has.",
                label=field.label.text,
                currency=currency,
            )
        )
    return int(minor)


def amount_text(minor: int, currency: str) -> str:
    places = decimals(currency)
    return f"{Decimal(minor).scaleb(-places):.{places}f}"


def moment_in(field: StringField, zone: str, which: str) -> datetime | None:
    """None for an empty field. `which` of two equal times of a night is meant. Raises Mistake."""
    text, label = typed(field), field.label.text
    if not text:
        return None
    if not _WALL.fullmatch(text):
        raise Mistake(_("%(label)s: please give a day and a time.", label=label))
    try:
        return moment_of(datetime.fromisoformat(text.replace(" ", "T")), zone, which=which)
    except NoSuchTime as gap:
        place = zone_name(zone)
        instead = gap.instead.strftime("%H:%M")
        raise Mistake(
            _(
                "%(label)s: clocks go forward in that night, so this time does not exist"
                " (%(place)s). It would be %(instead)s.",
                label=label,
                place=place,
                instead=instead,
            )
        ) from gap
    except TwiceThatNight as fault:
        raise Mistake(
            _(
                "%(label)s: clocks go back in that night, so this time comes twice. Please say"
                " which one is meant.",
                label=label,
            )
        ) from fault
    except (ValueError, OverflowError) as fault:
        raise Mistake(_("%(label)s: please give a day and a time.", label=label)) from fault


def moment_text(at: datetime | None, zone: str) -> str:
    """As `<input type=datetime-local>` takes it."""
    return wall_of(at, zone).strftime("%Y-%m-%dT%H:%M") if at is not None else ""


def words_of(fault: str, field: Field) -> str:
    """`is missing` with the field's name before it: a sentence."""
    return f"{field.label.text} {fault}."


def plain(value: Any) -> str:
    return "" if value is None else str(value)
