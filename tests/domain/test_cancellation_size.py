"""Ten thousand orders of one event go back, also when the run is killed half-way."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.factories.accounts import make_user
from tests.factories.events import make_event, make_tier
from tests.factories.sellers import make_seller
from tests.fixtures.app import DbSession
from tests.fixtures.queries import Statements
from tests.fixtures.till import Till
from tests.fixtures.time import NOON
from tixapp.core.db import db, transaction
from tixapp.events.actions import cancel
from tixapp.events.models import Event
from tixapp.ops.audit import CHECKS
from tixapp.ops.audit.provider import books_equal_the_providers
from tixapp.refunds import cancellation
from tixapp.refunds.jobs import settle_cancelled_events
from tixapp.refunds.queries import cancellation_progress

ORDERS = 10_000
KILLED_AFTER = 4_000
STATEMENTS_AN_ORDER = 16  # one of them asks whether anybody waits for the places
# Our own time for a statement with all that belongs to it, in those for the least there is, asked
# in the same minute (5.4 when this was written): how busy the machine is says nothing.
DEAREST = 12

Counting = Callable[[], AbstractContextManager[Statements]]

# Each order: two places at 25.00 and a booking fee of 0.50, held, paid, booked, with its tickets.
ROWS = """
INSERT INTO users (public_id, name, email, email_key, password_hash, created_at, is_admin)
SELECT 'usr_' || i, 'Buyer ' || i, 'buyer' || i || '@example.com', 'buyer' || i || '@example.com',
       'x', :now, false
FROM generate_series(1, :orders) i;

INSERT INTO holds (public_id, event_id, user_id, status, placed_at, expires_at, ended_at)
SELECT 'hold_' || id, :event, id, 'converted', :now, :now, :now
FROM users WHERE public_id ~ '^usr_[0-9]+$' ORDER BY id;

INSERT INTO hold_lines (hold_id, tier_id, quantity) SELECT id, :tier, 2 FROM holds;

INSERT INTO allowances (event_id, user_id, held, sold)
SELECT event_id, user_id, 0, 2 FROM holds;

INSERT INTO orders (public_id, event_id, buyer_id, hold_id, status, currency, subtotal_minor,
                    fee_minor, total_minor, stripe_account, placed_at, settled_at)
SELECT 'ord_' || id, event_id, user_id, id, 'paid', 'EUR', 5000, 50, 5050, :account, :now, :now
FROM holds ORDER BY id;

INSERT INTO order_lines (order_id, tier_id, quantity, unit_price_minor)
SELECT id, :tier, 2, 2500 FROM orders;

INSERT INTO payments (public_id, order_id, attempt, status, stripe_account, amount_minor, fee_minor,
                      currency, stripe_session, stripe_intent, opened_at, session_expires_at,
                      request, look_at, settled_at)
SELECT 'pay_' || id, id, 1, 'succeeded', :account, 5050, 50, 'EUR', 'cs_' || id, 'pi_' || id,
       :now, :now, '{}', :now, :now
FROM orders;

INSERT INTO ledger (kind, cause, payment_id, stripe_account, amount_minor, currency, entered_at)
SELECT kind, stripe_intent, id, :account, amount, 'EUR', :now
FROM payments, (VALUES ('captured', 5050), ('fee', 50)) kinds (kind, amount);

INSERT INTO tickets (public_id, order_id, order_line_id, number, event_id, tier_id, holder_id,
                     holder_name, status, issued_at)
SELECT lpad((2 * l.id + n)::text, 13, 'A'), o.id, l.id, n, o.event_id, l.tier_id, o.buyer_id, '',
       'valid', :now
FROM orders o JOIN order_lines l ON l.order_id = o.id, generate_series(1, 2) n;

UPDATE stocks SET sold = 2 * :orders WHERE tier_id = :tier;
ANALYZE;
"""


class Killed(BaseException):
    """As when the process is killed: nobody catches it."""


@pytest.fixture(autouse=True)
def _rolled_back(committed: DbSession, now: datetime) -> None:
    """Real commits, as a killed run leaves them behind."""


@pytest.fixture
def event(app: Flask) -> Event:
    seller = make_seller(make_user("Alice"))
    event = make_event(seller, fee_passed_on=True)
    tier = make_tier(event, capacity=2 * ORDERS)
    values: dict[str, Any] = {
        "now": NOON,
        "event": event.id,
        "tier": tier.id,
        "account": seller.stripe_account,
        "orders": ORDERS,
    }
    with transaction():
        for statement in ROWS.split(";"):
            if statement.strip():
                wanted = {name: values[name] for name in values if f":{name}" in statement}
                db.session.execute(sa.text(statement), wanted)
    return event


def differences() -> list[str]:
    """The audit, but for the provider's own list, which no till of tests has in this size."""
    return [line for check in CHECKS if check is not books_equal_the_providers for line in check()]


def counted(sql: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in db.session.execute(sa.text(sql))]


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_ten_thousand_orders_are_refunded_though_the_first_run_is_killed(
    event: Event, till: Till, queries: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    event_id = event.id
    assert differences() == []
    with transaction():
        cancel(event_id, by=None, now=NOON)
    with _killed_after(KILLED_AFTER, monkeypatch), pytest.raises(Killed):
        settle_cancelled_events()
    db.session.remove()
    halfway = cancellation_progress(event_id)
    assert (halfway.waiting, halfway.under_way) == (ORDERS - KILLED_AFTER, KILLED_AFTER)
    assert differences() == []
    least = _least_statement()
    began = time.process_time()
    with queries() as asked:
        assert settle_cancelled_events() == ORDERS - KILLED_AFTER
    worked = time.process_time() - began
    least = max(least, _least_statement())
    per_order = len(asked) / (ORDERS - KILLED_AFTER)
    db.session.remove()
    progress = cancellation_progress(event_id)
    assert (progress.waiting, progress.under_way, progress.failed) == (0, ORDERS, 0)
    assert counted("SELECT status, count(*) FROM orders GROUP BY 1") == [("refunded", ORDERS)]
    assert counted("SELECT status, count(*) FROM tickets GROUP BY 1") == [("refunded", 2 * ORDERS)]
    assert counted("SELECT sum(amount_minor), count(DISTINCT order_id) FROM refunds") == [
        (5050 * ORDERS, ORDERS)
    ]
    assert counted("SELECT sold, held FROM stocks") == [(0, 0)]
    assert counted("SELECT sum(sold), sum(held) FROM allowances") == [(0, 0)]
    assert counted("SELECT count(*) FROM facts WHERE name = 'TicketsReturned'") == [(ORDERS,)]
    assert differences() == []
    assert settle_cancelled_events() == 0
    assert per_order < STATEMENTS_AN_ORDER + 0.1  # and one for each hundred orders
    assert worked / len(asked) < DEAREST * least


def _least_statement() -> float:
    """Seconds of this process's own time for the least that can be asked."""
    least, times = sa.text("SELECT 1"), 2000
    began = time.process_time()
    for _ in range(times):
        db.session.execute(least).scalar()
    db.session.rollback()
    return (time.process_time() - began) / times


class _killed_after:  # noqa: N801 - used as a word in `with`
    """The process dies at the order after so many, in the midst of its transaction."""

    def __init__(self, orders: int, monkeypatch: pytest.MonkeyPatch) -> None:
        self.left, self.monkeypatch, self.real = orders, monkeypatch, cancellation.refund_order

    def __enter__(self) -> None:
        self.monkeypatch.setattr(cancellation, "refund_order", self._refund)

    def __exit__(self, *_: object) -> None:
        self.monkeypatch.setattr(cancellation, "refund_order", self.real)

    def _refund(self, *args: Any, **named: Any) -> Any:
        made = self.real(*args, **named)
        if self.left == 0:
            db.session.flush()
            raise Killed
        self.left -= 1
        return made
