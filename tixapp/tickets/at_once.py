"""The usual scan in one statement, which is a transaction by itself: a valid ticket of this event,
at a gate that takes it, and an id that no scan here has had.

A full door is thousands of these in an hour. What they do is what `check_in` does step by step, and
whatever else there is to say of a ticket, `check_in` says.
"""

from datetime import datetime
from typing import Any

from tixapp.accounts.queries import CALLER, LiveKey, ShownKey
from tixapp.core.alone import alone
from tixapp.core.db import db

from .actions import Door
from .models import TicketStatus
from .rules import Direction, Result, ScanResult

# What a ticket that was taken leaves behind, whoever took it: `ticket` says who, where and what.
_ADMITTING = """
    scan AS (
        INSERT INTO scans (event_id, ticket_id, by_user_id, device_id, scan_id, kind, result,
                           answer, gate, gate_number, scanned_at, received_at)
        SELECT event_id, id, user_id, device_id, %(scan_id)s, %(in)s, %(admitted)s,
               jsonb_strip_nulls(jsonb_build_object(
                   'result', CAST(%(admitted)s AS text), 'tier', tier,
                   'holder', nullif(holder, ''), 'used_at', CAST(%(used_at)s AS text),
                   'gate', nullif(CAST(%(gate)s AS text), ''))),
               %(gate)s, gate_number, %(at)s, %(now)s
        FROM ticket
        RETURNING id
    ), check_in AS (
        INSERT INTO check_ins (ticket_id, event_id, scan_row, gate, gate_number, by_user_id,
                               device_id, at)
        SELECT ticket.id, event_id, scan.id, %(gate)s, gate_number, user_id, device_id,
               %(at)s FROM ticket, scan
    )"""
# Whoever comes second waits at the ticket's row, and then finds it used. Of two scans with one id
# the later breaks the index, and its ticket is as it was.
_ADMIT = f"""
    WITH {CALLER}, door AS (
        SELECT e.id, m.user_id
        FROM caller, events e JOIN members m ON m.seller_id = e.seller_id
        WHERE e.public_id = %(event)s AND m.user_id = caller.user_id AND m.removed_at IS NULL
    ), gate AS (
        SELECT g.number, g.tier_ids FROM door JOIN gates g ON g.event_id = door.id
        WHERE g.name = %(gate)s AND g.closed_at IS NULL LIMIT 1
    ), ticket AS (
        UPDATE tickets t SET status = %(used)s, entries = 1, inside = true FROM door, tiers
        WHERE t.public_id = %(ticket)s AND t.event_id = door.id AND tiers.id = t.tier_id
          AND t.status = %(valid)s AND t.frozen_at IS NULL
          AND NOT EXISTS (SELECT FROM scans s WHERE s.event_id = door.id AND s.device_id IS NULL
                          AND s.by_user_id = door.user_id AND s.scan_id = %(scan_id)s)
          AND NOT EXISTS (SELECT FROM gate WHERE NOT gate.tier_ids @> to_jsonb(t.tier_id))
        RETURNING t.id, t.event_id, door.user_id, CAST(NULL AS bigint) AS device_id,
                  tiers.name AS tier, t.holder_name AS holder,
                  coalesce((SELECT number FROM gate), 0) AS gate_number
    ), {_ADMITTING}
    SELECT caller.*, tier, holder FROM caller, ticket
    """  # noqa: S608 - both parts are ours

_TAKEN_HERE = "(CAST(%(tiers)s AS bigint[]) IS NULL OR {0}.tier_id = ANY(%(tiers)s))"
# The same where who stands at the door is known already; and how many of the ticket's order could
# come in here as well.
_ADMIT_HERE = """
    WITH ticket AS (
        UPDATE tickets t SET status = %(used)s, entries = 1, inside = true FROM tiers
        WHERE t.public_id = %(ticket)s AND t.event_id = %(event_id)s AND tiers.id = t.tier_id
          AND t.status = %(valid)s AND t.frozen_at IS NULL AND {this_taken}
          AND NOT EXISTS (SELECT FROM scans s WHERE s.scan_id = %(scan_id)s AND {mine})
        RETURNING t.id, t.event_id, t.order_id, CAST(%(user_id)s AS bigint) AS user_id,
                  CAST(%(device_id)s AS bigint) AS device_id, tiers.name AS tier,
                  t.holder_name AS holder, CAST(%(gate_number)s AS int) AS gate_number
    ), {admitting}
    SELECT tier, holder,
           (SELECT count(*) FROM tickets o
            WHERE o.order_id = ticket.order_id AND o.event_id = %(event_id)s AND o.id <> ticket.id
              AND o.status = %(valid)s AND o.frozen_at IS NULL AND {others_taken})
    FROM ticket
    """


def _here(mine: str) -> str:
    return _ADMIT_HERE.format(
        mine=mine,
        admitting=_ADMITTING,
        this_taken=_TAKEN_HERE.format("t"),
        others_taken=_TAKEN_HERE.format("o"),
    )


# Each device, and else each person, has scan ids of its own: each has an index for it.
_ADMIT_BY_DEVICE = _here("s.device_id = %(device_id)s")
_ADMIT_BY_PERSON = _here(
    "s.event_id = %(event_id)s AND s.by_user_id = %(user_id)s AND s.device_id IS NULL"
)


def admit_at_once(
    ticket_id: str,
    *,
    event_id: str,
    shown: ShownKey,
    gate: str,
    scan_id: str | None,
    scanned_at: datetime,
    now: datetime,
) -> tuple[LiveKey, ScanResult] | None:
    """Whose key it was, and the verdict. None, with nothing changed, when it takes more than one
    statement. Ids are public ones."""
    values = _values(ticket_id, gate, scan_id, scanned_at, now)
    admitted = alone(_ADMIT, {**values, **shown.asked(), "event": event_id})
    if admitted is None:
        return None
    *key, tier, holder = admitted
    result = ScanResult(Result.ADMITTED, tier, holder or None, scanned_at, gate or None)
    return LiveKey(*key), result


def admit_here(
    ticket_id: str, *, door: Door, scan_id: str | None, now: datetime
) -> tuple[ScanResult, int] | None:
    """The verdict, and how many more of the order this gate would take. None, with nothing changed,
    when it takes more than one statement. Raises sqlalchemy's IntegrityError, and then the
    transaction is to be rolled back, when another scan had this id meanwhile."""
    if door.direction != Direction.IN:
        return None
    values = _values(ticket_id, door.gate, scan_id, now, now) | {
        "event_id": door.event_id,
        "user_id": door.user_id,
        "device_id": door.device_id,
        "gate_number": door.gate_number,
        "tiers": None if door.tiers is None else list(door.tiers),
    }
    statement = _ADMIT_BY_PERSON if door.device_id is None else _ADMIT_BY_DEVICE
    admitted = db.session.connection().exec_driver_sql(statement, values).one_or_none()
    if admitted is None:
        return None
    tier, holder, others = admitted
    return ScanResult(Result.ADMITTED, tier, holder or None, now, door.gate or None), others


def _values(
    ticket_id: str, gate: str, scan_id: str | None, scanned_at: datetime, now: datetime
) -> dict[str, Any]:
    return {
        "ticket": ticket_id,
        "gate": gate,
        "scan_id": scan_id,
        "at": scanned_at,
        "now": now,
        "used_at": scanned_at.isoformat(),
        "valid": TicketStatus.VALID.value,
        "used": TicketStatus.USED.value,
        "in": Direction.IN.value,
        "admitted": Result.ADMITTED.value,
    }
