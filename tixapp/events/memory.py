"""Events as this process last read them, with their tiers and sellers.

Nothing is decided by what stands here. It serves to make an answer beforehand, which a statement
then gives only if the database still says the same: see `PROOF`.
"""

from typing import Any

from sqlalchemy.orm import Session

from tixapp.core.db import db

from .models import Event
from .queries.single import read_for_holding

MOST = 1000
# Each operation on a dict is whole by itself: threads need no lock, at worst two read the same.
_known: dict[str, Event] = {}

# Nothing that a hold depends on has changed: neither event nor tier was written since, and the
# seller's terms are as they were. A pause, a cancellation or another window is a new version.
PROOF = """
    events e JOIN tiers t ON t.event_id = e.id JOIN sellers s ON s.id = e.seller_id
    WHERE e.id = %(event_id)s AND e.version = %(event_version)s
      AND t.id = %(tier_id)s AND t.version = %(tier_version)s
      AND s.fee_bps IS NOT DISTINCT FROM %(fee_bps)s
      AND s.charges_enabled = %(charges_enabled)s
      AND e.status = 'published' AND e.paused_at IS NULL"""


def remembered(public_id: str) -> Event:
    """Not of any session, and not to be changed. Raises NotFound, for a draft too."""
    event = _known.get(public_id)
    if event is None:
        with Session(db.engine, join_transaction_mode="create_savepoint") as own:
            event = read_for_holding(public_id, session=own)
            own.expunge_all()
        if len(_known) >= MOST:
            _known.clear()
        _known[public_id] = event
    return event


def compare(fresh: Event) -> None:
    """Forgets what this contradicts."""
    known = _known.get(fresh.public_id)
    if known is not None and _state(known) != _state(fresh):
        _known.pop(fresh.public_id, None)


def proof(event: Event, tier_id: int) -> dict[str, Any]:
    """The values of `PROOF`."""
    return {
        "event_id": event.id,
        "event_version": event.version,
        "tier_id": tier_id,
        "tier_version": next(tier.version for tier in event.tiers if tier.id == tier_id),
        "fee_bps": event.seller.fee_bps,
        "charges_enabled": event.seller.charges_enabled,
    }


def _state(event: Event) -> tuple[object, ...]:
    tiers = {tier.id: tier.version for tier in event.tiers}
    return event.version, tiers, event.seller.fee_bps, event.seller.charges_enabled
