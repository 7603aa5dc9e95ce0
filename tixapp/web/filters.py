"""How money, days and times are written, in the reader's language."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_skeleton, format_time, get_timezone_location
from babel.numbers import format_currency
from flask import Flask
from flask_babel import get_locale
from flask_babel import gettext as _
from markupsafe import Markup

from tixapp.core.clock import clock
from tixapp.core.money import Money, decimals

from .markdown import to_html

# English without a country: the day before the month and the hours from 0 to 23, as on tickets.
ENGLISH = "en_GB"


def _locale() -> str:
    locale = str(get_locale() or "en")
    return ENGLISH if locale == "en" else locale


def money(amount: Money) -> str:
    """`€45.00`; "Free" for nothing."""
    if amount.minor == 0:
        return str(_("Free"))
    return exact_money(amount)


def exact_money(amount: Money) -> str:
    """`€45.00`, and `€0.00` for nothing: for sums in a column."""
    value = amount.minor / 10 ** decimals(amount.currency)
    written = str(format_currency(value, amount.currency, locale=_locale()))
    # `CHF 45.00`: letters keep a distance from digits (CLDR: currencySpacing), a sign does not.
    return re.sub(r"(?<=[A-Za-z])(?=\d)", "\N{NO-BREAK SPACE}", written)


def local_day(at: datetime, zone: str) -> str:
    """`Sat, 12 Dec 2026` where the venue is."""
    return str(format_skeleton("yMMMEd", at, tzinfo=ZoneInfo(zone), locale=_locale()))


def short_day(at: datetime, zone: str) -> str:
    """`Sat 12 Dec`, and the year when it is not this one."""
    place = ZoneInfo(zone)
    this_year = at.astimezone(place).year == clock.now().astimezone(place).year
    skeleton = "MMMEd" if this_year else "yMMMEd"
    return str(format_skeleton(skeleton, at, tzinfo=place, locale=_locale()))


def local_date(at: datetime, zone: str) -> str:
    return str(format_date(at.astimezone(ZoneInfo(zone)), "long", locale=_locale()))


def local_time(at: datetime, zone: str) -> str:
    """`20:00`, in the venue's zone."""
    return str(format_time(at, "short", tzinfo=ZoneInfo(zone), locale=_locale()))


def local_datetime(at: datetime, zone: str) -> str:
    """`Sat, 12 Dec 2026, 20:00 Berlin time`: with the zone, so that nobody comes an hour late."""
    return f"{local_day(at, zone)}, {local_time(at, zone)} {zone_name(zone)}"


def zone_name(zone: str) -> str:
    """`Berlin time`: a place says more than three letters that differ by season."""
    if zone == "UTC":
        return zone
    city = get_timezone_location(ZoneInfo(zone), locale=_locale(), return_city=True)
    return str(_("%(city)s time", city=city))


def iso(at: datetime) -> str:
    """For <time datetime> and scripts."""
    return at.isoformat(timespec="seconds")


def grouped(code: str) -> str:
    """A ticket's id in groups of four, as people read it aloud; a last single one joins them."""
    return re.sub(r"(.{4})(?=..)", r"\1 ", code)


def markdown(text: str) -> Markup:
    return to_html(text)


def register(app: Flask) -> None:
    for function in (
        money,
        exact_money,
        local_day,
        short_day,
        local_date,
        local_time,
        local_datetime,
        zone_name,
        iso,
        grouped,
        markdown,
    ):
        app.jinja_env.filters[function.__name__] = function
