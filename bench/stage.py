"""People, events and sold tickets, straight into the tables: a million rows in seconds."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from tests.faults.scene import OnSale, database, make_event, make_seller
from tests.journeys.running import Running
from tixapp.tickets.codes import TicketCodes

PRICE = 2000
PLENTY = 9_000_000
AN_ORDER = 4
_PLACE = """(SELECT e.id AS event, t.id AS tier FROM events e JOIN tiers t ON t.event_id = e.id
             WHERE e.public_id = %(event)s AND t.public_id = %(tier)s) place"""
# A hold, its order and its line have one number: nothing has to be looked up.
SOLD = [
    f"""
    INSERT INTO holds (id, public_id, event_id, user_id, status, placed_at, expires_at, ended_at)
    OVERRIDING SYSTEM VALUE
    SELECT %(base)s + n, 'hold_' || %(base)s + n, event, %(base)s + n, 'converted', now(), now(),
           now()
    FROM generate_series(1, %(orders)s) n, {_PLACE}
    """,  # noqa: S608 - all parts are ours
    f"""
    INSERT INTO orders (id, public_id, event_id, buyer_id, hold_id, status, currency,
                        subtotal_minor, fee_minor, total_minor, placed_at, settled_at)
    OVERRIDING SYSTEM VALUE
    SELECT %(base)s + n, 'ord_' || %(base)s + n, event, %(base)s + n, %(base)s + n, 'paid', 'EUR',
           0, 0, 0, now(), now()
    FROM generate_series(1, %(orders)s) n, {_PLACE}
    """,  # noqa: S608 - all parts are ours
    f"""
    INSERT INTO order_lines (id, order_id, tier_id, quantity, unit_price_minor)
    OVERRIDING SYSTEM VALUE
    SELECT %(base)s + n, %(base)s + n, tier, %(each)s, 0
    FROM generate_series(1, %(orders)s) n, {_PLACE}
    """,  # noqa: S608 - all parts are ours
    f"""
    INSERT INTO tickets (public_id, order_id, order_line_id, number, event_id, tier_id, holder_id,
                         holder_name, status, issued_at)
    SELECT upper(translate(
               substr(md5(%(base)s::text), 1, 4) || lpad(to_hex(n * %(each)s + number), 8, '0')
               || 'a', '0189', 'ghjk')),
           %(base)s + n, %(base)s + n, number, event, tier, %(base)s + n, 'B', 'valid', now()
    FROM generate_series(1, %(orders)s) n, generate_series(1, %(each)s) number, {_PLACE}
    """,  # noqa: S608 - all parts are ours
    f"""
    UPDATE stocks SET sold = sold + %(orders)s * %(each)s FROM {_PLACE}
    WHERE tier_id = place.tier
    """,  # noqa: S608 - all parts are ours
]


@dataclass(frozen=True)
class Stage:
    running: Running
    seller_key: str
    buyers: int

    def key(self, number: int) -> str:
        return f"tix_bench_{number}"

    def event(self, name: str, *, tiers: int = 1, price: int = PRICE) -> OnSale:
        places = [(price, PLENTY)] * tiers
        return make_event(self.running, self.seller_key, name, places, limit=100)


def set_up(running: Running, *, buyers: int) -> Stage:
    """The keys count as used just now: what is noted of a key's use every five minutes would
    otherwise be noted at every request, since each buyer asks once."""
    with database(running) as connection:
        connection.execute(
            """
            WITH people AS (
                INSERT INTO users (public_id, email, email_key, name, password_hash, is_admin,
                                   created_at, confirmed_at)
                SELECT 'usr_bench' || n, 'b' || n || '@bench.example.com',
                       'b' || n || '@bench.example.com', 'B', 'none', false, now(), now()
                FROM generate_series(0, %(buyers)s - 1) n RETURNING id, public_id
            )
            INSERT INTO api_keys (public_id, user_id, label, token_hash, scopes, created_at,
                                  used_at)
            SELECT 'key_' || substr(public_id, 5), id, 'bench',
                   sha256(convert_to('tix_bench_' || substr(public_id, 10), 'UTF8')), '[]',
                   now(), now() FROM people
            """,
            {"buyers": buyers},
        )
        connection.execute("ANALYZE users")
        connection.execute("ANALYZE api_keys")
    return Stage(running, make_seller(running), buyers)


def door_keys(stage: Stage, count: int) -> list[str]:
    """Keys of the seller's, one for each scanner."""
    with database(stage.running) as connection:
        connection.execute(
            """
            INSERT INTO api_keys (public_id, user_id, label, token_hash, scopes, created_at,
                                  used_at)
            SELECT 'key_door' || n, k.user_id, 'door',
                   sha256(convert_to('tix_door_' || n, 'UTF8')), '[]', now(), now()
            FROM generate_series(0, %(count)s - 1) n, api_keys k
            WHERE k.token_hash = sha256(convert_to(%(seller)s, 'UTF8'))
            """,
            {"count": count, "seller": stage.seller_key},
        )
    return [f"tix_door_{number}" for number in range(count)]


def sell(stage: Stage, on_sale: OnSale, count: int) -> None:
    """At least `count` tickets of the first tier, a few an order, each of a person's own: whoever
    has sold so many has as many orders, and the database plans its questions by that."""
    orders = -(-count // AN_ORDER)
    values = {
        "event": on_sale.event_id,
        "tier": on_sale.tiers[0],
        "base": (1 + secrets.randbelow(10**6)) * 10**9,
        "orders": orders,
        "each": AN_ORDER,
    }
    with database(stage.running) as connection, connection.transaction():
        # The rows fit together by construction: checking each reference takes longer than they do.
        connection.execute("SET LOCAL session_replication_role = replica")
        for statement in SOLD:
            connection.execute(statement, values)
    with database(stage.running) as connection:
        connection.execute("VACUUM ANALYZE holds, orders, order_lines, tickets")


def codes_of(stage: Stage, on_sale: OnSale, count: int) -> list[str]:
    """What the QRs of `count` tickets show."""
    import base64

    seed = base64.b64decode(stage.running.settings()["TICKET_SIGNING_KEY"])
    codes = TicketCodes(seed)
    with database(stage.running) as connection:
        rows = connection.execute(
            """
            SELECT t.public_id FROM tickets t JOIN events e ON e.id = t.event_id
            WHERE e.public_id = %s ORDER BY t.id LIMIT %s
            """,
            [on_sale.event_id, count],
        ).fetchall()
    return [codes.code_for(row[0]) for row in rows]
