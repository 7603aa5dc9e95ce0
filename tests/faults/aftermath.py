"""Afterwards: everything runs again, everything that is due is done, and the books are compared."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import psycopg

from tests.journeys.running import Running

from .journal import OK, Journal
from .scene import database
from .strikes import PROCESSES

RECOVERY_SECONDS = 45.0
SETTLED_SECONDS = 90.0
GIVEN_BACK = {"refunded", "cancelled"}  # cancelled: it was free

# What a killed worker had claimed is left alone for up to two minutes, an open payment is looked
# at two minutes after it was opened, a refund that Stripe refused for the moment after one: those
# minutes pass in the rows instead of on the clock.
MINUTES_PASS = (
    "UPDATE stripe_events SET due_at = now() WHERE status = 'received'",
    "UPDATE reactions SET due_at = now() WHERE status = 'due'",
    "UPDATE mails SET due_at = now() WHERE status = 'queued'",
    "UPDATE payments SET look_at = now() WHERE status IN ('created', 'processing')",
    "UPDATE refunds SET look_at = now() WHERE status IN ('requested', 'submitted')",
)
UNDONE = {
    "facts nobody was told of": "SELECT count(*) FROM facts WHERE relayed_at IS NULL",
    "reactions not run": "SELECT count(*) FROM reactions WHERE status <> 'done'",
    "webhooks not worked on": "SELECT count(*) FROM stripe_events WHERE status = 'received'",
    "webhooks given up": "SELECT count(*) FROM stripe_events WHERE status = 'failed'",
    "letters not sent": "SELECT count(*) FROM mails WHERE status <> 'sent'",
    "refunds not settled": "SELECT count(*) FROM refunds WHERE status <> 'succeeded'",
}


def recover(running: Running) -> float:
    """Seconds until all runs and answers again. Raises AssertionError after a while."""
    began = time.monotonic()
    running.delete_control("/faults")
    wait_until(lambda: _all_run(running), RECOVERY_SECONDS, "not everything was started again")
    return time.monotonic() - began


def settle(running: Running) -> dict[str, int]:
    """Lets minutes pass, and waits until nothing is left to do. What is left all the same."""
    running.control("/deliveries/flush", seconds=20)
    with database(running) as connection:
        for statement in MINUTES_PASS:
            connection.execute(statement)
    running.command("reconcile")
    left: dict[str, int] = {}
    end = time.monotonic() + SETTLED_SECONDS
    while time.monotonic() < end:
        left = _undone(running)
        if not left:
            break
        time.sleep(0.5)
    return left


def wait_until(holds: Callable[[], bool], seconds: float, otherwise: str) -> None:
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise AssertionError(otherwise)
        time.sleep(0.2)


def compare(running: Running, journal: Journal, event_id: str) -> list[str]:
    """One plain line for everything that must not be."""
    with database(running) as connection:
        return [
            *_audit(running),
            *_acknowledged(connection, journal),
            *_charges(running, connection),
            *_places(connection, event_id),
            *_admissions(connection, journal),
            *_letters(connection),
        ]


def _all_run(running: Running) -> bool:
    try:
        for name in PROCESSES:
            running.process_id(name)
        with urllib.request.urlopen(f"{running.url}/health", timeout=5) as answer:
            return bool(answer.status == 200)
    except (AssertionError, OSError, urllib.error.URLError):
        return False


def _undone(running: Running) -> dict[str, int]:
    with suppress(psycopg.OperationalError), database(running) as connection:
        counts = {what: _one(connection, query) for what, query in UNDONE.items()}
        return {what: count for what, count in counts.items() if count}
    return {"the database is away": 1}


def _audit(running: Running) -> list[str]:
    status, output = running.try_command("audit")
    return [] if status == 0 else [f"audit: {line}" for line in output.splitlines()]


def _acknowledged(connection: psycopg.Connection[Any], journal: Journal) -> list[str]:
    """What somebody was told they have is there, and stays paid unless it was given back."""
    rows = connection.execute("SELECT public_id, status FROM orders").fetchall()
    known = {str(public_id): str(status) for public_id, status in rows}
    begun = journal.told("order_id") | journal.told("id")
    paid = {
        done.told["id"]
        for done in journal.operations
        if done.state == OK and done.told.get("status") == "PAID"
    }
    returned = {done.key for done in journal.operations if done.op == "refund"}
    surely_returned = journal.told("order", "refund")
    stays = {order: known[order] for order in paid & known.keys()}
    return [
        *(f"order {order} was acknowledged and is not there" for order in begun - known.keys()),
        *(
            f"order {order} was told to be paid and is {status}"
            for order, status in stays.items()
            if status != "paid" and not (status in GIVEN_BACK and order in returned)
        ),
        *(
            f"order {order} was told to be given back and is {known[order]}"
            for order in surely_returned & known.keys()
            if known[order] not in GIVEN_BACK
        ),
    ]


def _charges(running: Running, connection: psycopg.Connection[Any]) -> list[str]:
    """Every charge has its tickets or went back: told from Stripe's list, not from ours."""
    accounts = connection.execute(
        "SELECT DISTINCT stripe_account FROM sellers WHERE stripe_account IS NOT NULL"
    ).fetchall()
    charges = [charge for (account,) in accounts for charge in running.charges(account)]
    query = """
        SELECT o.public_id, o.status,
               (SELECT sum(quantity) FROM order_lines l WHERE l.order_id = o.id),
               (SELECT count(*) FROM tickets t WHERE t.order_id = o.id)
        FROM orders o
    """
    orders = {row[0]: row[1:] for row in connection.execute(query).fetchall()}
    found, charged = [], set()
    for charge in charges:
        order = charge["metadata"].get("order")
        status, places, tickets = orders.get(order, ("missing", 0, 0))
        if order in charged:
            found.append(f"order {order} was charged twice")
        charged.add(order)
        went_back = charge["amount_refunded"] == charge["amount"]
        has_tickets = status == "paid" and places == tickets
        if not went_back and not has_tickets:
            found.append(
                f"charge {charge['id']} of order {order} ({status}) has {tickets} tickets for"
                f" {places} places, and {charge['amount_refunded']} of {charge['amount']} went back"
            )
    return found


def _places(connection: psycopg.Connection[Any], event_id: str) -> list[str]:
    rows = connection.execute(
        """
        SELECT t.public_id, s.capacity, s.held, s.sold,
               (SELECT count(*) FROM tickets k
                WHERE k.tier_id = t.id AND k.status IN ('valid', 'used'))
        FROM tiers t JOIN stocks s ON s.tier_id = t.id JOIN events e ON e.id = t.event_id
        WHERE e.public_id = %s
        """,
        [event_id],
    ).fetchall()
    return [
        f"tier {tier}: {standing} tickets stand, {sold} are counted, {held} held, {capacity} places"
        for tier, capacity, held, sold, standing in rows
        if standing != sold or held + sold > capacity
    ]


def _admissions(connection: psycopg.Connection[Any], journal: Journal) -> list[str]:
    """By what doors were told, and by the rows."""
    told: dict[str, set[str]] = {}
    for done in journal.operations:
        if done.op == "admission":
            told.setdefault(done.told["ticket"], set()).add(done.key)
    rows = connection.execute(
        """
        SELECT t.public_id FROM tickets t JOIN check_ins c ON c.ticket_id = t.id
        WHERE c.undone_at IS NULL
        """
    ).fetchall()
    inside = {str(row[0]) for row in rows}
    twice = [ticket for ticket, scans in told.items() if len(scans) > 1]
    return [
        *(f"ticket {ticket} was admitted twice" for ticket in twice),
        *(f"ticket {ticket} was admitted and has no row" for ticket in told.keys() - inside),
    ]


def _letters(connection: psycopg.Connection[Any]) -> list[str]:
    """One letter an order whose tickets stand. What was given back before it could be written
    needs none; nothing is written twice."""
    rows = connection.execute(
        """
        SELECT o.public_id, count(m.id) FROM orders o
        LEFT JOIN mails m ON m.key = 'tickets:' || o.id
        WHERE EXISTS (SELECT 1 FROM tickets t WHERE t.order_id = o.id)
        GROUP BY o.id
        HAVING count(m.id) > 1 OR (count(m.id) = 0 AND EXISTS (
            SELECT 1 FROM tickets t WHERE t.order_id = o.id AND t.status IN ('valid', 'used')))
        """
    ).fetchall()
    return [f"order {order} has {count} letters with its tickets" for order, count in rows]


def _one(connection: psycopg.Connection[Any], query: str) -> int:
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0
