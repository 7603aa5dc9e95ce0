"""What somebody who joins a list sends."""

import re
from collections.abc import Mapping

from tixapp.events.models import Event
from tixapp.inventory.errors import BadPicks
from tixapp.waiting.actions.join import Wish

ANY = "any"
_COUNT = re.compile(r"[0-9]{1,3}")


def read_wish(event: Event, fields: Mapping[str, str]) -> Wish:
    """`tier` is a public id or "any". Raises BadPicks."""
    count, named = fields.get("quantity", "").strip(), fields.get("tier", "")
    if not _COUNT.fullmatch(count):
        raise BadPicks("A quantity is a whole number.", {"quantity": "is not a whole number"})
    tiers = {tier.public_id: tier.id for tier in event.tiers}
    if named != ANY and named not in tiers:
        raise BadPicks("That tier is not part of this event.", {"tier": "is unknown"})
    together = fields.get("together") == "all"
    return Wish(None if named == ANY else tiers[named], int(count), together)
