"""The usual hold in one statement: one tier, and a buyer who holds nothing here yet.

A sale is thousands of these in a minute. What they do is what `place_hold` does step by step, with
the same locks in the same order: the allowance, then the hold, then the stock.
"""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import make_transient_to_detached

from tixapp.core.db import db
from tixapp.core.ids import new_id

from .models import Hold, HoldLine, HoldStatus

FITS = "held + sold + reserved + %(quantity)s <= capacity"
# Each part waits for the one before: without an allowance no hold, without a hold no places.
# `begun` comes before: whose places they are to be.
PLACING = f"""
    allowance AS (
        INSERT INTO allowances AS mine (event_id, user_id, held, sold)
        SELECT %(event_id)s, user_id, %(quantity)s, 0 FROM begun
        ON CONFLICT (event_id, user_id) DO UPDATE SET held = excluded.held
        WHERE mine.held = 0 AND mine.sold + excluded.held <= %(most)s
        RETURNING user_id
    ), hold AS (
        INSERT INTO holds (public_id, event_id, user_id, status, placed_at, expires_at)
        SELECT %(public_id)s, %(event_id)s, user_id, 'active', %(placed_at)s, %(expires_at)s
        FROM allowance
        RETURNING id
    ), taken AS (
        UPDATE stocks SET held = held + %(quantity)s FROM hold
        WHERE tier_id = %(tier_id)s AND {FITS}
        RETURNING tier_id
    )"""  # noqa: S608 - both parts are ours
_PLACE = f"""
    WITH begun AS (SELECT CAST(%(user_id)s AS bigint) AS user_id), {PLACING}, line AS (
        INSERT INTO hold_lines (hold_id, tier_id, quantity)
        SELECT id, %(tier_id)s, %(quantity)s FROM hold
    )
    SELECT id, (SELECT count(*) FROM taken) FROM hold
    """  # noqa: S608 - both parts are ours


class NoneLeft(Exception):
    """Too few places: what was begun must be rolled back."""


def place_at_once(
    event_id: int,
    tier_id: int,
    quantity: int,
    *,
    most: int,
    buyer_id: int,
    now: datetime,
    expires_at: datetime,
) -> Hold | None:
    """None, with nothing changed, when the buyer holds something here or would have more than
    `most`: then `place_hold` goes step by step. Raises NoneLeft."""
    values: dict[str, Any] = {
        "public_id": new_id("hold"),
        "event_id": event_id,
        "user_id": buyer_id,
        "placed_at": now,
        "expires_at": expires_at,
    }
    asked = values | {"tier_id": tier_id, "quantity": quantity, "most": most}
    placed = db.session.connection().exec_driver_sql(_PLACE, asked).one_or_none()
    if placed is None:
        return None
    hold_id, taken = placed
    if not taken:
        raise NoneLeft
    return _known(Hold(id=hold_id, status=HoldStatus.ACTIVE, **values), tier_id, quantity)


def _known(hold: Hold, tier_id: int, quantity: int) -> Hold:
    """The row as if it had been read: nothing is left to be written."""
    hold.paying_since = hold.extended_at = hold.ended_at = None
    hold.is_offer, hold.code_id = False, None
    hold.lines = [HoldLine(hold_id=hold.id, tier_id=tier_id, quantity=quantity)]
    for row in (hold.lines[0], hold):
        make_transient_to_detached(row)
    db.session.add(hold)
    return hold
