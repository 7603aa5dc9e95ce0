"""What others have: orders, tickets, events, doors."""

from __future__ import annotations

import re

import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from tests.factories.events import make_event, make_tier
from tests.factories.inventory import counts, hold_places
from tests.factories.orders import buy, the_order, tickets_of
from tests.fixtures.browser import Browser
from tests.fixtures.program import program_of
from tests.fixtures.till import Till
from tests.people import Person
from tests.web.shop import said
from tixapp.core.db import db
from tixapp.events.models import Event, EventStatus, Tier
from tixapp.orders.models import Order
from tixapp.tickets.models import TicketStatus

UNKNOWN = "ord_aaaaaaaaaaaaaaaa"


def without_its_own(answer: TestResponse) -> str:
    """A page says under which id it is in the logs, and its forms' tokens are of their second: all
    else must be the same."""
    text = answer.text.replace(answer.headers["X-Request-Id"], "")
    return re.sub(r'name="csrf_token" value="[^"]+"', "", text)


# Case 9


def test_another_buyer_finds_nothing_of_an_order_by_its_ids(
    order: Order, mallory: Person, client: Browser
) -> None:
    ticket = tickets_of(order)[0]
    session = the_order(order.public_id).id
    ways = [
        f"/orders/{order.public_id}",
        f"/orders/{order.public_id}/return?session_id=cs_test_{session}",
        f"/orders/{order.public_id}/return-tickets",
        f"/tickets/{ticket.public_id}",
        f"/tickets/{ticket.public_id}.ics",
        f"/tickets/{ticket.public_id}/calendar.ics",
    ]
    for way in ways:
        answer = mallory.browser.get(way)
        unknown = way.replace(order.public_id, UNKNOWN).replace(ticket.public_id, "A" * 13)
        missing = mallory.browser.get(unknown)
        assert (answer.status_code, missing.status_code) == (404, 404), way
        assert without_its_own(answer) == without_its_own(missing)
        assert client.get(way).status_code in {303, 404}


def test_another_buyer_neither_pays_nor_ends_what_is_held(
    till: Till, concert: Event, floor: Tier, bob: Person, mallory: Person
) -> None:
    hold = hold_places(concert, bob.user, {floor: 2})
    for way in ("payment", "release"):
        assert mallory.browser.submit(f"/checkout/{hold.public_id}/{way}").status_code == 404
    assert mallory.browser.get(f"/checkout/{hold.public_id}").status_code == 404
    assert (counts(floor), till.calls) == ((2, 0), [])


def test_another_buyer_gives_no_tickets_back(
    till: Till, concert: Event, order: Order, mallory: Person
) -> None:
    concert.return_hours = 1
    ticket = tickets_of(order)[0]
    path = f"/orders/{order.public_id}/return-tickets"
    assert mallory.browser.submit(path, ticket=ticket.public_id).status_code == 404
    assert tickets_of(order)[0].status == TicketStatus.VALID
    assert "refund" not in till.calls


def test_the_api_shows_nobody_the_orders_of_others(
    app: Flask, order: Order, mallory: Person
) -> None:
    thief = program_of(app, mallory.user)
    theirs, unknown = (thief.get(f"/orders/{found}") for found in (order.public_id, UNKNOWN))
    assert (theirs.status_code, said(theirs)["code"]) == (404, "not_found")
    assert said(theirs)["detail"] == said(unknown)["detail"]
    assert said(thief.get("/me/orders"))["items"] == []
    assert said(thief.get("/me/tickets"))["items"] == []
    assert thief.get(f"/me/orders?cursor={order.public_id}").status_code == 422
    ticket = tickets_of(order)[0].public_id
    assert said(thief.get(f"/me/tickets?cursor={ticket}"))["items"] == []


# Cases 10 and 11


def test_another_seller_changes_nothing_by_the_api(
    app: Flask, concert: Event, floor: Tier, mallory: Person
) -> None:
    thief = program_of(app, mallory.user)
    body = {"name": "Mine", "price": {"amount": 1, "currency": "EUR"}, "capacity": 1}
    calls = [
        ("PATCH", f"/events/{concert.public_id}", {"name": "Mine"}),
        ("POST", f"/events/{concert.public_id}/publish", {}),
        ("POST", f"/events/{concert.public_id}/tiers", body),
        ("PATCH", f"/tiers/{floor.public_id}", {"price": body["price"]}),
        ("PATCH", f"/tiers/{floor.public_id}", {"capacity": 0}),
    ]
    for method, path, sent in calls:
        answer = thief.send(method, path, json=sent, headers={"If-Match": '"1"'})
        assert (answer.status_code, said(answer)["code"]) == (404, "not_found"), path
        assert "Night Trains" not in answer.text
        assert "Floor" not in answer.text
    db.session.expire_all()
    assert (concert.name, floor.price_minor, floor.version) == ("Night Trains", 2500, 1)
    assert len(db.session.scalars(sa.select(Tier)).all()) == 1


def test_nobody_sells_in_the_name_of_another(app: Flask, alice: Person, mallory: Person) -> None:
    assert alice.seller
    body = {
        "name": "Fake", "venue": "V", "city": "C", "timezone": "UTC", "currency": "EUR",
        "starts_at": "2027-01-01T20:00:00Z", "seller_id": alice.seller.public_id,
    }  # fmt: skip
    answer = program_of(app, mallory.user).post("/events", body)
    assert answer.status_code == 404
    assert "Alice" not in answer.text
    assert db.session.scalars(sa.select(Event)).all() == []


def test_a_tier_of_another_event_is_not_bought_through_mine(
    app: Flask, concert: Event, floor: Tier, mallory: Person
) -> None:
    assert mallory.seller
    mine = make_event(mallory.seller, "Mine")
    make_tier(mine, "Cheap", price_minor=0)
    thief = program_of(app, mallory.user)
    body = {"event_id": mine.public_id, "tier_id": floor.public_id, "quantity": 1}
    answer = thief.post("/tickets/purchase", body)
    assert answer.status_code == 422
    assert "Floor" not in answer.text
    form = {f"tier-{floor.public_id}": "1"}
    assert mallory.browser.submit(f"/e/{mine.slug}/holds", **form).status_code == 303
    assert counts(floor) == (0, 0)


def test_another_seller_sees_and_changes_nothing_on_the_sellers_pages(
    till: Till, order: Order, concert: Event, floor: Tier, mallory: Person, bob: Person, dan: Person
) -> None:
    event, sold = f"/sell/events/{concert.public_id}", f"/sell/orders/{order.public_id}"
    ticket = tickets_of(order)[0].public_id
    looks = [event, f"{event}?q=bob@example.com", f"{event}/cancellation", sold, f"{sold}/refund"]
    deeds: dict[str, dict[str, str]] = {
        f"{event}/pause": {},
        f"{event}/resume": {},
        f"{event}/cancellation": {"name": concert.name},
        f"{event}/cancellation/retries": {},
        f"{sold}/letter": {},
        f"{sold}/refund": {"ticket": ticket, "fee": "with", "used_too": "y"},
        f"{sold}/refunds/ref_aaaaaaaaaaaaaaaa/retry": {},
    }
    for person in (mallory, bob, dan):
        for path in looks:
            answer = person.browser.get(path)
            assert answer.status_code == 404, path
            for secret in ("Night Trains", ticket, "€50.00"):
                assert secret not in answer.text, path
        for path, fields in deeds.items():
            assert person.browser.submit(path, **fields).status_code == 404, path
        assert "Night Trains" not in person.browser.get("/sell/events").text
        assert person.browser.get(f"/sell/events?before={concert.public_id}").status_code == 200
    assert (concert.status, concert.paused_at) == (EventStatus.PUBLISHED, None)
    assert {found.status for found in tickets_of(order)} == {TicketStatus.VALID}
    assert "refund" not in till.calls


def test_another_seller_refunds_and_reads_nothing_by_the_api(
    app: Flask, till: Till, order: Order, concert: Event, mallory: Person, dan: Person
) -> None:
    event, admin = f"/events/{concert.public_id}", f"/admin/events/{concert.public_id}"
    for person in (mallory, dan):
        thief = program_of(app, person.user)
        for path in (f"{event}/sales", f"{event}/attendees", f"{admin}/status"):
            answer = thief.get(path)
            assert answer.status_code == 404, path
            assert "bob@example.com" not in answer.text
        for path in (f"{event}/cancel", f"{admin}/pause", f"{admin}/resume"):
            assert thief.post(path, {}).status_code == 404, path
        assert thief.post(f"/orders/{order.public_id}/refunds", {}).status_code == 404
    assert (concert.status, concert.paused_at) == (EventStatus.PUBLISHED, None)
    assert {found.status for found in tickets_of(order)} == {TicketStatus.VALID}


def test_tickets_of_another_order_do_not_go_back_with_mine(
    app: Flask, till: Till, order: Order, alice: Person, mallory: Person
) -> None:
    """Alice refunds mallory's order and names bob's tickets with it."""
    assert mallory.seller
    event = make_event(mallory.seller, "Mine")
    mine = buy(till, event, alice.user, {make_tier(event, "Hall"): 1})
    theirs = [ticket.public_id for ticket in tickets_of(order)]
    answer = mallory.browser.submit(
        f"/sell/orders/{mine.public_id}/refund", ticket=theirs, fee="with"
    )
    assert answer.status_code in {303, 404, 422}
    refused = program_of(app, mallory.user).post(
        f"/orders/{mine.public_id}/refunds", {"tickets": theirs}
    )
    assert refused.status_code in {404, 409, 422}
    for found in (order, mine):
        assert {ticket.status for ticket in tickets_of(found)} == {TicketStatus.VALID}
    assert till.refunds == {}


# Case 12


def test_door_staff_do_nothing_but_open_the_door(
    app: Flask, order: Order, concert: Event, floor: Tier, dan: Person
) -> None:
    door = program_of(app, dan.user)
    patch = {"json": {"name": "Dan's"}, "headers": {"If-Match": '"1"'}}
    assert door.send("PATCH", f"/events/{concert.public_id}", **patch).status_code == 404
    assert door.send("PATCH", f"/tiers/{floor.public_id}", **patch).status_code == 404
    assert door.get(f"/orders/{order.public_id}").status_code == 404
    ways = [f"/orders/{order.public_id}", f"/tickets/{tickets_of(order)[0].public_id}", "/staff"]
    assert [dan.browser.get(way).status_code for way in ways] == [404] * 3
    assert dan.seller
    draft = make_event(dan.seller, "Not yet", status=EventStatus.DRAFT)
    body = {"code": "x", "event_id": draft.public_id}
    assert "Not yet" not in door.post("/tickets/validate", body).text
