"""What a buyer sends."""

import re
from collections.abc import Mapping
from typing import Any

from tixapp.events.models import Event
from tixapp.inventory.codes import key_of
from tixapp.inventory.errors import BadPicks

FIELD = "tier-"
_COUNT = re.compile(r"[0-9]{1,3}")


def read_picks(event: Event, fields: Mapping[str, str]) -> dict[int, int]:
    """Tier id → quantity from fields named `tier-<public id>`; empty and 0 mean none.

    Raises BadPicks for anything that is not a whole number, or a tier of another event.
    """
    tiers = {tier.public_id: tier.id for tier in event.tiers}
    picks: dict[int, int] = {}
    for name, value in fields.items():
        if not name.startswith(FIELD):
            continue
        text = value.strip() or "0"
        tier_id = tiers.get(name.removeprefix(FIELD))
        if tier_id is None or not _COUNT.fullmatch(text):
            raise BadPicks("A quantity is a whole number.", {name: "is not a whole number"})
        if int(text):
            picks[tier_id] = int(text)
    return picks


def read_code(fields: Mapping[str, str]) -> str:
    return key_of(fields.get("code", ""))


def chosen(event: Event, fields: Mapping[str, str]) -> dict[str, Any]:
    """The fields of the event's tiers as they were sent, to fill the page again."""
    names = (f"{FIELD}{tier.public_id}" for tier in event.tiers)
    kept = {name: fields[name] for name in names if _COUNT.fullmatch(fields.get(name, "").strip())}
    code = read_code(fields)
    return kept | {"code": code} if code else kept
