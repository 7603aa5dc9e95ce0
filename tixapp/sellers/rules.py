"""Where a seller may be, and what is usual there."""

from functools import cache
from importlib.resources import files

from babel.numbers import get_territory_currencies

# The countries in which Stripe opens accounts and pays them out.
COUNTRIES = (
    "AT", "AU", "BE", "BG", "CA", "CH", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "GR",
    "HK", "HR", "HU", "IE", "IT", "JP", "LI", "LT", "LU", "LV", "MT", "MX", "NL", "NO", "NZ", "PL",
    "PT", "RO", "SE", "SG", "SI", "SK", "US",
)  # fmt: skip


# Where the table's first zone is not the one of most people.
CHIEF_ZONES = {"AU": "Australia/Sydney", "CA": "America/Toronto"}


def currency_of(country: str) -> str:
    """What is paid with there."""
    return next(iter(get_territory_currencies(country)), "EUR")


def zone_of(country: str) -> str:
    """A time zone of the country, the one with the most people where it has several."""
    return CHIEF_ZONES.get(country) or _zones().get(country, "UTC")


@cache
def _zones() -> dict[str, str]:
    """The first zone of each country, from the table that comes with the zones themselves."""
    found: dict[str, str] = {}
    for line in (files("tzdata") / "zoneinfo" / "zone.tab").read_text().splitlines():
        if line and not line.startswith("#"):
            country, _place, zone = line.split("\t")[:3]
            found.setdefault(country, zone)
    return found
