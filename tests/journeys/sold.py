"""An event that has sold out, made in a moment: its payments at the Stripe sandbox, by Stripe's own
API, and its orders straight in the tables, as buyers would have left them."""

from __future__ import annotations

import json
import urllib.parse
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import psycopg

from tests.journeys.running import Running

PRICE, FEE, EACH = 2500, 50, 2
AT_ONCE = 4
IS_BUYER = "crowd{number}@example.com"

ROWS = """
CREATE TEMPORARY TABLE sold AS
SELECT n, intent FROM unnest(%(intents)s::text[]) WITH ORDINALITY AS paid (intent, n);

WITH e AS (
    SELECT e.id AS event_id, t.id AS tier_id, s.stripe_account AS account
    FROM events e JOIN tiers t ON t.event_id = e.id JOIN sellers s ON s.id = e.seller_id
    WHERE e.public_id = %(event)s
), people AS (
    INSERT INTO users (public_id, name, email, email_key, password_hash, created_at, confirmed_at,
                       is_admin)
    SELECT 'usr_crowd' || n, 'Buyer ' || n, 'crowd' || n || '@example.com',
           'crowd' || n || '@example.com', 'none', now(), now(), false FROM sold
    RETURNING id, substr(public_id, 10)::int AS n
), held AS (
    INSERT INTO holds (public_id, event_id, user_id, status, placed_at, expires_at, ended_at)
    SELECT 'hold_crowd' || n, e.event_id, people.id, 'converted', now(), now(), now() FROM people, e
    RETURNING id, user_id, substr(public_id, 11)::int AS n
), hold_line AS (
    INSERT INTO hold_lines (hold_id, tier_id, quantity)
    SELECT held.id, e.tier_id, %(each)s FROM held, e
), allowance AS (
    INSERT INTO allowances (event_id, user_id, held, sold)
    SELECT e.event_id, held.user_id, 0, %(each)s FROM held, e
), bought AS (
    INSERT INTO orders (public_id, event_id, buyer_id, hold_id, status, currency, subtotal_minor,
                        fee_minor, total_minor, stripe_account, placed_at, settled_at)
    SELECT 'ord_crowd' || n, e.event_id, user_id, held.id, 'paid', 'EUR', %(total)s, %(fee)s,
           %(total)s, e.account, now(), now()
    FROM held, e
    RETURNING id, buyer_id, substr(public_id, 10)::int AS n
), line AS (
    INSERT INTO order_lines (order_id, tier_id, quantity, unit_price_minor)
    SELECT bought.id, e.tier_id, %(each)s, %(total)s / %(each)s FROM bought, e
    RETURNING id, order_id
), paid AS (
    INSERT INTO payments (public_id, order_id, attempt, status, stripe_account, amount_minor,
                          fee_minor, currency, stripe_intent, opened_at, session_expires_at,
                          request, look_at, settled_at)
    SELECT 'pay_crowd' || n, bought.id, 1, 'succeeded', e.account, %(total)s, %(fee)s, 'EUR',
           sold.intent, now(), now(), '{}', now(), now()
    FROM bought JOIN sold USING (n), e
    RETURNING id, stripe_intent, stripe_account
), booked AS (
    INSERT INTO ledger (kind, cause, payment_id, stripe_account, amount_minor, currency, entered_at)
    SELECT kind, stripe_intent, id, stripe_account, amount, 'EUR', now()
    FROM paid, (VALUES ('captured', %(total)s), ('fee', %(fee)s)) kinds (kind, amount)
), stock AS (
    UPDATE stocks SET sold = %(each)s * (SELECT count(*) FROM sold) FROM e
    WHERE stocks.tier_id = e.tier_id
)
INSERT INTO tickets (public_id, order_id, order_line_id, number, event_id, tier_id, holder_id,
                     holder_name, status, issued_at)
SELECT lpad(upper(to_hex(%(each)s * line.id + number)), 13, 'C'), line.order_id, line.id, number,
       e.event_id, e.tier_id, bought.buyer_id, '', 'valid', now()
FROM line JOIN bought ON bought.id = line.order_id, e, generate_series(1, %(each)s) number;
"""


def sell(running: Running, event: str, account: str, orders: int) -> None:
    """Two tickets to each of so many people (`IS_BUYER`); `event` has one tier, at `PRICE`."""
    with _no_webhooks(running), ThreadPoolExecutor(AT_ONCE) as pool:
        paid = list(pool.map(lambda n: _pay(running, account, n), range(1, orders + 1)))
    values = {"event": event, "intents": paid, "each": EACH, "total": EACH * PRICE, "fee": FEE}
    first, second = ROWS.split(";")[:2]
    with psycopg.connect(running.settings()["DATABASE_URL"]) as connection:
        connection.execute(first, values)
        connection.execute(second, values)


def _pay(running: Running, account: str, number: int) -> str:
    """A payment as the product asks for one; its intent."""
    session = stripe(
        running,
        "/v1/checkout/sessions",
        account,
        {
            "mode": "payment",
            "success_url": f"{running.url}/",
            "line_items[0][quantity]": EACH,
            "line_items[0][price_data][currency]": "eur",
            "line_items[0][price_data][unit_amount]": PRICE,
            "line_items[0][price_data][product_data][name]": "Floor",
            "payment_intent_data[application_fee_amount]": FEE,
            "payment_intent_data[metadata][payment]": f"pay_crowd{number}",
        },
    )
    running.control(f"/checkout/sessions/{session['id']}/pay")
    return str(stripe(running, f"/v1/checkout/sessions/{session['id']}", account)["payment_intent"])


@contextmanager
def _no_webhooks(running: Running) -> Iterator[None]:
    """Stripe says nothing of these payments: there would be a thousand letters about them."""
    running.control("/faults", action="lose", type="*", count=1_000_000)
    try:
        yield
    finally:
        running.delete_control("/faults")


def stripe(running: Running, path: str, account: str, body: dict[str, Any] | None = None) -> Any:
    """Stripe's API, as the seller's account."""
    headers = {
        "Authorization": f"Bearer {running.settings()['STRIPE_API_KEY']}",
        "Stripe-Account": account,
    }
    data = urllib.parse.urlencode(body).encode() if body is not None else None
    request = urllib.request.Request(f"{running.stripe}{path}", data=data, headers=headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)
