"""The search page: what its address means, and where its links lead."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, ClassVar

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from tixapp.events.queries import Facets, Filters
from tixapp.events.words import category_name
from tixapp.web.running import settings

LONGEST_QUERY = 200
WHEN = {
    "today": _l("Today"),
    "weekend": _l("This weekend"),
    "week": _l("Next 7 days"),
    "month": _l("Next 30 days"),
}
PRICES = (25, 50, 100)


@dataclass(frozen=True)
class Link:
    """A pill: a filter that a tap adds or takes away."""

    url: str
    label: str
    current: bool = False


@dataclass(frozen=True)
class Removal:
    """One filter, and how many events there are without it."""

    url: str
    label: str
    count: int


@dataclass(frozen=True)
class Search:
    """The address of a search, cleaned: what is unknown or malformed is as if it were not there."""

    q: str = ""
    when: str = ""
    city: str = ""
    category: str = ""
    price: str = ""
    day_from: date | None = None
    day_to: date | None = None
    # The fields of an address, in their order, and the names of what they hold.
    FIELDS: ClassVar[Mapping[str, str]] = {
        "q": "q",
        "when": "when",
        "from": "day_from",
        "to": "day_to",
        "city": "city",
        "category": "category",
        "price": "price",
    }
    _url_values: Mapping[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def from_args(cls, args: Mapping[str, str]) -> Search:
        when, price = args.get("when", ""), args.get("price", "")
        return cls(
            q=" ".join(args.get("q", "")[:LONGEST_QUERY].split()),
            when=when if when in WHEN else "",
            city=args.get("city", "").strip()[:LONGEST_QUERY],
            category=args.get("category", "").strip()[:LONGEST_QUERY],
            price=price if price == "free" or price in map(str, PRICES) else "",
            day_from=_day(args.get("from", "")),
            day_to=_day(args.get("to", "")),
        )

    def filters(self) -> Filters:
        return Filters(
            q=self.q,
            when=self.when,
            city=self.city,
            category=self.category,
            day_from=self.day_from,
            day_to=self.day_to,
            free=self.price == "free",
            price_to=int(self.price) if self.price.isdecimal() else None,
            fee_bps=settings().platform_fee_bps,
        )

    def values(self) -> dict[str, str]:
        """The fields of its address that say something."""
        pairs = ((name, getattr(self, own)) for name, own in self.FIELDS.items())
        return {name: str(value) for name, value in pairs if value}

    def url(self, **changes: str) -> str:
        """Its address with some fields changed; an empty one is left out."""
        values: dict[str, Any] = self.values() | changes
        return url_for("browse.search", **{k: v for k, v in values.items() if v})

    def label(self, name: str) -> str:
        """What a set field says, for people."""
        value = self.values()[name]
        words = {
            "q": lambda: f"“{value}”",
            "when": lambda: str(WHEN[value]),
            "from": lambda: str(_("From %(day)s", day=value)),
            "to": lambda: str(_("Until %(day)s", day=value)),
            "category": lambda: category_name(value),
            "price": lambda: price_name(value),
        }
        return words.get(name, lambda: value)()


def pills(search: Search, facets: Facets) -> list[Link]:
    """What people plan by: the days, the kinds, free. A second tap takes a filter away."""
    kinds = list(facets.categories)[:5]
    return [
        *(_toggle(search, "when", value, str(label)) for value, label in WHEN.items()),
        *(_toggle(search, "category", kind, category_name(kind)) for kind in kinds),
        _toggle(search, "price", "free", str(_("Free"))),
    ]


def chosen(search: Search) -> list[Link]:
    """Every filter that is set, each with the address without it."""
    return [Link(search.url(**{name: ""}), search.label(name), True) for name in search.values()]


def removals(search: Search, counts: Mapping[str, int]) -> list[Removal]:
    """The filters that keep events out, the most first. `counts` by the names of Filters."""
    names = {"free": "price", "price_to": "price", "day_from": "from", "day_to": "to"}
    found = [
        Removal(search.url(**{field: ""}), search.label(field), count)
        for name, count in counts.items()
        if count and (field := names.get(name, name))
    ]
    return sorted(found, key=lambda removal: -removal.count)


def price_name(value: str) -> str:
    return str(_("Free") if value == "free" else _("Up to %(amount)s", amount=value))


def choices(values: Iterable[str], current: str) -> list[str]:
    """The values of a select, with the current one even where it has no events."""
    listed = list(values)
    known = {value.casefold() for value in listed}
    return listed if not current or current.casefold() in known else [current, *listed]


def _toggle(search: Search, name: str, value: str, label: str) -> Link:
    is_set = search.values().get(name) == value
    return Link(search.url(**{name: "" if is_set else value}), label, is_set)


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 2000 <= day.year <= 2200 else None
