"""Money: who may say that it came, and what may be said about its amount."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.factories.inventory import counts, hold_places
from tests.factories.orders import buy, start_paying, the_order, the_payment, tickets_of
from tests.fixtures.app import new_browser
from tests.fixtures.browser import Browser
from tests.fixtures.program import program_of
from tests.fixtures.till import SECRETS, Till
from tests.people import Person
from tests.web.shop import said
from tixapp.core.db import db
from tixapp.core.facts import StoredFact
from tixapp.core.money import Money
from tixapp.events.models import Event, Tier
from tixapp.inventory.models import Hold
from tixapp.orders.models import Order, OrderStatus
from tixapp.tickets.models import Ticket
from tixapp.webhooks.jobs import work_off_events
from tixapp.webhooks.models import StripeEvent

CONNECT = "/stripe/webhook/connect"


def completed(order: Order, session_id: str, event_id: str = "evt_1", **others: Any) -> Any:
    session = {"id": session_id, "object": "checkout.session", "url": None}
    return {
        "id": event_id,
        "object": "event",
        "type": "checkout.session.completed",
        "account": order.stripe_account,
        "livemode": False,
        "created": 1_790_000_000,
        "data": {"object": session},
    } | others


def signature(
    body: bytes, *, at: int | None = None, secret: str = SECRETS[1], by: str = "v1"
) -> str:
    at = int(time.time()) if at is None else at
    digest = hmac.new(secret.encode(), b"%d." % at + body, hashlib.sha256).hexdigest()
    return f"t={at},{by}={digest}"


def post(client: Browser, body: bytes, signed: str, path: str = CONNECT) -> int:
    return client.post(path, data=body, headers={"Stripe-Signature": signed}).status_code


def events() -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(StripeEvent)) or 0


# Case 30


def test_a_webhook_is_taken_only_as_stripe_signed_it_and_only_now(
    client: Browser, till: Till, concert: Event, floor: Tier, bob: Person
) -> None:
    order = start_paying(concert, bob.user, {floor: 1})
    event = completed(order, till.pay().id)
    body, now = json.dumps(event).encode(), int(time.time())
    right = signature(body, at=now)
    respelled = json.dumps(event, indent=1).encode()
    refused = {
        "nothing": post(client, body, ""),
        "old": post(client, body, signature(body, at=now - 301)),
        "old, and a new time beside it": post(
            client, body, signature(body, at=now - 301) + f",t={now}"
        ),
        "another endpoint's": post(client, body, signature(body, secret=SECRETS[0])),
        "another path": post(client, body, right, "/stripe/webhook"),
        "an older scheme": post(client, body, signature(body, by="v0")),
        "no secret": post(client, body, signature(body, secret="")),
        "respelled": post(client, respelled, right),
        "longer": post(client, body + b"\n", right),
        "another time": post(client, body, right.replace(f"t={now}", f"t={now + 1}")),
        "upper case": post(client, body, right.replace("v1=", "v1=A")),
        "a form": client.post(
            CONNECT, data={"payload": body.decode()}, headers={"Stripe-Signature": right}
        ).status_code,
    }
    assert refused == dict.fromkeys(refused, 400)
    assert events() == 0
    assert {client.open(CONNECT, method=m).status_code for m in ("GET", "PUT", "DELETE")} == {405}
    rotated = signature(body, at=now, secret="whsec_before") + "," + right.partition(",")[2]
    assert post(client, body, rotated) == 200
    assert post(client, body, right) == 200
    work_off_events()
    assert (events(), len(tickets_of(order))) == (1, 1)


def test_a_payload_with_a_nul_is_no_fault_that_stripe_repeats_for_days(
    client: Browser, till: Till, concert: Event, floor: Tier, bob: Person
) -> None:
    order = start_paying(concert, bob.user, {floor: 1})
    event = completed(order, till.pay().id)
    event["data"]["object"]["metadata"] = {"note": "a\x00b"}
    body = json.dumps(event).encode()
    assert post(client, body, signature(body)) == 200
    work_off_events()
    assert len(tickets_of(order)) == 1


# Case 33


@pytest.mark.parametrize(
    "lie",
    [{"amount_minor": 1}, {"amount_minor": 4999}, {"currency": "USD"}, {"livemode": True}],
)
def test_real_money_that_is_not_the_orders_gives_no_ticket_and_an_alarm(
    client: Browser, till: Till, concert: Event, floor: Tier, bob: Person, lie: dict[str, Any]
) -> None:
    order = start_paying(concert, bob.user, {floor: 2})
    session = till.pay(**lie)
    body = json.dumps(completed(order, session.id)).encode()
    assert post(client, body, signature(body)) == 200
    work_off_events()
    assert (the_order(order.public_id).status, tickets_of(order)) == (OrderStatus.PENDING, [])
    assert counts(floor) == (2, 0)
    kinds = db.session.scalars(sa.select(StoredFact.name)).all()
    assert "PaymentAlarm" in kinds
    assert bob.browser.get(f"/orders/{order.public_id}").status_code == 200


def test_a_session_of_mallorys_account_that_names_bobs_order_is_nobodys(
    client: Browser, till: Till, concert: Event, floor: Tier, bob: Person, mallory: Person
) -> None:
    assert mallory.seller
    order = start_paying(concert, bob.user, {floor: 2})
    payment = the_payment(order)
    event = completed(order, "cs_of_mallory", account=mallory.seller.stripe_account)
    names = {"order": order.public_id, "payment": payment.public_id}
    event["data"]["object"] |= {"client_reference_id": payment.public_id, "metadata": names}
    event["data"]["object"] |= {"payment_status": "paid", "status": "complete"}
    body = json.dumps(event).encode()
    assert post(client, body, signature(body)) == 200
    work_off_events()
    assert (the_order(order.public_id).status, tickets_of(order)) == (OrderStatus.PENDING, [])
    assert the_payment(order).stripe_session == payment.stripe_session


# Case 34

ODD_NUMBERS = ["0", "-1", "1.5", "1e9", "+1", "1_0", "NaN", "true", "null", "٣", "1000000000", "5"]


@pytest.mark.parametrize("quantity", ODD_NUMBERS)
def test_a_form_with_an_odd_quantity_holds_nothing(
    till: Till, concert: Event, floor: Tier, bob: Person, quantity: str
) -> None:
    answer = bob.browser.submit(f"/e/{concert.slug}/holds", **{f"tier-{floor.public_id}": quantity})
    assert answer.status_code == 303
    assert answer.location.startswith(f"/e/{concert.slug}")
    assert counts(floor) == (0, 0)
    assert db.session.scalars(sa.select(Hold)).all() == []


def test_the_api_takes_whole_numbers_and_nothing_like_them(
    app: Flask, concert: Event, floor: Tier, bob: Person
) -> None:
    shop = program_of(app, bob.user)
    for odd in (0, -1, 1.5, 1.0, 1e9, "1", "1 ", True, None, [1], {}, 10**40, -(10**40), ""):
        body = {"event_id": concert.public_id, "tier_id": floor.public_id, "quantity": odd}
        answer = shop.post("/tickets/purchase", body)
        assert answer.status_code == 422, odd
    for raw in (
        '{"quantity": NaN}',
        '{"quantity": Infinity}',
        '{"quantity": 1e999}',
        "[1",
        "\ufeff",
    ):
        sent = shop.send("POST", "/tickets/purchase", data=raw, content_type="application/json")
        assert sent.status_code == 400, raw
    assert counts(floor) == (0, 0)


def test_the_price_of_the_moment_of_ordering_counts_and_is_the_servers(
    till: Till, concert: Event, floor: Tier, bob: Person
) -> None:
    hold = hold_places(concert, bob.user, {floor: 2})
    lies = {"price": "1", "amount": "1", "currency": "JPY", "fee": "0", "total": "1"}
    bob.browser.submit(f"/checkout/{hold.public_id}/payment", **lies)
    floor.price_minor = 1
    db.session.commit()
    bob.browser.submit(f"/checkout/{hold.public_id}/payment", **lies)
    assert (till.only.amount_minor, till.only.currency) == (5000, "EUR")
    assert the_payment(db.session.scalars(sa.select(Order)).one()).amount == Money(5000, "EUR")


def test_a_seller_cannot_ask_for_an_impossible_price(
    app: Flask, concert: Event, alice: Person
) -> None:
    shop = program_of(app, alice.user)
    path = f"/events/{concert.public_id}/tiers"
    for amount in (-1, 1, 10**9, 10**30, -(10**30), 2**63):
        body = {"name": "T", "capacity": 1, "price": {"amount": amount, "currency": "EUR"}}
        assert shop.post(path, body).status_code == 422, amount
    for price in ({"amount": 500, "currency": "XXX"}, {"amount": 500, "currency": "USD"}, 5):
        body = {"name": "T", "capacity": 1, "price": price}
        assert shop.post(path, body).status_code == 422, price
    for capacity in (-1, 10**12, 2**63, 1.5, "1"):
        body = {"name": "T", "capacity": capacity, "price": {"amount": 500, "currency": "EUR"}}
        assert shop.post(path, body).status_code == 422, capacity
    assert db.session.scalars(sa.select(Tier)).all() == []


# Case 35


def test_coming_back_without_having_paid_gives_nothing(
    till: Till, concert: Event, floor: Tier, bob: Person, mallory: Person
) -> None:
    order = start_paying(concert, bob.user, {floor: 2})
    back = f"/orders/{order.public_id}/return"
    for _ in range(2):
        assert bob.browser.get(f"{back}?session_id={till.only.id}").status_code == 303
    theirs = start_paying(concert, mallory.user, {floor: 1})
    paid = till.pay(till.sessions[the_payment(theirs).stripe_session or ""])
    for made_up in ("", f"?session_id={paid.id}", "?session_id=", "?session_id={CHECKOUT}"):
        assert bob.browser.get(back + made_up).status_code == 404
    assert mallory.browser.get(f"{back}?session_id={paid.id}").status_code == 404
    assert new_browser(bob.app).get(f"{back}?session_id={paid.id}").status_code == 303
    assert (the_order(order.public_id).status, tickets_of(order)) == (OrderStatus.PENDING, [])
    text = bob.browser.get(f"/orders/{order.public_id}").text
    assert "Show ticket" not in text


def test_coming_back_twice_gives_tickets_once(
    till: Till, concert: Event, floor: Tier, bob: Person, work
) -> None:
    order = start_paying(concert, bob.user, {floor: 2})
    session = till.pay()
    back = f"/orders/{order.public_id}/return?session_id={session.id}"
    for _ in range(3):
        assert bob.browser.get(back).status_code == 303
    assert (len(tickets_of(order)), counts(floor)) == (2, (0, 2))
    assert len(work().letters) == 1


# Case 38


def test_more_goes_back_than_came_in_by_no_way(
    till: Till, concert: Event, floor: Tier, bob: Person, work
) -> None:
    concert.return_hours = 1
    order = buy(till, concert, bob.user, {floor: 2})
    ids = [ticket.public_id for ticket in tickets_of(order)]
    path = f"/orders/{order.public_id}/return-tickets"
    for chosen in ([ids[0], ids[0]], [ids[0]], ids, [ids[1]], ids):
        assert bob.browser.submit(path, ticket=chosen, amount="99999").status_code == 303
    work()
    back = sum(made.amount_minor for made in till.refunds.values())
    assert back == order.total_minor == 5000
    assert counts(floor) == (0, 0)
    assert {ticket.status.value for ticket in tickets_of(order)} == {"refunded"}


# Case 40


def test_a_seller_who_may_not_charge_any_more_takes_no_money(
    app: Flask, till: Till, concert: Event, floor: Tier, alice: Person, bob: Person
) -> None:
    assert alice.seller
    hold = hold_places(concert, bob.user, {floor: 1})
    alice.seller.charges_enabled = False
    db.session.commit()
    bob.browser.submit(f"/checkout/{hold.public_id}/payment")
    refused = program_of(app, bob.user).post(
        "/checkout/sessions", {"reservation_id": hold.public_id}
    )
    assert (refused.status_code, till.calls) == (409, [])
    assert said(refused)["code"] != "invalid"
    assert db.session.scalars(sa.select(Ticket)).all() == []
