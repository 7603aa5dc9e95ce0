"""Kinds of events, as people call them."""

from flask_babel import lazy_gettext as _l

KINDS = {
    "concert": _l("Concerts"),
    "basketball": _l("Basketball"),
    "theatre": _l("Theatre"),
    "comedy": _l("Comedy"),
    "club": _l("Club nights"),
    "festival": _l("Festivals"),
    "talk": _l("Talks"),
    "exhibition": _l("Exhibitions"),
    "family": _l("For families"),
    "sport": _l("Sport"),
    "other": _l("Other events"),
}


def category_name(category: str) -> str:
    known = KINDS.get(category)
    return str(known) if known is not None else category.replace("-", " ").capitalize()
