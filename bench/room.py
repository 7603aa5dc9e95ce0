"""A crowd in a waiting room: the document it shares, joining it, and the draw."""

from __future__ import annotations

import time
from typing import Any

import psycopg

from tests.faults.scene import OnSale, database, make_event
from tests.journeys.running import Running

from .client import Request
from .load import Act, asking
from .scenes import API, JSON, Buyers
from .stage import Stage

CROWD = 100_000
PATIENCE_SECONDS = 120
RANK = """
    SELECT count(*) FROM room_entries e, (
        SELECT event_id, win, key, user_id FROM room_entries
        WHERE event_id = %(event)s ORDER BY win, key, user_id OFFSET 50000 LIMIT 1
    ) mine
    WHERE e.event_id = mine.event_id AND e.win = mine.win
      AND e.key >= (mine.key >> 53) << 53 AND (e.key, e.user_id) < (mine.key, mine.user_id)
"""
NEXT = """
    SELECT win, key FROM room_entries
    WHERE event_id = %(event)s AND win <= 0 AND (win, key) >= (0, 4611686018427387904)
    ORDER BY win, key, user_id LIMIT 200
"""


def with_room(stage: Stage, name: str, *, opens: str) -> OnSale:
    """`opens` as an interval of PostgreSQL from now on."""
    on_sale = make_event(stage.running, stage.seller_key, name, [(2000, 20_000)], limit=6)
    with database(stage.running) as connection:
        connection.execute(
            "UPDATE events SET has_room = true, on_sale_at = now() + CAST(%s AS interval)"
            " WHERE public_id = %s",
            [opens, on_sale.event_id],
        )
    _wait(stage.running, on_sale, "r.document <> ''")
    return on_sale


def document(on_sale: OnSale) -> Act:
    request = Request.make("GET", f"/room/{on_sale.event_id}.json", {}, b"")
    return asking(lambda: request)


def bare_document() -> Act:
    request = Request.make("GET", "/bare", {}, b"")
    return asking(lambda: request)


def joins(buyers: Buyers, on_sale: OnSale) -> Act:
    path = f"{API}/events/{on_sale.event_id}/waiting-room/join"

    def request() -> Request:
        headers = JSON | {"Authorization": f"Bearer {buyers.next_key()}"}
        return Request.make("POST", path, headers, b"{}")

    return asking(request)


def draw(stage: Stage) -> dict[str, Any]:
    """A hundred thousand joined, drawn and sealed; and what the busiest questions scan."""
    on_sale = with_room(stage, "Crowd", opens="1 hour")
    with database(stage.running) as connection:
        [event] = connection.execute(
            "SELECT id FROM events WHERE public_id = %s", [on_sale.event_id]
        ).fetchone() or (0,)
        _fill(connection, event)
        connection.execute(
            "UPDATE events SET on_sale_at = now() - interval '1 second' WHERE id = %s", [event]
        )
    began = time.monotonic()
    _wait(stage.running, on_sale, "r.s0 IS NOT NULL")
    drawn = time.monotonic() - began
    _wait(stage.running, on_sale, "r.table_hash <> ''")
    sealed = time.monotonic() - began
    with database(stage.running) as connection:
        connection.execute("ANALYZE room_entries")
        plans = {
            name: [row[0] for row in connection.execute(f"EXPLAIN {query}", {"event": event})]
            for name, query in (("rank", RANK), ("next in line", NEXT))
        }
    scans = [line.strip() for plan in plans.values() for line in plan if "Seq Scan" in line]
    return {
        "people": CROWD,
        "drawn_seconds": round(drawn, 1),
        "sealed_seconds": round(sealed, 1),
        "sequential_scans": scans,
    }


def _fill(connection: psycopg.Connection[Any], event: int) -> None:
    connection.execute(
        """
        WITH people AS (
            INSERT INTO users (public_id, email, email_key, name, password_hash, is_admin,
                               created_at, confirmed_at)
            SELECT 'usr_crowd' || n, 'c' || n || '@bench.example.com',
                   'c' || n || '@bench.example.com', 'C', 'none', false, now(), now()
            FROM generate_series(1, %(crowd)s) n RETURNING id
        )
        INSERT INTO room_entries (user_id, event_id, eid, win, joined_at)
        SELECT id, %(event)s, substring(sha256(int8send(id)) FROM 1 FOR 16), 0, now() FROM people
        """,
        {"crowd": CROWD, "event": event},
    )


def _wait(running: Running, on_sale: OnSale, condition: str) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    # The condition is one of ours.
    query = f"SELECT 1 FROM rooms r JOIN events e ON e.id = r.event_id WHERE e.public_id = %s AND {condition}"  # noqa: S608, E501
    while time.monotonic() < until:
        with database(running) as connection:
            if connection.execute(query, [on_sale.event_id]).fetchone():
                return
        time.sleep(0.05)
    raise TimeoutError(f"the control did not do it: {condition}")
