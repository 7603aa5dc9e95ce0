"""What may be said of an event and a tier, and the names made from it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256
from typing import Any, TypeVar
from zoneinfo import available_timezones

from tixapp.core.money import (
    MAXIMUM_CHARGE,
    MINIMUM_CHARGE,
    THREE_DECIMAL,
    ZERO_DECIMAL,
    Money,
)

# An event that gives no end is taken to be over after this.
USUAL_LENGTH = timedelta(hours=6)
SLUG_LENGTH = 60
EARLIEST_YEAR, LATEST_YEAR = 2000, 2200

CURRENCIES = frozenset(MINIMUM_CHARGE) | ZERO_DECIMAL | THREE_DECIMAL
NO_MINIMUM = 1

LONGEST = {
    "name": 120,
    "venue": 120,
    "address": 200,
    "city": 80,
    "category": 40,
    "description": 20_000,
    "refund_policy": 500,
    "accessibility": 500,
}
LONGEST_TIER = {"name": 60, "description": 300}
MOST_PER_PERSON = 100
OLDEST_MINIMUM_AGE = 21
LONGEST_RETURN = 24 * 365
WHOLE = 10_000
# Pictures that one seller may upload in a day.
MOST_PICTURES = 100
MOST_PLACES = 10_000_000
HUES = range(0, 360, 10)

# Letters that Unicode does not take apart. The same table stands in the SQL function `fold_words`.
SPELT_OUT = {
    "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "þ": "th",
    "ı": "i", "ς": "σ",  # noqa: RUF001 - a Turkish i and the two small sigmas
}  # fmt: skip
_ACCENTS = re.compile("[\u0300-\u036f]")
# Control characters, and those that turn the direction of text.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True)
class EventDetails:
    """All that a seller says of an event. Times are aware.

    `return_hours`: until so many before the start a buyer may give tickets back; None: never.
    `return_share_bps`: ten-thousandths of the price that they get back then.
    `hue`: the colour of its pages, in steps of ten; None: one that follows from the name.
    """

    name: str
    venue: str
    city: str
    timezone: str
    currency: str
    starts_at: datetime
    description: str = ""
    address: str = ""
    category: str = "other"
    ends_at: datetime | None = None
    doors_at: datetime | None = None
    on_sale_at: datetime | None = None
    minimum_age: int | None = None
    refund_policy: str = ""
    accessibility: str = ""
    has_room: bool = False
    has_waiting_list: bool = True
    purchase_limit: int = 6
    fee_passed_on: bool = False
    return_hours: int | None = None
    return_share_bps: int = 10_000
    hue: int | None = None


@dataclass(frozen=True)
class TierDetails:
    """All that a seller says of a tier, but for how many there are: that is inventory's."""

    name: str
    price_minor: int
    description: str = ""
    per_order_limit: int = 4
    sale_starts_at: datetime | None = None
    sale_ends_at: datetime | None = None


Details = TypeVar("Details", EventDetails, TierDetails)


def cleaned(details: Details) -> Details:
    """The same without characters that nobody sees; all but descriptions on one line."""
    changes: dict[str, Any] = {}
    for field in fields(details):
        value = getattr(details, field.name)
        if isinstance(value, str):
            seen = _UNSEEN.sub("", value.replace("\r\n", "\n"))
            one_line = field.name not in {"description", "refund_policy", "accessibility"}
            changes[field.name] = " ".join(seen.split()) if one_line else seen.strip()
    if isinstance(details, EventDetails):
        changes["category"] = slug_words(details.category) or "other"
        changes["currency"] = changes["currency"].upper()
    return replace(details, **changes)


def changes(old: Details, new: Details) -> tuple[dict[str, Any], dict[str, Any]]:
    """What differs, before and after, as JSON: for the audit trail."""
    names = [f.name for f in fields(old) if getattr(old, f.name) != getattr(new, f.name)]
    before, after = ({name: _plain(getattr(d, name)) for name in names} for d in (old, new))
    return before, after


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def event_faults(details: EventDetails) -> dict[str, str]:
    """Field by field, what is wrong; empty when all is well."""
    faults = _too_long(details, LONGEST)
    faults |= {f: "is missing" for f in ("name", "venue", "city") if not getattr(details, f)}
    if not is_zone(details.timezone):
        faults["timezone"] = "is not a time zone such as Europe/Berlin"
    if details.currency not in CURRENCIES:
        faults["currency"] = "is not a currency that can be charged"
    if not 1 <= details.purchase_limit <= MOST_PER_PERSON:
        faults["purchase_limit"] = f"is a number from 1 to {MOST_PER_PERSON}"
    if details.minimum_age is not None and not 0 <= details.minimum_age <= OLDEST_MINIMUM_AGE:
        faults["minimum_age"] = f"is a number from 0 to {OLDEST_MINIMUM_AGE}"
    if details.return_hours is not None and not 0 <= details.return_hours <= LONGEST_RETURN:
        faults["return_hours"] = f"is a number from 0 to {LONGEST_RETURN}"
    if not 1 <= details.return_share_bps <= WHOLE:
        faults["return_share_bps"] = f"is a number from 1 to {WHOLE}"
    if details.hue is not None and details.hue not in HUES:
        faults["hue"] = "is a number from 0 to 350 in steps of ten"
    return faults | _time_faults(details)


def tier_faults(details: TierDetails, currency: str) -> dict[str, str]:
    """Field by field, what is wrong with a tier of an event in `currency`."""
    faults = _too_long(details, LONGEST_TIER)
    if not details.name:
        faults["name"] = "is missing"
    if not 1 <= details.per_order_limit <= MOST_PER_PERSON:
        faults["per_order_limit"] = f"is a number from 1 to {MOST_PER_PERSON}"
    if wrong := price_fault(Money(details.price_minor, currency)):
        faults["price"] = wrong
    for field in ("sale_starts_at", "sale_ends_at"):
        if wrong := _bad_moment(getattr(details, field)):
            faults[field] = wrong
    starts, ends = details.sale_starts_at, details.sale_ends_at
    if not faults and starts and ends and ends <= starts:
        faults["sale_ends_at"] = "is not after the start of the sale"
    return faults


def price_fault(price: Money) -> str:
    """Nothing, or free, or what Stripe can take in one charge (docs: currencies)."""
    least = MINIMUM_CHARGE.get(price.currency, NO_MINIMUM)
    if price.minor == 0:
        return ""
    if price.minor < 0:
        return "is less than nothing"
    if price.minor < least:
        return f"is less than {least} minor units of {price.currency}, the least that can be paid"
    if price.minor > MAXIMUM_CHARGE:
        return "has more than eight digits"
    if price.currency in THREE_DECIMAL and price.minor % 10:
        return f"does not end in 0, as an amount of {price.currency} must"
    return ""


def missing_for_sale(
    *, starts_at: datetime, prices: Iterable[int], can_charge: bool, now: datetime
) -> dict[str, str]:
    """The checklist before publishing: what is missing and why. `prices` in minor units."""
    prices = list(prices)
    missing = {}
    if not prices:
        missing["tiers"] = "Add at least one kind of ticket."
    if starts_at <= now:
        missing["starts_at"] = "The start has passed already."
    if any(prices) and not can_charge:
        missing["account"] = "Connect a Stripe account that can take payments."
    return missing


def fold(text: str) -> str:
    """Letters without accents and case, as words are compared in searches."""
    plain = _ACCENTS.sub("", unicodedata.normalize("NFKD", text).lower())
    return "".join(SPELT_OUT.get(letter, letter) for letter in plain)


def search_words(text: str, *, most: int = 8) -> list[str]:
    """The folded words of what somebody typed: letters and digits only, so safe in a tsquery."""
    return [word[:40] for word in re.findall(r"[^\W_]+", fold(text))][:most]


def slug_words(text: str) -> str:
    """`Café Noir: Live` as `cafe-noir-live`; letters of other scripts stay. May be empty."""
    words = "-".join(re.findall(r"[^\W_]+", unicodedata.normalize("NFC", fold(text))))
    if len(words) <= SLUG_LENGTH:
        return words
    return words[: SLUG_LENGTH + 1].rpartition("-")[0] or words[:SLUG_LENGTH]


def hue_of(name: str) -> int:
    """A colour for an event that has chosen none: the same name, the same colour."""
    return int.from_bytes(sha256(name.encode()).digest()[:4]) % 36 * 10


def _too_long(details: EventDetails | TierDetails, longest: dict[str, int]) -> dict[str, str]:
    return {
        field: f"is longer than {most} characters"
        for field, most in longest.items()
        if len(getattr(details, field)) > most
    }


def _time_faults(details: EventDetails) -> dict[str, str]:
    moments = {f: getattr(details, f) for f in ("starts_at", "ends_at", "doors_at", "on_sale_at")}
    faults = {f: wrong for f, at in moments.items() if (wrong := _bad_moment(at))}
    if faults:
        return faults
    starts = details.starts_at
    if details.ends_at and details.ends_at <= starts:
        faults["ends_at"] = "is not after the start"
    if details.doors_at and details.doors_at > starts:
        faults["doors_at"] = "is after the start"
    if details.on_sale_at and details.on_sale_at >= (details.ends_at or starts + USUAL_LENGTH):
        faults["on_sale_at"] = "is after the end of the event"
    return faults


def _bad_moment(at: datetime | None) -> str:
    if at is None:
        return ""
    if at.tzinfo is None:
        return "needs a time zone"
    if not EARLIEST_YEAR <= at.year <= LATEST_YEAR:
        return f"is not between {EARLIEST_YEAR} and {LATEST_YEAR}"
    return ""


def is_zone(name: str) -> bool:
    return name in _zones()


@cache
def zone_names() -> tuple[str, ...]:
    """The zones to choose from: places, without the old names that stand for them."""
    regions = ("Africa/", "America/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/")
    named = {zone for zone in _zones() if zone.startswith((*regions, "Pacific/"))}
    return ("UTC", *sorted(named))


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones()) - {"Factory", "localtime"}
