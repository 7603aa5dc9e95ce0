"""Cancelling an event: said in numbers first, confirmed by its name, followed to its end."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace

import pytest

from tests.factories.accounts import make_user
from tests.factories.events import make_event, make_tier
from tests.factories.inventory import hold_places
from tests.factories.orders import buy, start_paying, the_order, the_payment
from tests.fixtures.app import new_browser
from tests.fixtures.mailbox import Mailbox
from tests.fixtures.till import Till
from tests.people import Person
from tests.web.html import attribute, texts
from tixapp.core.db import db
from tixapp.core.trail import history
from tixapp.events.models import Event, EventStatus, Tier
from tixapp.gateways.stripe import Balance, RefundMade, StripeRefused, StripeUnavailable
from tixapp.ops.audit import run_audit
from tixapp.orders.models import OrderStatus
from tixapp.payments.jobs import learn_stripe_fees
from tixapp.refunds.flows import refunds
from tixapp.refunds.jobs import settle_cancelled_events, work_on_refunds
from tixapp.sellers.models import Seller


@pytest.fixture
def floor(event: Event) -> Tier:
    return make_tier(event, "Floor", price_minor=2500, capacity=10)


@pytest.fixture
def page(event: Event) -> str:
    return f"/sell/events/{event.public_id}/cancellation"


def status_of(event: Event) -> EventStatus:
    return db.session.get_one(Event, event.id).status


def put_in(till: Till, event: Event, minor: int, pending: int = 0) -> None:
    account = db.session.get_one(Seller, event.seller_id).stripe_account or ""
    till.balances[account] = Balance({event.currency: minor}, {event.currency: pending})


def test_it_says_first_what_would_happen_and_does_nothing(
    till: Till, alice: Person, bob: Person, carol: Person, dan: Person, event: Event, floor: Tier,
    page: str,
) -> None:  # fmt: skip
    buy(till, event, bob.user, {floor: 2})
    start_paying(event, carol.user, {floor: 1})
    hold_places(event, dan.user, {floor: 1})
    free = make_tier(event, "Guests", price_minor=0)
    buy(till, event, make_user("Gus"), {free: 1})
    put_in(till, event, 4000, pending=700)
    assert "Stripe keeps" not in alice.browser.get(page).text  # it has not told yet
    learn_stripe_fees()
    shown = alice.browser.get(page).text
    assert texts(shown, "dd") == [
        *("€50.00", "in 1 paid order"),
        "3",
        *("1", "are ended, or refunded"),
    ]
    assert "2 people are choosing or paying right now" in shown
    assert "1 free order is cancelled." in shown
    assert "Stripe keeps what it took for the payments, €0.30" in shown
    assert "€40.00 available, €10.00 less than what goes back" in shown
    assert "Another €7.00 is on its way" in shown
    assert status_of(event) == EventStatus.PUBLISHED


def test_it_says_when_the_balance_is_enough(
    till: Till, alice: Person, bob: Person, event: Event, floor: Tier, page: str
) -> None:
    buy(till, event, bob.user, {floor: 1})
    put_in(till, event, 2500)
    assert "€25.00 available: enough for all refunds" in alice.browser.get(page).text


def test_it_does_not_guess_a_balance_that_stripe_does_not_tell(
    till: Till, alice: Person, event: Event, floor: Tier, page: str
) -> None:
    till.fault(StripeUnavailable("away"))
    shown = alice.browser.get(page)
    assert (shown.status_code, "does not tell us" in shown.text) == (200, True)


@pytest.mark.parametrize("name", ["", "Night", "Night Trains!"])
def test_without_the_events_name_nothing_is_cancelled(
    till: Till, alice: Person, event: Event, page: str, name: str
) -> None:
    refused = alice.browser.submit(page, name=name)
    assert refused.status_code == 422
    assert "Nothing was cancelled" in refused.text
    assert status_of(event) == EventStatus.PUBLISHED
    assert history(event.public_id) == []


def test_it_is_cancelled_and_followed_to_its_end(
    till: Till, alice: Person, bob: Person, carol: Person, event: Event, floor: Tier, page: str,
    work: Callable[[], Mailbox],
) -> None:  # fmt: skip
    orders = [buy(till, event, person.user, {floor: 1}) for person in (bob, carol)]
    answer = alice.browser.submit(page, name=" night  TRAINS ")
    assert (answer.status_code, answer.location) == (303, page)
    assert status_of(event) == EventStatus.CANCELLED
    [deed] = history(event.public_id)
    assert (deed.deed, deed.by) == ("event.cancelled", alice.id)
    waiting = alice.browser.get(page)
    # Without a script the page looks again by itself; with one, only the part that changes.
    assert attribute(waiting.text, "meta", "content", http_equiv="refresh") == ["4"]
    assert attribute(waiting.text, "progress", "value") == ["0"]
    settle_cancelled_events()
    work_on_refunds()
    done = alice.browser.get(page)
    assert attribute(done.text, "meta", "content", http_equiv="refresh") == []
    assert "Everyone has been refunded" in done.text
    assert attribute(done.text, "progress", "value", max="2") == ["2"]
    assert {the_order(order.public_id).status for order in orders} == {OrderStatus.REFUNDED}
    assert f"Cancelled: {event.name}" in [letter.subject for letter in work().to(bob.email)]
    assert "The event was cancelled" in bob.browser.get(f"/orders/{orders[0].public_id}").text
    assert run_audit() == []


def test_the_part_that_changes_is_asked_for_by_itself_and_costs_little_while_it_is_the_same(
    till: Till, alice: Person, bob: Person, event: Event, floor: Tier, page: str,
    queries: Callable[[], AbstractContextManager[list[str]]],
) -> None:  # fmt: skip
    buy(till, event, bob.user, {floor: 1})
    part = f"{page}/progress"
    assert alice.browser.get(part).location == page  # it is not cancelled yet
    alice.browser.submit(page, name=event.name)
    with queries() as asked:
        first = alice.browser.get(part)
    assert len(asked) == 7, "\n".join(asked)  # who asks, the event, two counts, the failures
    assert attribute(first.text, "div", "data-part") == ["words", "counts", "failures"]
    assert attribute(first.text, "progress", "value") == ["0"]
    assert "Retry-After" not in first.headers
    same = alice.browser.get(part, headers={"If-None-Match": first.headers["ETag"]})
    assert (same.status_code, same.text) == (304, "")
    settle_cancelled_events()
    work_on_refunds()
    done = alice.browser.get(part, headers={"If-None-Match": first.headers["ETag"]})
    assert "Everyone has been refunded" in done.text
    assert done.headers["Retry-After"] == "30"


def test_cancelling_twice_is_no_fault_and_writes_one_row(
    till: Till, alice: Person, event: Event, page: str
) -> None:
    for _ in range(2):
        assert alice.browser.submit(page, name=event.name).status_code == 303
    assert len(history(event.public_id)) == 1


def test_failures_are_listed_with_their_reason_and_all_go_out_again(
    till: Till, alice: Person, bob: Person, carol: Person, event: Event, floor: Tier, page: str,
    work: Callable[[], Mailbox], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    for person in (bob, carol):
        buy(till, event, person.user, {floor: 1})
    alice.browser.submit(page, name=event.name)
    settle_cancelled_events()

    def refuse(**_asked: object) -> RefundMade:
        raise StripeRefused("Insufficient funds.", "balance_insufficient")

    with monkeypatch.context() as patch:
        patch.setattr(till, "refund", refuse)
        work_on_refunds()
    failed = alice.browser.get(page)
    assert "Some refunds need you" in failed.text
    assert failed.text.count("Insufficient funds.") == 2
    letters = [one for one in work().to(alice.email) if "Refunds did not go through" in one.subject]
    assert len(letters) == 1  # not one for each
    assert page in letters[0].text
    alice.browser.submit(f"{page}/retries")
    work_on_refunds()
    assert "Everyone has been refunded" in alice.browser.get(page).text
    assert len(till.refunds) == 2
    assert run_audit() == []


def test_one_failed_refund_goes_out_again_from_the_list(
    till: Till, alice: Person, bob: Person, event: Event, floor: Tier, page: str
) -> None:
    buy(till, event, bob.user, {floor: 1})
    alice.browser.submit(page, name=event.name)
    settle_cancelled_events()
    till.fault(StripeRefused("No.", "balance_insufficient"))
    work_on_refunds()
    [retry] = [
        action
        for action in attribute(alice.browser.get(page).text, "form", "action", method="post")
        if action and action.endswith("/retry")
    ]
    assert alice.browser.submit(retry).status_code == 303
    work_on_refunds()
    assert "Everyone has been refunded" in alice.browser.get(page).text


def test_a_refund_that_a_bank_sends_back_is_told_in_plain_words(
    till: Till, alice: Person, bob: Person, event: Event, floor: Tier, page: str
) -> None:
    order = buy(till, event, bob.user, {floor: 1})
    alice.browser.submit(page, name=event.name)
    settle_cancelled_events()
    work_on_refunds()
    for key, made in till.refunds.items():
        till.refunds[key] = replace(made, status="failed", failure="expired_or_canceled_card")
    refunds().sync(the_payment(order).id)
    for path in (page, f"/sell/orders/{order.public_id}"):
        assert "The card has expired or was cancelled." in alice.browser.get(path).text
    alice.browser.submit(f"{page}/retries")
    work_on_refunds()
    assert "Everyone has been refunded" in alice.browser.get(page).text
    assert run_audit() == []  # our fee went back once, though the money went out twice


@pytest.mark.parametrize("status", [EventStatus.DRAFT, EventStatus.ENDED])
def test_a_draft_and_an_event_that_is_over_cannot_be_cancelled(
    till: Till, alice: Person, status: EventStatus
) -> None:
    assert alice.seller
    event = make_event(alice.seller, "Other", status=status)
    page = f"/sell/events/{event.public_id}/cancellation"
    assert 'name="name"' not in alice.browser.get(page).text
    alice.browser.submit(page, name=event.name)
    assert status_of(event) == status


def test_a_stranger_is_asked_to_sign_in(event: Event, alice: Person, page: str) -> None:
    nobody = new_browser(alice.app)
    assert nobody.get(page).location.startswith("/sign-in?")
    assert nobody.submit(page, name=event.name).status_code == 303
    assert status_of(event) == EventStatus.PUBLISHED
