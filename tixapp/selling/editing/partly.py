"""Saving what is right while the rest still needs another look."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from tixapp.events.rules import EventDetails, cleaned, event_faults

# They are read in its zone and compared with each other: one may be right only with another.
TIMES = frozenset({"starts_at", "ends_at", "doors_at", "on_sale_at", "timezone"})


def fitting(base: EventDetails, said: Mapping[str, Any], wrong: Collection[str]) -> EventDetails:
    """`base` with as much of what was said as is right beside it. `wrong`: what is surely not."""
    apart: Collection[str] = TIMES if "timezone" in wrong else ()
    kept = {name: value for name, value in said.items() if name not in {*wrong, *apart}}
    while kept:
        details = cleaned(replace(base, **kept))
        faults = event_faults(details).keys()
        if not faults:
            return details
        # Without a part at fault the fault is between a new time and one that stays.
        apart = faults & kept.keys() or TIMES & kept.keys()
        if not apart:
            break
        kept = {name: value for name, value in kept.items() if name not in apart}
    return base
