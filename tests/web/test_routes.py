"""Every address and who may use it.

The table is the claim; the test makes it true: each person goes to each address, with things that
are bob's (a hold, an order, tickets), alice's (an event, sold by her club) and dan's door. A route
that is not in the table fails the test: add its row, and say who may use it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.factories import saved
from tests.factories.accounts import make_user
from tests.factories.doors import make_gate, make_phone
from tests.factories.events import make_event, make_tier
from tests.factories.inventory import hold_places
from tests.factories.orders import buy, the_payment, tickets_of
from tests.factories.pictures import make_picture
from tests.factories.rooms import room_of
from tests.factories.sellers import make_seller
from tests.factories.waiting import join_list
from tests.fixtures.app import new_browser
from tests.fixtures.browser import Browser
from tests.fixtures.program import make_key
from tests.fixtures.till import Till
from tests.people import Person
from tixapp.accounts.models import ApiKey, UserSession
from tixapp.accounts.rules import address
from tixapp.core.db import db, transaction
from tixapp.events.models import Event
from tixapp.inventory.codes import Code
from tixapp.refunds.actions import Wish, refund_order
from tixapp.sellers.invitations import invite
from tixapp.sellers.models import Role
from tixapp.selling.messages_to_buyers import unsubscribe_token
from tixapp.waiting.jobs.room import announce_missing_rooms, steer_room
from tixapp.web.limits import limiter

# Who goes. Frank sells too, elsewhere; erin runs the platform.
# The phone is a device at the door of alice's event; nobody is signed in to it.
PEOPLE = ("nobody", "bob", "carol", "dan", "alice", "frank", "erin", "phone")


class Answer(Enum):
    LET_IN = "let in"
    SIGN_IN = "asked to sign in"
    KEY = "asked for a key"
    NO_SUCH_PAGE = "told that there is no such page"
    UNSIGNED = "told that the signature is missing"
    ERROR = "an error page of ours"


@dataclass(frozen=True)
class Access:
    """`insiders` None: everybody who is not kept out by `nobody`."""

    nobody: Answer
    insiders: frozenset[str] | None = None
    others: Answer = Answer.NO_SUCH_PAGE
    phone: Answer | None = None

    def expected(self, who: str) -> Answer:
        if who == "nobody":
            return self.nobody
        if who == "phone":
            return self.phone or self.nobody
        return Answer.LET_IN if self.insiders is None or who in self.insiders else self.others


def _only(*insiders: str) -> frozenset[str]:
    return frozenset(insiders)


EVERYONE = Access(Answer.LET_IN)
NOBODY = Access(Answer.NO_SUCH_PAGE, _only())
SIGNED_IN = Access(Answer.SIGN_IN)
ADMIN = Access(Answer.NO_SUCH_PAGE, _only("erin"))
THE_BUYER = Access(Answer.SIGN_IN, _only("bob"))
NOBODY_BUT_A_GUEST = Access(Answer.SIGN_IN, _only())  # bob paid for what he has
THE_OWNER = Access(Answer.SIGN_IN, _only("alice"))
THE_DOOR = Access(Answer.SIGN_IN, _only("alice", "dan"), phone=Answer.LET_IN)
THE_DOOR_STAFF = Access(Answer.SIGN_IN, _only("alice", "dan"), phone=Answer.NO_SUCH_PAGE)
THE_PHONE = Access(Answer.SIGN_IN, _only(), phone=Answer.LET_IN)
WHO_SCANNED_IT = Access(Answer.SIGN_IN, _only(), phone=Answer.NO_SUCH_PAGE)  # none of these did
STRIPE = Access(Answer.UNSIGNED, _only(), Answer.UNSIGNED)
WITH_KEY = Access(Answer.KEY)
KEY_OF_BUYER = Access(Answer.KEY, _only("bob"))
KEY_OF_OWNER = Access(Answer.KEY, _only("alice"))
KEY_TO_STEER = Access(Answer.KEY, _only("alice", "erin"))
KEY_OF_SELLER = Access(Answer.KEY, _only("alice", "frank"))
KEY_OF_DOOR = Access(Answer.KEY, _only("alice", "dan"))

ROUTES: dict[str, Access] = {
    # Looking around
    "GET /": EVERYONE,
    "GET /search": EVERYONE,
    "GET /e/<slug>": EVERYONE,
    "GET /e/<slug>.ics": EVERYONE,
    "GET /pictures/<picture_id>/<file>": EVERYONE,
    "GET /e/<slug>/choose": EVERYONE,
    "GET /sell/events/<event_id>/room": THE_OWNER,
    "GET /sell/events/<event_id>/room.json": THE_OWNER,
    "POST /sell/events/<event_id>/room": THE_OWNER,
    "GET /staff/rooms": ADMIN,
    "GET /staff/rooms/<event_id>": ADMIN,
    "GET /staff/rooms/<event_id>.json": ADMIN,
    "POST /staff/rooms/<event_id>": ADMIN,
    "POST /staff/rooms/<event_id>/pause": ADMIN,
    "POST /staff/rooms/<event_id>/resume": ADMIN,
    # The waiting room
    "GET /e/<slug>/room": EVERYONE,
    "POST /e/<slug>/room": SIGNED_IN,
    "POST /e/<slug>/room/pass": SIGNED_IN,
    "POST /e/<slug>/room/leave": SIGNED_IN,
    "POST /e/<slug>/room/list": SIGNED_IN,
    "GET /e/<slug>/room/proof": EVERYONE,
    "GET /e/<slug>/room/transcript": EVERYONE,
    "GET /room/<event_id>.json": EVERYONE,
    "GET /room/<event_id>/<table>": EVERYONE,
    "GET /robots.txt": EVERYONE,
    "GET /sitemap.xml": EVERYONE,
    "GET /health": EVERYONE,
    "GET /favicon.ico": EVERYONE,
    "GET /static/<version>/<path:path>": EVERYONE,
    "GET /staff/styleguide": NOBODY,  # in production, and so here
    "GET /metrics": NOBODY,  # without the token, which is no role
    # Accounts
    "GET /sign-in": EVERYONE,
    "POST /sign-in": EVERYONE,
    "GET /sign-up": EVERYONE,
    "POST /sign-up": EVERYONE,
    "GET /welcome": EVERYONE,
    "GET /forgotten": EVERYONE,
    "POST /forgotten": EVERYONE,
    "GET /forgotten/sent": EVERYONE,
    "GET /reset": EVERYONE,
    "POST /reset": EVERYONE,
    "GET /confirm": EVERYONE,
    "POST /confirm": EVERYONE,
    "GET /account/new-address": EVERYONE,
    "POST /account/new-address": EVERYONE,
    "POST /sign-out": EVERYONE,
    "GET /account": SIGNED_IN,
    "POST /account/name": SIGNED_IN,
    "POST /account/password": SIGNED_IN,
    "POST /account/address": SIGNED_IN,
    "POST /account/confirmation": SIGNED_IN,
    "GET /account/keys": SIGNED_IN,
    "POST /account/keys": SIGNED_IN,
    "POST /account/keys/<key_id>/end": THE_BUYER,
    "GET /account/sessions": SIGNED_IN,
    "POST /account/sessions/<session_id>/end": THE_BUYER,
    "POST /account/sessions/end-others": SIGNED_IN,
    # Buying
    "POST /e/<slug>/holds": SIGNED_IN,
    "GET /checkout/<hold_id>": THE_BUYER,
    "POST /checkout/<hold_id>/payment": THE_BUYER,
    "POST /checkout/<hold_id>/release": THE_BUYER,
    "GET /orders": SIGNED_IN,
    "GET /orders/<order_id>": THE_BUYER,
    "GET /orders/<order_id>/return": THE_BUYER,
    "GET /orders/<order_id>/return-tickets": THE_BUYER,
    "POST /orders/<order_id>/return-tickets": THE_BUYER,
    "POST /orders/<order_id>/decline": NOBODY_BUT_A_GUEST,
    # Waiting
    "GET /e/<slug>/list": EVERYONE,
    "POST /e/<slug>/list": SIGNED_IN,
    "GET /places": SIGNED_IN,
    "GET /places/<entry_id>.json": THE_BUYER,
    "POST /places/<entry_id>/acceptance": THE_BUYER,
    "POST /places/<entry_id>/refusal": THE_BUYER,
    "POST /places/<entry_id>/departure": THE_BUYER,
    "POST /places/<entry_id>/rest": THE_BUYER,
    "POST /places/<entry_id>/return": THE_BUYER,
    "POST /places/<entry_id>/renewal": THE_BUYER,
    "GET /tickets": SIGNED_IN,
    "GET /tickets/worker.js": EVERYONE,
    "GET /tickets/<ticket_id>": THE_BUYER,
    "GET /tickets/<ticket_id>.ics": THE_BUYER,
    "GET /tickets/<ticket_id>.pdf": THE_BUYER,
    "GET /tickets/<ticket_id>/qr.svg": THE_BUYER,
    # Selling
    "GET /sell": EVERYONE,
    "POST /sell": SIGNED_IN,
    "GET /sell/account": SIGNED_IN,
    "POST /sell/<seller_id>/onboarding": THE_OWNER,
    "GET /sell/stripe/<seller_id>": THE_OWNER,
    "GET /sell/stripe/<seller_id>/refresh": THE_OWNER,
    "GET /sell/stripe/<seller_id>/return": THE_OWNER,
    "POST /sell/stripe/<seller_id>/dashboard": THE_OWNER,
    "POST /sell/stripe/<seller_id>/profile": THE_OWNER,
    "GET /sell/<seller_id>/payouts": THE_OWNER,
    "GET /sell/<seller_id>/payouts.csv": THE_OWNER,
    "GET /sell/<seller_id>/team": THE_OWNER,
    "POST /sell/<seller_id>/team": THE_OWNER,
    "POST /sell/<seller_id>/team/<member_id>/role": THE_OWNER,
    "POST /sell/<seller_id>/team/<member_id>/removal": THE_OWNER,
    "POST /sell/<seller_id>/invitations/<invitation_id>/end": THE_OWNER,
    "GET /sell/invitation": NOBODY_BUT_A_GUEST,  # nobody here was asked
    "POST /sell/invitation": NOBODY_BUT_A_GUEST,
    "GET /sell/events": SIGNED_IN,
    "GET /sell/events/new": SIGNED_IN,
    "POST /sell/events/new": SIGNED_IN,
    "GET /sell/events/<event_id>": THE_OWNER,
    "GET /sell/events/<event_id>/figures.json": THE_OWNER,
    "GET /sell/events/<event_id>/figures/<name>.csv": THE_OWNER,
    "GET /sell/events/<event_id>/figures/charts": THE_OWNER,
    "GET /sell/events/<event_id>/edit": THE_OWNER,
    "POST /sell/events/<event_id>/edit": THE_OWNER,
    "POST /sell/events/<event_id>/preview": THE_OWNER,
    "POST /sell/events/<event_id>/picture": THE_OWNER,
    "POST /sell/events/<event_id>/picture/removal": THE_OWNER,
    "POST /sell/events/<event_id>/publication": THE_OWNER,
    "POST /sell/events/<event_id>/copies": THE_OWNER,
    "GET /sell/events/<event_id>/tiers/new": THE_OWNER,
    "POST /sell/events/<event_id>/tiers/new": THE_OWNER,
    "GET /sell/events/<event_id>/tiers/<tier_id>": THE_OWNER,
    "POST /sell/events/<event_id>/tiers/<tier_id>": THE_OWNER,
    "POST /sell/events/<event_id>/tiers/<tier_id>/place": THE_OWNER,
    "POST /sell/events/<event_id>/tiers/<tier_id>/close": THE_OWNER,
    "POST /sell/events/<event_id>/tiers/<tier_id>/removal": THE_OWNER,
    "GET /sell/events/<event_id>/guests": THE_OWNER,
    "GET /sell/events/<event_id>/<any(guests,orders):what>.<any(csv,xlsx):kind>": THE_OWNER,
    "GET /sell/events/<event_id>/gifts": THE_OWNER,
    "POST /sell/events/<event_id>/gifts": THE_OWNER,
    "POST /sell/orders/<order_id>/tickets/<ticket_id>/name": THE_OWNER,
    "GET /sell/events/<event_id>/list": THE_OWNER,
    "POST /sell/events/<event_id>/list/closing": THE_OWNER,
    "POST /sell/events/<event_id>/list/opening": THE_OWNER,
    "GET /unsubscribe/<token>": EVERYONE,
    "POST /unsubscribe/<token>": EVERYONE,
    "GET /sell/events/<event_id>/messages": THE_OWNER,
    "POST /sell/events/<event_id>/messages": THE_OWNER,
    "GET /sell/events/<event_id>/codes": THE_OWNER,
    "POST /sell/events/<event_id>/codes": THE_OWNER,
    "POST /sell/events/<event_id>/codes/<code_id>/end": THE_OWNER,
    "POST /sell/events/<event_id>/tiers/<tier_id>/hidden": THE_OWNER,
    "POST /sell/events/<event_id>/pause": THE_OWNER,
    "POST /sell/events/<event_id>/resume": THE_OWNER,
    "GET /sell/events/<event_id>/cancellation": THE_OWNER,
    "POST /sell/events/<event_id>/cancellation": THE_OWNER,
    "GET /sell/events/<event_id>/cancellation/progress": THE_OWNER,
    "POST /sell/events/<event_id>/cancellation/retries": THE_OWNER,
    "GET /sell/events/<event_id>/door": THE_OWNER,
    "GET /sell/events/<event_id>/door/board": THE_OWNER,
    "POST /sell/events/<event_id>/door/conflicts/seen": THE_OWNER,
    "POST /sell/events/<event_id>/door/tickets/<ticket_id>/undo": THE_OWNER,
    "GET /sell/events/<event_id>/door/gates": THE_OWNER,
    "POST /sell/events/<event_id>/door/gates": THE_OWNER,
    "POST /sell/events/<event_id>/door/gates/<gate_id>": THE_OWNER,
    "POST /sell/events/<event_id>/door/gates/<gate_id>/close": THE_OWNER,
    "POST /sell/events/<event_id>/door/gates/<gate_id>/pairing": THE_OWNER,
    "POST /sell/events/<event_id>/door/devices/<device_id>/end": THE_OWNER,
    "POST /sell/events/<event_id>/door/rules": THE_OWNER,
    "POST /sell/events/<event_id>/door/pin": THE_OWNER,
    "GET /sell/orders/<order_id>": THE_OWNER,
    "GET /sell/orders/<order_id>/refund": THE_OWNER,
    "POST /sell/orders/<order_id>/refund": THE_OWNER,
    "POST /sell/orders/<order_id>/letter": THE_OWNER,
    "POST /sell/orders/<order_id>/refunds/<refund_id>/retry": THE_OWNER,
    # The door
    "GET /scan": EVERYONE,
    "GET /scan/worker.js": EVERYONE,
    "GET /scan/decoder.js": EVERYONE,
    "GET /scan/app.webmanifest": EVERYONE,
    "GET /scan/pair": EVERYONE,
    "POST /scan/pair": EVERYONE,
    "GET /scan/<event_id>": THE_DOOR,
    "GET /scan/<event_id>/counts": THE_DOOR,
    "POST /scan/<event_id>/check-ins": THE_DOOR,
    "POST /scan/<event_id>/check-ins/<scan_id>/undo": WHO_SCANNED_IT,
    "GET /scan/<event_id>/me": THE_DOOR,
    "GET /scan/<event_id>/list": THE_DOOR,
    "POST /scan/<event_id>/log": THE_DOOR,
    "GET /scan/<event_id>/people": THE_DOOR,
    "POST /scan/<event_id>/devices": THE_DOOR_STAFF,
    "POST /scan/<event_id>/device": THE_PHONE,
    "POST /scan/<event_id>/device/end": THE_PHONE,
    # The platform's own staff
    "GET /staff": ADMIN,
    "GET /staff/payments/<payment_id>": ADMIN,
    "POST /staff/payments/<payment_id>/settlement": ADMIN,
    # Stripe
    "POST /stripe/webhook": STRIPE,
    "POST /stripe/webhook/connect": STRIPE,
    # The API, with a key each
    "GET /api/v1/openapi.json": EVERYONE,
    "GET /api/v1/docs": EVERYONE,
    "GET /api/v1/events": EVERYONE,
    "GET /api/v1/events/<event_id>": EVERYONE,
    "GET /api/v1/events/<event_id>/availability": EVERYONE,
    "POST /api/v1/events": KEY_OF_SELLER,
    "PATCH /api/v1/events/<event_id>": KEY_OF_OWNER,
    "POST /api/v1/events/<event_id>/publish": KEY_OF_OWNER,
    "POST /api/v1/events/<event_id>/tiers": KEY_OF_OWNER,
    "POST /api/v1/events/<event_id>/cancel": KEY_OF_OWNER,
    "GET /api/v1/events/<event_id>/sales": KEY_OF_OWNER,
    "GET /api/v1/events/<event_id>/attendees": KEY_OF_OWNER,
    "POST /api/v1/orders/<order_id>/refunds": KEY_OF_OWNER,
    "POST /api/v1/admin/events/<event_id>/pause": KEY_TO_STEER,
    "POST /api/v1/admin/events/<event_id>/resume": KEY_TO_STEER,
    "GET /api/v1/admin/events/<event_id>/status": KEY_TO_STEER,
    "PATCH /api/v1/tiers/<tier_id>": KEY_OF_OWNER,
    "POST /api/v1/tiers/<tier_id>/close": KEY_OF_OWNER,
    "DELETE /api/v1/tiers/<tier_id>": KEY_OF_OWNER,
    "POST /api/v1/events/<event_id>/copies": KEY_OF_OWNER,
    "POST /api/v1/events/<event_id>/reservations": WITH_KEY,
    "POST /api/v1/events/<event_id>/waiting-room/join": WITH_KEY,
    "GET /api/v1/events/<event_id>/waiting-room/status": EVERYONE,  # a token says whose place
    "GET /api/v1/reservations/<reservation_id>": KEY_OF_BUYER,
    "DELETE /api/v1/reservations/<reservation_id>": KEY_OF_BUYER,
    "POST /api/v1/events/<event_id>/waiting-list": WITH_KEY,
    "GET /api/v1/waiting-list/<entry_id>": KEY_OF_BUYER,
    "DELETE /api/v1/waiting-list/<entry_id>": KEY_OF_BUYER,
    "POST /api/v1/waiting-list/<entry_id>/accept": KEY_OF_BUYER,
    "POST /api/v1/checkout/sessions": KEY_OF_BUYER,
    "POST /api/v1/checkout/confirm": KEY_OF_BUYER,
    "POST /api/v1/tickets/purchase": WITH_KEY,
    "POST /api/v1/tickets/validate": KEY_OF_DOOR,
    "GET /api/v1/orders/<order_id>": KEY_OF_BUYER,
    "GET /api/v1/me/orders": WITH_KEY,
    "GET /api/v1/me/tickets": WITH_KEY,
}


PRICE = {"amount": 2500, "currency": "EUR"}
SAID = {
    "name": "Day Trains",
    "venue": "Kesselhaus",
    "city": "Berlin",
    "timezone": "Europe/Berlin",
    "currency": "EUR",
    "starts_at": "2026-12-20T19:00:00Z",
}


def rules(app: Flask) -> dict[str, Any]:
    """`METHOD /path` of all that is served, and its rule."""
    return {
        f"{method} {rule.rule}": rule
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def test_every_route_stands_in_the_table_and_nothing_else(app: Flask) -> None:
    assert set(rules(app)) - set(ROUTES) == set(), "give each its row, and say who may use it"
    assert set(ROUTES) - set(rules(app)) == set()


@dataclass
class World:
    """What the addresses name, and what is sent to them."""

    values: dict[str, str]
    bodies: dict[str, Any]


@pytest.fixture
def world(app: Flask, now: datetime, till: Till, alice: Person, bob: Person) -> World:
    assert alice.seller
    event = make_event(alice.seller, refund_policy="", has_room=True)
    tier = make_tier(event)
    announce_missing_rooms()
    steer_room(event.id)
    full = make_tier(event, "Pit", capacity=1, sold=1)
    order = buy(till, event, bob.user, {tier: 2})
    first, second = (ticket.public_id for ticket in tickets_of(order))
    wish = Wish("asked", asked_by=None, with_fee=True, tickets=[first])
    with transaction():
        refund = refund_order(order.id, wish, now=now)
    assert refund
    hold = hold_places(event, bob.user, {tier: 1})
    gate = make_gate(event)
    make_key(bob.user)
    with transaction():
        invitation, _token = invite(
            alice.seller.id, address("new@example.com"), Role.DOOR, by=alice.id, now=now
        )
    code = saved(Code(event_id=event.id, name="TEN", key="TEN", made_by=alice.id, made_at=now))
    assert bob.browser  # signed in once: a session that only bob may end
    key = db.session.query(ApiKey).filter_by(user_id=bob.id).one()
    session = db.session.query(UserSession).filter_by(user_id=bob.id).one()
    wanted = {"items": [{"tier_id": tier.public_id, "quantity": 1}]}
    return World(
        {
            "slug": event.slug,
            "event_id": event.public_id,
            "tier_id": tier.public_id,
            "seller_id": alice.seller.public_id,
            "member_id": alice.user.public_id,
            "code_id": code.public_id,
            "token": unsubscribe_token(alice.seller, bob.user),
            "invitation_id": invitation.public_id,
            "hold_id": hold.public_id,
            "reservation_id": hold.public_id,
            "order_id": order.public_id,
            "ticket_id": second,
            "refund_id": refund.public_id,
            "entry_id": join_list(event, bob.user, full).public_id,
            "key_id": key.public_id,
            "session_id": session.public_id,
            "scan_id": "SCAN-OF-NOBODY",
            "gate_id": gate.public_id,
            "device_id": make_phone(event, gate, alice.user).device.public_id,
            "payment_id": the_payment(order).public_id,
            "version": "0" * 12,
            "path": "css/app.css",
            "table": room_of(event).table_hash,
            "picture_id": make_picture(event).public_id,
            "file": "480.webp",
            "name": "days",
            "what": "guests",
            "kind": "csv",
        },
        {
            "GET /orders/<order_id>/return": {"session_id": till.only.id},
            "POST /sell/orders/<order_id>/refund": {"ticket": second, "fee": "with"},
            "POST /sell/<seller_id>/team/<member_id>/role": {"role": "owner"},
            "POST /e/<slug>/holds": {f"tier-{tier.public_id}": "1"},
            "POST /scan/<event_id>/check-ins": {"code": "AAAAAAAAAAAAA"},
            "POST /api/v1/events/<event_id>/reservations": wanted,
            "POST /api/v1/events": SAID,
            "PATCH /api/v1/events/<event_id>": {"name": "Night Trains again"},
            "POST /api/v1/events/<event_id>/tiers": {"name": "Pit", "price": PRICE, "capacity": 5},
            "PATCH /api/v1/tiers/<tier_id>": {"name": "Hall"},
            "POST /api/v1/checkout/sessions": {"reservation_id": hold.public_id},
            "POST /api/v1/checkout/confirm": {
                "checkout_id": the_payment(order).public_id,
                "simulate": "success",
            },
            "POST /api/v1/tickets/purchase": {
                "event_id": event.public_id,
                "tier_id": tier.public_id,
                "quantity": 1,
            },
            "POST /api/v1/tickets/validate": {"code": "T", "event_id": event.public_id},
        },
    )


@pytest.fixture
def people(
    app: Flask,
    world: World,
    bob: Person,
    carol: Person,
    dan: Person,
    alice: Person,
    erin: Person,
) -> dict[str, Person]:
    frank = make_user("Frank")
    elsewhere = make_seller(frank, "Frank's Barn")
    everybody = {"bob": bob, "carol": carol, "dan": dan, "alice": alice, "erin": erin}
    return everybody | {"frank": Person(app, frank, elsewhere), "phone": phone_of(app, world)}


def phone_of(app: Flask, world: World) -> PhonePerson:
    event = db.session.query(Event).filter_by(public_id=world.values["event_id"]).one()
    return PhonePerson(app, make_user("Nobody"), event=event)


@dataclass
class PhonePerson(Person):
    """A phone that was paired: a new device for each request, since one of them ends it."""

    event: Event | None = None

    def signs_in(self, browser: Browser) -> None:
        assert self.event
        make_phone(self.event, None, self.user).signs_in(browser)


def go(app: Flask, name: str, world: World, person: Person | None) -> Answer:
    with send(app, name, world, person) as response:
        return answer_of(response)


def send(app: Flask, name: str, world: World, person: Person | None) -> TestResponse:
    """One request from a browser, or with a key, of its own."""
    limiter.reset()
    method, path = name.split(" ")
    rule = rules(app)[name]
    values = {argument: world.values[argument] for argument in rule.arguments}
    address = app.url_map.bind("localhost").build(rule.endpoint, values, method=method)
    body = world.bodies.get(name, {})
    browser = new_browser(app)
    if path.startswith("/api/"):
        if isinstance(person, PhonePerson):
            person = None  # it has no account, and so no key
        once = f"of {person.id if person else 0}: {name}"
        headers = {"Idempotency-Key": once, "If-Match": '"1"'}
        if person is not None:
            headers["Authorization"] = f"Bearer {make_key(person.user)}"
        given = {} if method in {"GET", "DELETE"} else {"json": body}
        return browser.open(address, method=method, headers=headers, **given)
    if person is not None:
        person.signs_in(browser)
    if method == "GET":
        return browser.get(address, query_string=body)
    if path.startswith("/stripe/"):
        return browser.post(address, data=b"{}")
    return browser.submit(address, **body)


def answer_of(response: TestResponse) -> Answer:
    status, place = response.status_code, response.headers.get("Location", "")
    if (status == 303 and place.startswith("/sign-in?")) or place == "/sign-in":
        return Answer.SIGN_IN
    if status == 401:
        return Answer.KEY
    if status in {403, 404}:
        return Answer.NO_SUCH_PAGE
    if status == 400:
        return Answer.UNSIGNED
    # 503: let in as far as Stripe, which is not there.
    return Answer.ERROR if status >= 500 and status != 503 else Answer.LET_IN


@pytest.mark.parametrize("who", PEOPLE)
def test_each_address_answers_each_person_as_the_table_says(
    app: Flask, world: World, people: dict[str, Person], who: str
) -> None:
    wrong = {
        f"{who}: {name}": answer.value
        for name, access in ROUTES.items()
        if (answer := go(app, name, world, people.get(who))) != access.expected(who)
    }
    assert wrong == {}
