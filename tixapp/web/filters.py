"""How money, days and times are written, in the reader's language."""

from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_skeleton, format_time
from babel.numbers import format_currency
from flask import Flask
from flask_babel import get_locale
from flask_babel import gettext as _
from markupsafe import Markup

from tixapp.core.money import Money, decimals

from .markdown import to_html


def _locale() -> str:
    return str(get_locale() or "en")


def money(amount: Money) -> str:
    """`€45.00`; "Free" for nothing."""
    if amount.minor == 0:
        return str(_("Free"))
    return exact_money(amount)


def exact_money(amount: Money) -> str:
    """`€45.00`, and `€0.00` for nothing: for sums in a column."""
    value = amount.minor / 10 ** decimals(amount.currency)
    return str(format_currency(value, amount.currency, locale=_locale()))


def local_day(at: datetime, zone: str) -> str:
    """`Sat, 12 Dec 2026` where the venue is."""
    return str(format_skeleton("yMMMEd", at, tzinfo=ZoneInfo(zone), locale=_locale()))


def local_date(at: datetime, zone: str) -> str:
    return str(format_date(at.astimezone(ZoneInfo(zone)), "long", locale=_locale()))


def local_time(at: datetime, zone: str) -> str:
    """`8:00 PM`, in the venue's zone."""
    return str(format_time(at, "short", tzinfo=ZoneInfo(zone), locale=_locale()))


def local_datetime(at: datetime, zone: str) -> str:
    """`Sat, Dec 12, 2026, 8:00 PM CET`: with the zone, so that nobody comes an hour late."""
    name = format_skeleton("z", at, tzinfo=ZoneInfo(zone), locale=_locale())
    return f"{local_day(at, zone)}, {local_time(at, zone)} {name}"


def iso(at: datetime) -> str:
    """For <time datetime> and scripts."""
    return at.isoformat(timespec="seconds")


def grouped(code: str) -> str:
    """A ticket's id in groups of four, as people read it aloud."""
    return " ".join(code[i : i + 4] for i in range(0, len(code), 4))


def markdown(text: str) -> Markup:
    return to_html(text)


def register(app: Flask) -> None:
    for function in (
        money,
        exact_money,
        local_day,
        local_date,
        local_time,
        local_datetime,
        iso,
        grouped,
        markdown,
    ):
        app.jinja_env.filters[function.__name__] = function
