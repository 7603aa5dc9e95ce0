"""What a seller's program may know and do about sales: refunds, numbers, pausing, cancelling."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

import pytest
from flask import Flask

from tests.factories.events import make_event, make_tier
from tests.factories.orders import buy, start_paying, the_order, the_payment, tickets_of
from tests.fixtures.program import Program, program_of
from tests.fixtures.queries import Statements
from tests.fixtures.till import Till
from tests.fixtures.time import NOON
from tests.people import Person
from tests.web.shop import hold, said
from tixapp.core.db import db, transaction
from tixapp.core.trail import history
from tixapp.events.models import Event, EventStatus, Tier
from tixapp.ops.audit import run_audit
from tixapp.orders.models import Order, OrderStatus
from tixapp.payments.models import Refund
from tixapp.refunds.jobs import settle_cancelled_events, work_on_refunds
from tixapp.tickets.actions import Door, check_in_by_id

Counting = Callable[[], AbstractContextManager[Statements]]


@pytest.fixture
def event(alice: Person, now: datetime) -> Event:
    assert alice.seller
    return make_event(alice.seller, fee_passed_on=True)


@pytest.fixture
def floor(event: Event) -> Tier:
    return make_tier(event, price_minor=4500, capacity=10)


@pytest.fixture
def office(app: Flask, alice: Person) -> Program:
    return program_of(app, alice.user)


@pytest.fixture
def order(till: Till, event: Event, floor: Tier, bob: Person) -> Order:
    """Two places at 45.00 and a booking fee of 0.90."""
    return buy(till, event, bob.user, {floor: 2})


def euros(minor: int) -> dict[str, Any]:
    return {"amount": minor, "currency": "EUR"}


def ids(order: Order) -> list[str]:
    return [ticket.public_id for ticket in tickets_of(order)]


def refunds() -> int:
    return db.session.query(Refund).count()


def refund(program: Program, order: Order, body: Any = None, *, once: str = "") -> Any:
    return program.post(f"/orders/{order.public_id}/refunds", body or {}, once=once)


def test_a_whole_order_is_refunded(office: Program, alice: Person, order: Order) -> None:
    made = refund(office, order, {"reason": "rain"})
    assert made.status_code == 201
    answer = said(made)
    assert answer == {
        "id": answer["id"],
        "status": "requested",
        "amount": euros(9090),
        "tickets": sorted(ids(order)),
    }
    work_on_refunds()
    assert the_order(order.public_id).status == OrderStatus.REFUNDED
    row = db.session.query(Refund).filter_by(public_id=answer["id"]).one()
    assert (row.status, row.reason) == ("succeeded", "refunded by the organiser: rain")
    assert [deed.by for deed in history(order.public_id)] == [alice.id]
    assert run_audit() == []


@pytest.mark.parametrize(("with_fee", "amount"), [(True, 4545), (False, 4500)])
def test_one_ticket_is_refunded_with_or_without_our_fee(
    office: Program, order: Order, with_fee: bool, amount: int
) -> None:
    first = ids(order)[0]
    made = refund(office, order, {"tickets": [first], "with_fee": with_fee})
    assert (said(made)["amount"], said(made)["tickets"]) == (euros(amount), [first])
    assert [ticket.status for ticket in tickets_of(order)] == ["refunded", "valid"]


def test_the_same_key_refunds_once(office: Program, order: Order) -> None:
    body = {"tickets": ids(order)[:1]}
    first, again = (refund(office, order, body, once="k") for _ in range(2))
    assert (first.data, refunds()) == (again.data, 1)
    other = refund(office, order, {"tickets": ids(order)[1:]}, once="k")
    assert (other.status_code, said(other)["code"]) == (422, "idempotency_mismatch")
    unkeyed = office.send("POST", f"/orders/{order.public_id}/refunds", json={})
    assert unkeyed.status_code == 400
    assert refunds() == 1


def test_what_cannot_go_back_is_refused_by_name(
    till: Till, office: Program, dan: Person, event: Event, order: Order
) -> None:
    used = ids(order)[0]
    with transaction():
        check_in_by_id(
            used, door=Door(event.id, dan.id, ""), scan_id=None, scanned_at=NOON, now=NOON
        )
    refused = refund(office, order)
    assert (refused.status_code, said(refused)["code"], refunds()) == (409, "ticket_used", 0)
    assert refund(office, order, {"used_too": True}).status_code == 201
    for body in ({}, {"tickets": [used]}, {"tickets": ["AAAAAAAAAAAAA"]}):
        refused = refund(office, order, body)
        assert (refused.status_code, said(refused)["code"]) == (409, "nothing_to_refund")
    assert refunds() == 1


def test_money_that_the_bank_has_taken_does_not_go_back_twice(
    office: Program, order: Order
) -> None:
    the_payment(order).dispute()
    db.session.commit()
    refused = refund(office, order)
    assert (refused.status_code, said(refused)["code"], refunds()) == (409, "payment_disputed", 0)


def test_a_free_order_is_cancelled(till: Till, office: Program, event: Event, bob: Person) -> None:
    free = make_tier(event, "Guests", price_minor=0)
    order = buy(till, event, bob.user, {free: 1})
    made = refund(office, order)
    assert made.status_code == 201
    expected = {"id": None, "status": "succeeded", "amount": euros(0), "tickets": ids(order)}
    assert said(made) == expected
    assert the_order(order.public_id).status == OrderStatus.CANCELLED


@pytest.mark.parametrize(
    "body",
    [{"tickets": []}, {"tickets": "all"}, {"amount": 1}, {"with_fee": 1}, {"reason": "x" * 201}],
)
def test_a_body_that_does_not_fit_changes_nothing(
    office: Program, order: Order, body: dict[str, Any]
) -> None:
    assert refund(office, order, body).status_code == 422
    assert refunds() == 0


def test_the_numbers_of_a_sale(
    till: Till, office: Program, event: Event, floor: Tier, carol: Person, order: Order
) -> None:
    start_paying(event, carol.user, {floor: 1})
    refund(office, order, {"tickets": ids(order)[:1]})
    work_on_refunds()
    sales = said(office.get(f"/events/{event.public_id}/sales"))
    assert (sales["capacity"], sales["sold"], sales["held"]) == (10, 1, 1)
    money = {name: sales[name]["amount"] for name in ("gross", "refunded", "disputed", "fee")}
    assert money == {"gross": 9090, "refunded": 4545, "disputed": 0, "fee": 45}
    assert sales["net"] == euros(4500)
    assert [(tier["id"], tier["sold"], tier["held"]) for tier in sales["tiers"]] == [
        (floor.public_id, 1, 1)
    ]


def test_the_numbers_take_as_many_statements_for_one_order_as_for_three(
    till: Till, office: Program, event: Event, floor: Tier, bob: Person, carol: Person,
    queries: Counting,
) -> None:  # fmt: skip
    path, costs = f"/events/{event.public_id}/sales", []
    for buyers in ([bob], [carol, carol]):
        for buyer in buyers:
            buy(till, event, buyer.user, {floor: 1})
        with queries() as asked:
            assert office.get(path).status_code == 200
        costs.append(len(asked))
    assert costs == [6, 6], "\n".join(asked)


def test_who_comes_is_listed_a_page_at_a_time(
    office: Program, bob: Person, event: Event, order: Order
) -> None:
    path = f"/events/{event.public_id}/attendees"
    first = said(office.get(f"{path}?limit=1"))
    assert first["items"] == [
        {
            "ticket_id": ids(order)[0],
            "order_id": order.public_id,
            "status": "valid",
            "tier": "Floor",
            "holder": "Bob",
            "email": bob.email,
            "used_at": None,
        }
    ]
    second = said(office.get(f"{path}?limit=1&cursor={first['next_cursor']}"))
    assert [item["ticket_id"] for item in second["items"]] == ids(order)[1:]
    assert second["next_cursor"] is None


def test_a_paused_sale_takes_no_reservation_until_it_goes_on(
    app: Flask, office: Program, event: Event, floor: Tier, bob: Person
) -> None:
    shop = program_of(app, bob.user)
    paused = office.post(f"/admin/events/{event.public_id}/pause")
    assert (paused.status_code, said(paused)["paused"]) == (200, True)
    refused = hold(shop, event, floor)
    assert (refused.status_code, said(refused)["code"]) == (409, "sale_paused")
    assert said(office.post(f"/admin/events/{event.public_id}/resume"))["paused"] is False
    assert hold(shop, event, floor).status_code == 201
    assert said(office.get(f"/admin/events/{event.public_id}/status")) == {
        "capacity": 10,
        "sold": 0,
        "held": 2,
        "waiting_list": 0,
        "room": {"joined": 0, "admitted": 0, "active": 0},
        "paused": False,
    }


def test_the_platform_may_pause_any_event_and_sees_no_money(
    app: Flask, erin: Person, event: Event, order: Order
) -> None:
    staff = program_of(app, erin.user)
    assert said(staff.post(f"/admin/events/{event.public_id}/pause"))["paused"] is True
    assert [deed.by for deed in history(event.public_id)] == [erin.id]
    assert staff.get(f"/events/{event.public_id}/sales").status_code == 404
    assert refund(staff, order).status_code == 404


def test_an_event_is_cancelled_once_and_everyone_gets_their_money(
    till: Till, office: Program, event: Event, order: Order
) -> None:
    for _ in range(2):
        answer = office.post(f"/events/{event.public_id}/cancel")
        assert (answer.status_code, said(answer)["status"]) == (200, "cancelled")
    settle_cancelled_events()
    work_on_refunds()
    assert the_order(order.public_id).status == OrderStatus.REFUNDED
    assert [deed.deed for deed in history(event.public_id)] == ["event.cancelled"]
    assert run_audit() == []


def test_a_draft_is_not_cancelled(alice: Person, office: Program, now: datetime) -> None:
    assert alice.seller
    draft = make_event(alice.seller, "Not yet", status=EventStatus.DRAFT)
    refused = office.post(f"/events/{draft.public_id}/cancel")
    assert (refused.status_code, said(refused)["code"]) == (409, "illegal_move")
    assert db.session.get_one(Event, draft.id).status == EventStatus.DRAFT


def test_a_key_that_may_only_read_gives_nothing_back(
    app: Flask, alice: Person, order: Order
) -> None:
    reader = program_of(app, alice.user, ["read"])
    refused = refund(reader, order)
    assert (refused.status_code, said(refused)["code"]) == (403, "insufficient_scope")
    assert refunds() == 0
