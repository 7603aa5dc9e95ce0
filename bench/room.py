"""A crowd in a waiting room: the document it shares, joining it, and the draw."""

from __future__ import annotations

import itertools
import time
from dataclasses import asdict
from http.client import HTTPConnection
from typing import Any

from tests.faults.scene import OnSale, database, make_event
from tests.journeys.running import Running

from .client import Line, Request
from .load import Act, asking, measure
from .scenes import API, JSON, Buyers
from .stage import Stage

END = object()
CLIENTS = 64
JOINING_SECONDS = 600
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


def known_document(running: Running, on_sale: OnSale) -> Act:
    """Asked for by somebody who has it: nothing has changed."""
    path = f"/room/{on_sale.event_id}.json"
    connection = HTTPConnection("127.0.0.1", running.port, timeout=10)
    connection.request("GET", path)
    etag = connection.getresponse().headers["ETag"]
    connection.close()
    request = Request.make("GET", path, {"If-None-Match": etag}, b"")
    return asking(lambda: request)


def bare_document() -> Act:
    request = Request.make("GET", "/bare", {}, b"")
    return asking(lambda: request)


def joins(buyers: Buyers, on_sale: OnSale, *, most: int | None = None) -> Act:
    """Each by another person; `most` in all."""
    path = f"{API}/events/{on_sale.event_id}/waiting-room/join"
    left = itertools.repeat(None) if most is None else itertools.repeat(None, most)

    async def act(line: Line) -> int:
        if next(left, END) is END:
            raise StopAsyncIteration
        headers = JSON | {"Authorization": f"Bearer {buyers.next_key()}"}
        status, _ = await line.ask(Request.make("POST", path, headers, b"{}"))
        return status

    return act


def crowd(stage: Stage, buyers: Buyers, people: int) -> dict[str, Any]:
    """So many join through the API; they are drawn and sealed; what the busiest questions scan."""
    on_sale = with_room(stage, "Crowd", opens="1 hour")
    act = joins(buyers, on_sale, most=people)
    joined = measure(stage.running.port, act, clients=CLIENTS, seconds=JOINING_SECONDS)
    with database(stage.running) as connection:
        [event, there] = connection.execute(
            """
            UPDATE events e SET on_sale_at = now() - interval '1 second' WHERE public_id = %s
            RETURNING id, (SELECT count(*) FROM room_entries r WHERE r.event_id = e.id)
            """,
            [on_sale.event_id],
        ).fetchone() or (0, 0)
    began = time.monotonic()
    _wait(stage.running, on_sale, "r.s0 IS NOT NULL")
    drawn = time.monotonic() - began
    _wait(stage.running, on_sale, "r.table_hash <> ''")
    return {
        "people": there,
        "joins": asdict(joined),
        "drawn_seconds": round(drawn, 1),
        "sealed_seconds": round(time.monotonic() - began, 1),
        "sequential_scans": _scans(stage.running, event),
    }


def _scans(running: Running, event: int) -> list[str]:
    with database(running) as connection:
        connection.execute("ANALYZE room_entries")
        plans = [
            connection.execute(f"EXPLAIN {query}", {"event": event}).fetchall()
            for query in (RANK, NEXT)
        ]
    return [row[0].strip() for plan in plans for row in plan if "Seq Scan" in row[0]]


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
