"""The seller's side: events in numbers, orders found, money given back, the sale paused."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime

import pytest

from tests.factories.accounts import make_user
from tests.factories.events import make_event, make_tier
from tests.factories.orders import (
    buy,
    start_paying,
    the_order,
    ticket_ids,
    ticket_states,
    tickets_of,
)
from tests.factories.sellers import make_member, make_seller
from tests.fixtures.mailbox import Mailbox
from tests.fixtures.queries import Statements
from tests.fixtures.till import Till
from tests.fixtures.time import NOON
from tests.people import Person
from tests.web.html import attribute, elements, texts
from tixapp.core.db import db, transaction
from tixapp.core.trail import history
from tixapp.events.models import Event, EventStatus, Tier
from tixapp.gateways.stripe import StripeRefused
from tixapp.ops.audit import run_audit
from tixapp.orders.models import Order, OrderStatus
from tixapp.payments.models import Refund, RefundStatus
from tixapp.refunds.jobs import work_on_refunds
from tixapp.sellers.models import Role
from tixapp.tickets.actions import Door, check_in_by_id
from tixapp.tickets.models import TicketStatus

Counting = Callable[[], AbstractContextManager[Statements]]


@pytest.fixture
def event(now: datetime, alice: Person) -> Event:
    assert alice.seller
    return make_event(alice.seller, fee_passed_on=True)


@pytest.fixture
def floor(event: Event) -> Tier:
    return make_tier(event, "Floor", price_minor=2500, capacity=10)


@pytest.fixture
def order(till: Till, event: Event, floor: Tier, bob: Person) -> Order:
    """Two places at 25.00 each and a booking fee of 0.50."""
    return buy(till, event, bob.user, {floor: 2})


def page_of(order: Order) -> str:
    return f"/sell/orders/{order.public_id}"


def refunds() -> list[Refund]:
    db.session.expire_all()
    return db.session.query(Refund).order_by(Refund.id).all()


def numbers(page: str) -> dict[str, str]:
    """What the page counts, but for what there is none of."""
    counted = {
        a["data-figure"] or "": text for a, text in elements(page, "dd") if "data-figure" in a
    }
    return {name: text for name, text in counted.items() if text.isdigit() and text != "0"}


def test_the_list_has_every_event_with_what_was_sold(
    alice: Person, event: Event, floor: Tier, order: Order
) -> None:
    assert alice.seller
    make_event(alice.seller, "Not yet", status=EventStatus.DRAFT)
    page = alice.browser.get("/sell/events").text
    assert set(texts(page, "h2")) >= {"Night Trains", "Not yet"}
    assert "2 of 10" in page
    assert "Draft" in page
    assert "/sell/events" in alice.browser.get("/sell/account").text


def test_the_list_is_the_persons_own(event: Event, bob: Person, dan: Person) -> None:
    for person in (bob, dan):
        assert "Night Trains" not in person.browser.get("/sell/events").text


def test_an_event_shows_its_numbers_from_the_ledger(
    till: Till, alice: Person, bob: Person, carol: Person, event: Event, floor: Tier, order: Order
) -> None:
    start_paying(event, carol.user, {floor: 1})
    alice.browser.submit(f"{page_of(order)}/refund", ticket=ticket_ids(order)[:1], fee="without")
    work_on_refunds()
    page = alice.browser.get(f"/sell/events/{event.public_id}").text
    sums = [text for text in texts(page, "dd") if "€" in text]
    assert "of 10 places" in page
    assert numbers(page) == {"sold": "1", "today": "2", "held": "1", "refunded_tickets": "1"}
    # 50.50 came in, 25.00 went back, our fee of 0.50 stays.
    assert sums == ["€50.50", "-€25.00", "-€0.50", "€25.00"]


def test_an_event_costs_the_same_few_statements_however_many_orders_it_has(
    till: Till, alice: Person, bob: Person, carol: Person, event: Event, floor: Tier,
    queries: Counting,
) -> None:  # fmt: skip
    buy(till, event, bob.user, {floor: 1})
    path = f"/sell/events/{event.public_id}"
    alice.browser.get(path)
    with queries() as few:
        assert alice.browser.get(path).status_code == 200
    buy(till, event, carol.user, {floor: 2})
    buy(till, event, bob.user, {floor: 1})
    with queries() as more:
        assert alice.browser.get(path).status_code == 200
    assert len(few) == len(more) <= 10, "\n".join(more)


@pytest.mark.parametrize("by", ["mail", "mail spelt otherwise", "order", "ticket", "typed ticket"])
def test_an_order_is_found(alice: Person, bob: Person, event: Event, order: Order, by: str) -> None:
    ticket = ticket_ids(order)[0]
    wanted = {
        "mail": bob.email,
        "mail spelt otherwise": f"  {bob.email.upper()} ",
        "order": order.public_id,
        "ticket": ticket,
        "typed ticket": f"{ticket[:4].lower()} {ticket[4:8]}-{ticket[8:]}",
    }[by]
    page = alice.browser.get(f"/sell/events/{event.public_id}", query_string={"q": wanted}).text
    assert page_of(order) in page


@pytest.mark.parametrize("wanted", ["nobody@example.com", "ord_x", "AAAAAAAAAAAAA", "'\"\\%", "\0"])
def test_what_is_not_there_is_not_found(
    alice: Person, event: Event, order: Order, wanted: str
) -> None:
    answer = alice.browser.get(f"/sell/events/{event.public_id}", query_string={"q": wanted})
    assert answer.status_code == 200
    assert (page_of(order) in answer.text) == (wanted == "\0")  # nothing is left of it: all orders


def test_an_order_of_another_event_is_not_found_here(
    till: Till, alice: Person, bob: Person, event: Event, order: Order
) -> None:
    assert alice.seller
    other = make_event(alice.seller, "Elsewhere")
    page = alice.browser.get(f"/sell/events/{other.public_id}", query_string={"q": bob.email}).text
    assert page_of(order) not in page


def test_an_order_shows_tickets_money_and_what_happened(
    alice: Person, bob: Person, order: Order
) -> None:
    page = alice.browser.get(page_of(order)).text
    assert bob.email in page
    assert "€50.50" in page
    assert [ticket in page.replace(" ", "") for ticket in ticket_ids(order)] == [True, True]
    assert "Paid" in page


def test_money_is_explained_before_anything_happens(alice: Person, order: Order) -> None:
    page = alice.browser.get(
        f"{page_of(order)}/refund", query_string={"ticket": ticket_ids(order)[0]}
    )
    [with_fee, without] = texts(page.text, "label")[:2]
    assert "€25.25 to the buyer, our fee to you" in with_fee
    assert "our fee of €0.25 back. It costs you €25.00" in with_fee
    assert "€25.00 to the buyer, our fee stays" in without
    assert attribute(page.text, "input", "value", name="ticket") == [ticket_ids(order)[0]]
    assert ticket_states(order) == ["valid", "valid"]
    assert refunds() == []


@pytest.mark.parametrize(("fee", "amount"), [("with", 2525), ("without", 2500)])
def test_one_ticket_is_refunded_as_was_said(
    till: Till, alice: Person, order: Order, fee: str, amount: int
) -> None:
    answer = alice.browser.submit(
        f"{page_of(order)}/refund", ticket=ticket_ids(order)[0], fee=fee, reason="Her train is late"
    )
    assert (answer.status_code, answer.location) == (303, page_of(order))
    assert ticket_states(order) == ["refunded", "valid"]
    [refund] = refunds()
    assert (refund.amount_minor, refund.returns_fee) == (amount, fee == "with")
    [deed] = history(order.public_id)
    assert (deed.by, deed.after["amount_minor"]) == (alice.id, amount)
    work_on_refunds()
    assert "Her train is late" in alice.browser.get(page_of(order)).text
    assert run_audit() == []


def test_a_whole_order_is_refunded_once_however_often_the_form_is_sent(
    till: Till, alice: Person, order: Order
) -> None:
    for _ in range(2):
        alice.browser.submit(f"{page_of(order)}/refund", ticket=ticket_ids(order), fee="with")
    assert [refund.amount_minor for refund in refunds()] == [5050]
    assert the_order(order.public_id).status == OrderStatus.REFUNDED
    assert "nothing left that could go back" in alice.browser.get(page_of(order)).text


def test_a_used_ticket_needs_its_own_tick(
    till: Till, alice: Person, dan: Person, event: Event, order: Order
) -> None:
    first = ticket_ids(order)[0]
    with transaction():
        check_in_by_id(
            first, door=Door(event.id, dan.id, "North"), scan_id=None, scanned_at=NOON, now=NOON
        )
    path = f"{page_of(order)}/refund"
    assert "has come in with one" in alice.browser.get(path, query_string={"ticket": first}).text
    refused = alice.browser.submit(path, ticket=first, fee="with")
    assert refused.status_code == 422
    assert ticket_states(order) == ["used", "valid"]
    assert refunds() == []
    assert alice.browser.submit(path, ticket=first, fee="with", used_too="y").status_code == 303
    assert ticket_states(order) == ["refunded", "valid"]


def test_a_free_order_is_cancelled_and_no_money_is_spoken_of(
    till: Till, alice: Person, bob: Person, event: Event
) -> None:
    free = make_tier(event, "Guests", price_minor=0, capacity=5)
    order = buy(till, event, bob.user, {free: 1})
    page = alice.browser.get(f"{page_of(order)}/refund").text
    assert "These tickets were free" in page
    alice.browser.submit(f"{page_of(order)}/refund", ticket=ticket_ids(order), fee="with")
    assert the_order(order.public_id).status == OrderStatus.CANCELLED
    assert ticket_states(order) == ["cancelled"]
    assert "Tickets cancelled" in alice.browser.get(page_of(order)).text
    assert refunds() == []


@pytest.mark.parametrize("sent", [{}, {"fee": "half"}, {"fee": "with", "reason": "x" * 201}])
def test_a_form_that_says_something_else_changes_nothing(
    alice: Person, order: Order, sent: dict[str, str]
) -> None:
    chosen = {} if not sent else {"ticket": ticket_ids(order)}
    answer = alice.browser.submit(f"{page_of(order)}/refund", **chosen, **sent)
    assert answer.status_code == (422 if sent else 404)
    assert ticket_states(order) == ["valid", "valid"]


def test_tickets_of_another_order_are_not_refunded_under_this_one(
    till: Till, alice: Person, carol: Person, event: Event, floor: Tier, order: Order
) -> None:
    hers = buy(till, event, carol.user, {floor: 1})
    alice.browser.submit(f"{page_of(order)}/refund", ticket=ticket_ids(hers), fee="with")
    assert (ticket_states(order), ticket_states(hers)) == (["valid", "valid"], ["valid"])
    assert refunds() == []


def test_a_failed_refund_says_why_and_goes_out_again(
    till: Till, alice: Person, order: Order
) -> None:
    alice.browser.submit(f"{page_of(order)}/refund", ticket=ticket_ids(order), fee="with")
    till.fault(StripeRefused("Insufficient funds.", "balance_insufficient"))
    work_on_refunds()
    assert "Insufficient funds." in alice.browser.get(page_of(order)).text
    [refund] = refunds()
    alice.browser.submit(f"{page_of(order)}/refunds/{refund.public_id}/retry")
    work_on_refunds()
    assert [refund.status for refund in refunds()] == [RefundStatus.SUCCEEDED]
    page = alice.browser.get(page_of(order)).text
    assert "Insufficient funds." not in page
    assert "Refund tried again" in page
    assert run_audit() == []


def test_a_refund_that_has_not_failed_is_not_tried_again(
    till: Till, alice: Person, order: Order
) -> None:
    alice.browser.submit(f"{page_of(order)}/refund", ticket=ticket_ids(order), fee="with")
    work_on_refunds()
    [refund] = refunds()
    alice.browser.submit(f"{page_of(order)}/refunds/{refund.public_id}/retry")
    assert [(refund.status, refund.tries) for refund in refunds()] == [("succeeded", 1)]


def test_a_refund_of_another_order_is_not_tried_again_under_this_one(
    till: Till, alice: Person, carol: Person, event: Event, floor: Tier, order: Order
) -> None:
    hers = buy(till, event, carol.user, {floor: 1})
    alice.browser.submit(f"{page_of(hers)}/refund", ticket=ticket_ids(hers), fee="with")
    till.fault(StripeRefused("No.", "balance_insufficient"))
    work_on_refunds()
    [refund] = refunds()
    answer = alice.browser.submit(f"{page_of(order)}/refunds/{refund.public_id}/retry")
    assert answer.status_code == 404
    assert refunds()[0].status == RefundStatus.REJECTED


def test_the_tickets_are_sent_again_each_time_it_is_asked_for_and_not_for_ever(
    alice: Person, bob: Person, event: Event, order: Order, work: Callable[[], Mailbox],
    client: object,
) -> None:  # fmt: skip
    assert len(work().to(bob.email)) == 1
    statuses = [alice.browser.submit(f"{page_of(order)}/letter").status_code for _ in range(4)]
    assert statuses == [303, 303, 303, 429]
    subjects = [letter.subject for letter in work().to(bob.email)]
    assert subjects == [f"Your tickets: {event.name}"] * 4
    assert [deed.deed for deed in history(order.public_id)] == ["order.tickets_sent_again"] * 3


def test_void_tickets_are_not_sent(
    till: Till, alice: Person, bob: Person, order: Order, work: Callable[[], Mailbox],
    client: object,
) -> None:  # fmt: skip
    alice.browser.submit(f"{page_of(order)}/refund", ticket=ticket_ids(order), fee="with")
    before = len(work().to(bob.email))
    alice.browser.submit(f"{page_of(order)}/letter")
    assert len(work().to(bob.email)) == before


def test_the_sale_is_paused_and_goes_on(alice: Person, event: Event) -> None:
    path = f"/sell/events/{event.public_id}"
    alice.browser.submit(f"{path}/pause")
    assert db.session.get_one(Event, event.id).paused_at is not None
    assert "Go on selling" in alice.browser.get(path).text
    alice.browser.submit(f"{path}/resume")
    assert db.session.get_one(Event, event.id).paused_at is None
    deeds = [(deed.deed, deed.by) for deed in history(event.public_id)]
    assert deeds == [("event.paused", alice.id), ("event.resumed", alice.id)]


@pytest.mark.parametrize("who", ["door", "buyer", "another seller"])
def test_for_others_there_is_no_such_thing_and_nothing_changes(
    till: Till, alice: Person, bob: Person, dan: Person, event: Event, order: Order, who: str
) -> None:
    frank = make_user("Frank")
    make_seller(frank, "Frank's Barn")
    person = {"door": dan, "buyer": bob, "another seller": Person(bob.app, frank)}[who]
    here = f"/sell/events/{event.public_id}"
    for path in (here, f"{here}/cancellation", page_of(order), f"{page_of(order)}/refund"):
        answer = person.browser.get(path)
        assert (answer.status_code, event.name in answer.text) == (404, False)
    for path in ("/pause", "/resume", "/cancellation", "/cancellation/retries"):
        assert person.browser.submit(here + path, name=event.name).status_code == 404
    for path in ("/refund", "/letter", "/refunds/ref_x/retry"):
        answer = person.browser.submit(page_of(order) + path, ticket=ticket_ids(order), fee="with")
        assert answer.status_code == 404
    assert ticket_states(order) == ["valid", "valid"]
    fresh = db.session.get_one(Event, event.id)
    assert (fresh.status, fresh.paused_at) == (EventStatus.PUBLISHED, None)


def test_an_editor_may_do_what_the_owner_may(
    till: Till, alice: Person, carol: Person, order: Order
) -> None:
    assert alice.seller
    make_member(alice.seller, carol.user, Role.EDITOR)
    assert (
        carol.browser.submit(
            f"{page_of(order)}/refund", ticket=ticket_ids(order), fee="with"
        ).status_code
        == 303
    )
    assert {ticket.status for ticket in tickets_of(order)} == {TicketStatus.REFUNDED}


def test_without_the_forms_token_nothing_changes(alice: Person, event: Event, order: Order) -> None:
    here = f"/sell/events/{event.public_id}"
    for path in (
        *(f"{here}/{part}" for part in ("pause", "cancellation", "cancellation/retries")),
        *(f"{page_of(order)}/{part}" for part in ("refund", "letter")),
    ):
        answer = alice.browser.post(path, data={"ticket": ticket_ids(order), "name": event.name})
        assert answer.status_code == 400
    assert ticket_states(order) == ["valid", "valid"]
    assert db.session.get_one(Event, event.id).status == EventStatus.PUBLISHED


def test_every_form_that_changes_something_is_sent_once(alice: Person, order: Order) -> None:
    page = alice.browser.get(page_of(order)).text
    forms = [a for a, _text in elements(page, "form") if a.get("method") == "post"]
    sellers = [form for form in forms if "/sell/" in (form.get("action") or "")]
    assert sellers
    assert {form.get("data-controller") for form in sellers} == {"submit-once"}
