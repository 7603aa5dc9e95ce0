"""Members nobody asked for, odd spellings, what is not on sale, and who has left."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.factories.accounts import make_user
from tests.factories.events import make_event, make_tier
from tests.factories.inventory import counts, hold_places
from tests.factories.orders import tickets_of
from tests.fixtures.app import new_browser
from tests.fixtures.browser import Browser
from tests.fixtures.program import Program, program_of
from tests.fixtures.till import Till
from tests.people import Person
from tixapp.accounts.models import ApiKey, User, UserSession
from tixapp.core.db import db, transaction
from tixapp.events.models import Event, EventStatus, Tier
from tixapp.orders.models import Order
from tixapp.sellers.actions import remove_member
from tixapp.sellers.models import Member, Role, Seller

# Case 13

MORE_THAN_ASKED = {
    "id": "1",
    "is_admin": "true",
    "role": "owner",
    "seller_id": "1",
    "user_id": "1",
    "price": "1",
    "unit_price_minor": "1",
    "total_minor": "1",
    "fee_minor": "0",
    "fee_bps": "0",
    "status": "paid",
    "quantity": "9",
    "checked_in": "true",
    "confirmed_at": "2026-01-01",
    "disabled_at": "",
    "charges_enabled": "true",
    "stripe_account": "acct_evil",
    "expires_at": "2099-01-01",
}


def test_members_that_a_form_does_not_have_change_nothing(
    till: Till, concert: Event, floor: Tier, bob: Person
) -> None:
    more = MORE_THAN_ASKED
    assert bob.browser.submit("/account/name", name="Robert", **more).status_code == 303
    held = bob.browser.submit(f"/e/{concert.slug}/holds", **more, **{f"tier-{floor.public_id}": 2})
    assert bob.browser.submit(f"{held.location}/payment", **more).status_code == 303
    [order] = db.session.scalars(sa.select(Order)).all()
    assert (order.buyer_id, order.status.value, order.total_minor) == (bob.id, "pending", 5000)
    assert (till.only.amount_minor, next(iter(till.asks.values())).fee_minor) == (5000, 50)
    user = db.session.get_one(User, bob.id)
    assert (user.name, user.is_admin) == ("Robert", False)
    assert counts(floor) == (2, 0)


def test_a_seller_is_opened_with_a_name_and_a_country_alone(till: Till, bob: Person) -> None:
    more = MORE_THAN_ASKED | {"country": "DE", "name": "Bob's"}
    bob.browser.submit("/sell", **more)
    [member] = db.session.scalars(sa.select(Member)).all()
    [seller] = db.session.scalars(sa.select(Seller)).all()
    assert (member.user_id, member.role, seller.name) == (bob.id, Role.OWNER, "Bob's")
    assert (seller.charges_enabled, seller.fee_bps) == (False, None)
    assert seller.stripe_account != "acct_evil"


def test_members_that_the_api_does_not_know_are_refused_and_change_nothing(
    app: Flask, alice: Person, concert: Event, floor: Tier
) -> None:
    shop = program_of(app, alice.user)
    item = {"tier_id": floor.public_id, "quantity": 1}
    holding, event = f"/events/{concert.public_id}/reservations", f"/events/{concert.public_id}"
    headers = {"If-Match": '"1"', "Idempotency-Key": "k"}
    for member in {*MORE_THAN_ASKED, "__proto__", "version", "public_id", "slug"} - {"quantity"}:
        more = {member: MORE_THAN_ASKED.get(member, "x")}
        for method, path, body in (
            ("POST", holding, {"items": [item], **more}),
            ("POST", holding, {"items": [item | more]}),
            ("PATCH", event, more),
            ("PATCH", f"/tiers/{floor.public_id}", more),
            ("POST", f"{event}/publish", more),
        ):
            if (member, path) == ("price", f"/tiers/{floor.public_id}"):
                continue  # a tier's price is its seller's to change
            answer = shop.send(method, path, json=body, headers=headers)
            assert answer.status_code == 422, (path, body)
    assert counts(floor) == (0, 0)
    db.session.expire_all()
    assert (concert.version, floor.version, floor.price_minor) == (1, 1, 2500)


# Case 14


def odd_ways(path: str) -> list[str]:
    return [
        f"{path}/", f"/%2F{path[1:]}", f"{path}.json", f"{path};x=1", f"{path}%2e", f"{path}%20",
        f"{path}%00", f"{path}/.", f"{path}/../{path.rpartition('/')[2]}", path.upper(),
        f"{path}//", path.replace("o", "%6F", 1), f"/x/..{path}", f"{path}%2f",
        f"{path}?_method=DELETE", f"/%2e{path}", f"{path}%0a", f"{path}\\",
    ]  # fmt: skip


def test_odd_spellings_and_verbs_open_nothing_to_a_stranger(
    client: Browser, mallory: Person, order: Order
) -> None:
    ticket = tickets_of(order)[0].public_id
    for path in ("/account", "/staff", f"/orders/{order.public_id}", f"/tickets/{ticket}"):
        ways = [("GET", way) for way in odd_ways(path)]
        ways += [(method, path) for method in ("HEAD", "OPTIONS", "PUT", "DELETE", "TRACE")]
        for method, way in ways:
            asked = client.open(way, method=method)
            assert asked.status_code in {303, 404, 405} or method == "OPTIONS", (method, way)
            theirs = mallory.browser.open(way, method=method)
            assert theirs.status_code < 500, (method, way)
            assert "Night Trains" not in theirs.text
            assert theirs.status_code in {404, 405} or path == "/account" or method == "OPTIONS"


# Case 15


@pytest.mark.parametrize("status", [EventStatus.DRAFT, EventStatus.CANCELLED])
def test_what_is_not_on_sale_is_neither_listed_nor_bought(
    app: Flask, alice: Person, bob: Person, client: Browser, status: EventStatus
) -> None:
    assert alice.seller
    event = make_event(alice.seller, "Whispers", status=status)
    tier = make_tier(event, "Hall")
    lists = (
        "/",
        "/sitemap.xml",
        "/search",
        "/search?q=whispers",
        "/search?city=Berlin",
        "/api/v1/events",
    )
    for path in (*lists, "/api/v1/events?q=whispers"):
        for browser in (client, bob.browser):
            assert "Whispers" not in browser.get(path).text, path
    bob.browser.submit(f"/e/{event.slug}/holds", **{f"tier-{tier.public_id}": "1"})
    shop = program_of(app, bob.user)
    item = {"tier_id": tier.public_id, "quantity": 1}
    body = {"event_id": event.public_id} | item
    held = shop.post(f"/events/{event.public_id}/reservations", {"items": [item]})
    assert held.status_code in {404, 409}
    assert shop.post("/tickets/purchase", body).status_code in {404, 409}
    assert counts(tier) == (0, 0)
    if status is EventStatus.DRAFT:
        ways = [f"/e/{event.slug}", f"/e/{event.slug}.ics", f"/e/{event.slug}/choose"]
        ways += [f"/api/v1/events/{event.public_id}"]
        ways += [f"/api/v1/events/{event.public_id}/availability"]
        assert {client.get(way).status_code for way in ways} == {404}


def test_an_event_that_is_cancelled_meanwhile_is_not_paid(
    till: Till, concert: Event, floor: Tier, bob: Person
) -> None:
    hold = hold_places(concert, bob.user, {floor: 1})
    concert.status = EventStatus.CANCELLED
    bob.browser.submit(f"/checkout/{hold.public_id}/payment")
    assert till.calls == []
    assert db.session.scalars(sa.select(Order)).all() == []


# Cases 4 and 16


def test_whoever_leaves_a_seller_is_out_with_the_next_request(
    app: Flask, alice: Person, concert: Event
) -> None:
    eve = Person(app, make_user("Eve"))
    assert alice.seller
    db.session.add(
        Member(
            seller_id=alice.seller.id,
            user_id=eve.id,
            role=Role.EDITOR,
            joined_at=eve.user.created_at,
        )
    )
    db.session.commit()
    program, browser = program_of(app, eve.user), eve.browser
    draft = make_event(alice.seller, "Not yet", status=EventStatus.DRAFT)
    assert browser.get(f"/e/{draft.slug}").status_code == 200
    with transaction():
        remove_member(alice.seller.id, eve.id, by=alice.id, now=eve.user.created_at)
    change = {"json": {"name": "Eve's"}, "headers": {"If-Match": '"1"'}}
    assert program.send("PATCH", f"/events/{concert.public_id}", **change).status_code == 401
    assert browser.get(f"/e/{draft.slug}").status_code == 404
    again = new_browser(app)
    eve.signs_in(again)
    assert again.get(f"/e/{draft.slug}").status_code == 404
    fresh = program_of(app, eve.user)
    assert fresh.send("PATCH", f"/events/{concert.public_id}", **change).status_code == 404


def test_no_secret_stands_in_the_database(app: Flask, bob: Person) -> None:
    made = bob.browser.submit("/account/keys", label="shop", scopes="read")
    [key] = db.session.scalars(sa.select(ApiKey)).all()
    with bob.browser.session_transaction() as session:
        token = session["_user_id"]
    secret = made.text.split("tix_")[1][:43]
    assert Program(new_browser(app), f"tix_{secret}").get("/me/orders").status_code == 200
    stored = db.session.scalars(sa.select(UserSession)).one()
    for kept in (key.token_hash, stored.token_hash):
        assert len(kept) == 32
        assert secret.encode() not in kept
        assert token.encode() not in kept
    assert secret not in bob.browser.get("/account/keys").text
