"""An event of three hundred orders is cancelled while Stripe refuses and falters and the worker is
killed half-way: it is carried on, the failures are told and tried again, and the books are in
order."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from tests.domain.test_cancellation_size import ROWS as ROWS_OF_ORDERS
from tests.domain.test_cancellation_size import Killed, counted, differences
from tests.factories.accounts import make_user
from tests.factories.events import make_event, make_tier
from tests.factories.sellers import make_seller
from tests.fixtures.app import DbSession
from tests.fixtures.till import Till
from tests.fixtures.time import NOON
from tests.people import Person
from tixapp.core.db import db, transaction
from tixapp.events.actions import cancel
from tixapp.events.models import Event
from tixapp.gateways.stripe import RefundMade, StripeRefused, StripeUnavailable
from tixapp.refunds import cancellation
from tixapp.refunds.jobs import settle_cancelled_events, work_on_refunds
from tixapp.refunds.queries import cancellation_progress

ORDERS = 300
HALF = 150
FAILING = 7
FALTERING = 5
A_MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _rolled_back(committed: DbSession, now: Any) -> None:
    """Real commits, as a killed run leaves them behind."""


@pytest.fixture
def seller(app: Flask) -> Person:
    user = make_user("Alice")
    return Person(app, user, make_seller(user))


@pytest.fixture
def event(seller: Person) -> Event:
    assert seller.seller
    event = make_event(seller.seller, fee_passed_on=True)
    tier = make_tier(event, capacity=2 * ORDERS)
    values: dict[str, Any] = {
        "now": NOON,
        "event": event.id,
        "tier": tier.id,
        "account": seller.seller.stripe_account,
        "orders": ORDERS,
    }
    with transaction():
        for statement in ROWS_OF_ORDERS.split(";"):
            if statement.strip():
                wanted = {name: values[name] for name in values if f":{name}" in statement}
                db.session.execute(db.text(statement), wanted)
    return event


class Faltering(Till):
    """Refuses some refunds for good, does not answer others, and dies once."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0
        self.is_short_of_money = True
        self.dies_at: int | None = HALF

    def refund(self, **asked: Any) -> Any:
        self.asked += 1
        if self.asked == self.dies_at:
            self.dies_at = None
            raise Killed
        number = int(str(asked["intent"]).removeprefix("pi_"))
        if self.is_short_of_money and number % (ORDERS // FAILING) == 0:
            raise StripeRefused("Insufficient funds.", "balance_insufficient")
        if self.asked % (ORDERS // FALTERING) == 1:
            raise StripeUnavailable("no answer")
        return self._made(asked)

    def _made(self, asked: dict[str, Any]) -> RefundMade:
        if asked["key"] not in self.refunds:
            self.refunds[asked["key"]] = RefundMade(
                id=f"re_{len(self.refunds) + 1}",
                status="succeeded",
                amount_minor=asked["amount_minor"],
                currency="EUR",
                intent=asked["intent"],
                row=asked["row"],
                failure=None,
            )
        return self.refunds[asked["key"]]


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_three_hundred_orders_come_to_their_end(
    app: Flask, seller: Person, event: Event, monkeypatch: pytest.MonkeyPatch, at: Any
) -> None:
    till = Faltering()
    gateways = app.extensions["gateways"]
    monkeypatch.setitem(app.extensions, "gateways", _with(gateways, till))
    event_id, here = event.id, f"/sell/events/{event.public_id}/cancellation"
    browser = seller.browser
    with transaction():
        cancel(event_id, by=seller.id, now=NOON)
    _settle_and_die_half_way(monkeypatch)
    db.session.remove()
    assert cancellation_progress(event_id).waiting == ORDERS - HALF
    assert differences() == []

    settle_cancelled_events()
    with pytest.raises(Killed):
        _work_to_the_end()
    db.session.remove()
    for _ in range(40):
        at(A_MINUTE)
        work_on_refunds()
    db.session.remove()
    progress = cancellation_progress(event_id)
    failed = progress.failed
    assert (progress.waiting, progress.under_way) == (0, 0)
    assert progress.done == ORDERS - failed
    assert failed >= FAILING
    assert differences() == []

    page = browser.get(here).text
    assert "Insufficient funds." in page
    assert f"{ORDERS - failed} of {ORDERS}" in page

    till.is_short_of_money = False
    assert browser.submit(f"{here}/retries").status_code == 303
    for _ in range(20):
        at(A_MINUTE)
        work_on_refunds()
    db.session.remove()
    assert cancellation_progress(event_id).done == ORDERS
    assert counted("SELECT status, count(*) FROM refunds GROUP BY 1") == [("succeeded", ORDERS)]
    back = counted("SELECT -sum(amount_minor) FROM ledger WHERE kind = 'refunded'")
    assert back == [(5050 * ORDERS,)]
    assert len(till.refunds) == ORDERS  # nobody was paid twice
    assert differences() == []


def _settle_and_die_half_way(monkeypatch: pytest.MonkeyPatch) -> None:
    real, done = cancellation.refund_order, []

    def refund(*args: Any, **named: Any) -> Any:
        if len(done) == HALF:
            raise Killed
        done.append(args)
        return real(*args, **named)

    with monkeypatch.context() as patched:
        patched.setattr(cancellation, "refund_order", refund)
        with pytest.raises(Killed):
            settle_cancelled_events()


def _work_to_the_end() -> None:
    while work_on_refunds():
        pass


def _with(gateways: Any, till: Till) -> Any:
    return replace(gateways, stripe=till)
