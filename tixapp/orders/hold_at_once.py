"""The usual hold of a program in one statement, which is a transaction by itself: one tier, a buyer
who holds nothing here yet, an Idempotency-Key that nobody has used.

It finds the key of the API alive, the event as it was remembered and places free, takes the
Idempotency-Key with the answer, and sets the places aside: in the order of locks that `place_hold`
and `claim` take step by step.
"""

import json
from datetime import datetime
from typing import Any

from tixapp.accounts.queries import CALLER, LiveKey, ShownKey
from tixapp.core.alone import alone
from tixapp.events.memory import PROOF, proof
from tixapp.events.models import Event
from tixapp.inventory.at_once import FITS, PLACING

from .idempotency import Kept

# `fit` looks, so that what cannot be leaves no trace; the parts after it ask again, under locks.
# Where one of them comes too late there is a key without a line: the table refuses a line without
# hold or places, and with it goes everything.
_HOLD = f"""
    WITH {CALLER}, fit AS (
        SELECT caller.user_id FROM caller, stocks, {PROOF}
          AND NOT e.has_room AND stocks.tier_id = t.id AND {FITS}
          AND NOT EXISTS (SELECT FROM allowances a
                          WHERE a.event_id = e.id AND a.user_id = caller.user_id
                            AND (a.held > 0 OR a.sold + %(quantity)s > %(most)s))
    ), begun AS (
        INSERT INTO idempotency_keys (user_id, key, fingerprint, made_at, status, answer)
        SELECT user_id, %(key)s, %(fingerprint)s, %(placed_at)s, %(status)s,
               CAST(%(answer)s AS jsonb)
        FROM fit
        ON CONFLICT DO NOTHING
        RETURNING user_id
    ), {PLACING}, line AS (
        INSERT INTO hold_lines (hold_id, tier_id, quantity)
        SELECT (SELECT id FROM hold), %(tier_id)s, %(quantity)s * (SELECT count(*) FROM taken)
        FROM begun
    )
    SELECT caller.* FROM caller, hold
    """  # noqa: S608 - all parts are ours


def hold_at_once(
    public_id: str,
    event: Event,
    tier_id: int,
    quantity: int,
    *,
    shown: ShownKey,
    key: str,
    fingerprint: bytes,
    answer: Kept,
    now: datetime,
    expires_at: datetime,
) -> LiveKey | None:
    """Whose key it was. None, with nothing changed, when it takes more than one statement. `event`
    is as remembered, and `answer` what will be said."""
    if quantity > event.purchase_limit or event.has_room:
        return None
    values: dict[str, Any] = {
        **shown.asked(),
        "public_id": public_id,
        "quantity": quantity,
        "most": event.purchase_limit,
        "placed_at": now,
        "expires_at": expires_at,
        "key": key,
        "fingerprint": fingerprint,
        "status": answer.status,
        "answer": json.dumps(answer.body),
    }
    found = alone(_HOLD, values | proof(event, tier_id))
    return LiveKey(*found) if found else None
