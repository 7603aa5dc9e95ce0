"""What a webhook costs where others have done its work already, and when it is worked on at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta

import psycopg
import pytest
from flask import Flask

from tests.domain.test_webhooks import deliver, of_session, statuses, told
from tests.factories.inventory import counts
from tests.factories.orders import start_paying, the_order, tickets_of
from tests.fixtures.browser import Browser
from tests.fixtures.mailbox import Mailbox
from tests.fixtures.queries import Statements
from tests.fixtures.till import Till
from tests.people import Person
from tixapp.clockwork import Clockwork
from tixapp.core.facts import LATER
from tixapp.events.models import Event, Tier
from tixapp.orders.flows import payments
from tixapp.orders.models import OrderStatus
from tixapp.webhooks.jobs import work_off_events
from tixapp.webhooks.models import StripeEventStatus
from tixapp.worker import HEAD_START, NOTHING, what_is_due, work_off_all

Counting = Callable[[], AbstractContextManager[Statements]]
Move = Callable[[datetime | timedelta], datetime]


def test_an_event_of_money_that_is_booked_already_needs_nobody(
    client: Browser, till: Till, event: Event, floor: Tier, bob: Person, queries: Counting
) -> None:
    order = start_paying(event, bob.user, {floor: 2})
    told_of = of_session(order, till.pay().id)
    payments().settle_order(order.id)
    till.calls.clear()
    forged = told_of | {"id": "evt_2", "account": "acct_of_another"}
    for one in (told_of, forged):
        assert deliver(client, till, one) == 200
    with queries() as asked:
        assert work_off_events() == 2
    assert statuses() == [StripeEventStatus.DONE, StripeEventStatus.IGNORED]
    assert (till.calls, len(asked)) == ([], 7)
    assert (len(tickets_of(order)), counts(floor)) == (2, (0, 2))


def test_an_event_is_stored_by_one_statement(
    client: Browser, till: Till, queries: Counting
) -> None:
    with queries() as asked:
        assert deliver(client, till, told("invoice.paid", {}, account="acct_1")) == 200
    assert len(asked) == 1, "\n".join(asked)


def test_a_webhook_waits_a_moment_for_the_buyer_who_comes_back(
    client: Browser,
    till: Till,
    mailbox: Mailbox,
    event: Event,
    floor: Tier,
    bob: Person,
    at: Move,
) -> None:
    order = start_paying(event, bob.user, {floor: 2})
    deliver(client, till, of_session(order, till.pay().id))
    till.calls.clear()
    assert (what_is_due(), work_off_all(), till.calls) == (NOTHING, 0, [])
    at(HEAD_START)
    work_off_all()
    assert (the_order(order.public_id).status, till.calls) == (OrderStatus.PAID, ["read"])
    assert [letter.recipient for letter in mailbox.letters] == ["bob@example.com"]
    assert what_is_due() == NOTHING


@dataclass
class Line:
    """A connection that has heard something."""

    heard: list[str]

    def notifies(self, **_: object) -> Iterator[psycopg.Notify]:
        while self.heard:
            yield psycopg.Notify("tixapp_facts", self.heard.pop(0), 1)


@pytest.mark.parametrize(
    ("heard", "told"), [([], False), ([LATER], False), ([""], True), (["", LATER], True)]
)
def test_what_is_for_later_wakes_nobody_now(app: Flask, heard: list[str], told: bool) -> None:
    clock = Clockwork(app)
    clock.stopped.set()  # it does not wait
    line = Line(list(heard))
    assert clock._is_told(line) is told  # type: ignore[arg-type]
    assert ("look" in clock._next) is (LATER in heard)
