"""Making and changing events through the API."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.factories.events import make_event, make_tier
from tests.factories.sellers import make_seller
from tests.fixtures.program import Program, program_of
from tests.people import Person
from tests.web.shop import said
from tixapp.core.db import db
from tixapp.events.models import Event, EventStatus, Tier
from tixapp.inventory.models import Stock

EVENT = {
    "name": "Brass in the Yard",
    "description": "Three bands.",
    "venue": "Werkhof",
    "city": "Berlin",
    "timezone": "Europe/Berlin",
    "currency": "EUR",
    "starts_at": "2027-01-10T20:00:00+01:00",
}
TIER = {"name": "Floor", "price": {"amount": 4500, "currency": "EUR"}, "capacity": 100}

pytestmark = pytest.mark.usefixtures("now")


@pytest.fixture
def office(app: Flask, alice: Person) -> Program:
    return program_of(app, alice.user)


def events() -> int:
    return db.session.scalar(sa.select(sa.func.count(Event.id))) or 0


def patch(program: Program, path: str, body: Any, version: object = None) -> Any:
    headers = {} if version is None else {"If-Match": f'"{version}"'}
    return program.send("PATCH", path, json=body, headers=headers)


def test_from_a_draft_to_the_list(office: Program) -> None:
    made = office.post("/events", EVENT)
    assert made.status_code == 201
    draft = said(made)
    assert (draft["status"], draft["starts_at"]) == ("draft", "2027-01-10T19:00:00Z")
    assert (draft["waiting_list"], draft["room"], draft["purchase_limit"]) == (True, False, 6)
    refused = office.post(f"/events/{draft['id']}/publish")
    assert (refused.status_code, said(refused)["code"]) == (409, "not_ready")
    assert set(said(refused)["missing"]) == {"tiers"}
    tier = office.post(f"/events/{draft['id']}/tiers", TIER)
    assert tier.status_code == 201
    assert {k: said(tier)[k] for k in ("name", "price", "capacity", "remaining")} == {
        "name": "Floor",
        "price": {"amount": 4500, "currency": "EUR"},
        "capacity": 100,
        "remaining": 100,
    }
    published = office.post(f"/events/{draft['id']}/publish")
    assert (published.status_code, said(published)["status"]) == (200, "published")
    assert office.post(f"/events/{draft['id']}/publish").status_code == 200
    listed = said(office.get("/events"))["items"]
    assert [(e["id"], len(e["tiers"])) for e in listed] == [(draft["id"], 1)]


def test_every_fault_is_named_at_once(office: Program) -> None:
    wrong = {"name": 3, "venue": "W", "currency": "EUR", "room": "yes", "role": "admin"}
    refused = office.post("/events", wrong)
    assert (refused.status_code, said(refused)["faults"]) == (
        422,
        {
            "name": "is not text",
            "city": "is required",
            "timezone": "is required",
            "starts_at": "is required",
            "room": "is neither true nor false",
            "role": "is not known here",
        },
    )
    assert events() == 0


def test_what_the_business_does_not_allow_is_named_too(office: Program) -> None:
    wrong = EVENT | {"timezone": "Mars/Base", "currency": "XXX", "ends_at": "2026-01-01T00:00:00Z"}
    refused = office.post("/events", wrong)
    assert refused.status_code == 422
    assert set(said(refused)["faults"]) == {"timezone", "currency", "ends_at"}
    assert events() == 0


@pytest.mark.parametrize("member", ["id", "seller", "status", "slug", "version", "fee_bps"])
def test_members_that_are_not_the_sellers_to_set_are_refused(
    office: Program, event: Event, member: str
) -> None:
    refused = patch(office, f"/events/{event.public_id}", {member: "x"}, event.version)
    assert (refused.status_code, list(said(refused)["faults"])) == (422, [member])


def test_a_change_takes_what_is_sent_and_leaves_the_rest(office: Program, event: Event) -> None:
    before = said(office.get(f"/events/{event.public_id}"))
    changed = patch(
        office,
        f"/events/{event.public_id}",
        {"name": "Day Trains", "doors_at": "2026-12-20T18:00:00Z", "room": True},
        before["version"],
    )
    assert changed.status_code == 200
    assert said(changed) == before | {
        "name": "Day Trains",
        "doors_at": "2026-12-20T18:00:00Z",
        "room": True,
        "version": before["version"] + 1,
    }
    assert changed.headers["ETag"] == f'"{before["version"] + 1}"'
    cleared = patch(office, f"/events/{event.public_id}", {"doors_at": None}, before["version"] + 1)
    assert said(cleared)["doors_at"] is None


def test_a_change_without_a_version_or_with_an_old_one_changes_nothing(
    office: Program, event: Event
) -> None:
    tier = make_tier(event)
    for path, row in ((f"/events/{event.public_id}", event), (f"/tiers/{tier.public_id}", tier)):
        missing = patch(office, path, {"name": "New"})
        assert (missing.status_code, said(missing)["code"]) == (428, "precondition_required")
        for version in (row.version + 1, "x"):
            stale = patch(office, path, {"name": "New"}, version)
            assert (stale.status_code, said(stale)["code"]) == (412, "stale_version")
            assert stale.headers["ETag"] == f'"{row.version}"'
        assert patch(office, path, {"name": "New"}, row.version).status_code == 200


def test_of_two_who_edit_the_second_is_told(office: Program, event: Event) -> None:
    tag = office.get(f"/events/{event.public_id}").headers["ETag"].strip('"')
    assert patch(office, f"/events/{event.public_id}", {"name": "Mine"}, tag).status_code == 200
    assert patch(office, f"/events/{event.public_id}", {"name": "Yours"}, tag).status_code == 412
    assert said(office.get(f"/events/{event.public_id}"))["name"] == "Mine"


def test_a_tier_is_changed_and_never_below_what_is_sold(office: Program, event: Event) -> None:
    tier = make_tier(event, capacity=10, sold=4)
    path = f"/tiers/{tier.public_id}"
    changed = patch(
        office,
        path,
        {"price": {"amount": 5000, "currency": "EUR"}, "capacity": 4},
        tier.version,
    )
    assert changed.status_code == 200
    assert {k: said(changed)[k] for k in ("price", "capacity", "remaining", "state")} == {
        "price": {"amount": 5000, "currency": "EUR"},
        "capacity": 4,
        "remaining": 0,
        "state": "gone",
    }
    refused = patch(office, path, {"name": "New", "capacity": 3}, said(changed)["version"])
    assert (refused.status_code, said(refused)["code"]) == (409, "below_committed")
    assert said(refused)["committed"] == 4
    row = db.session.get_one(Tier, tier.id)
    assert (row.name, db.session.get_one(Stock, tier.id).capacity) == ("Floor", 4)


def test_a_price_in_another_currency_is_refused(office: Program, event: Event) -> None:
    other = TIER | {"price": {"amount": 4500, "currency": "USD"}}
    refused = office.post(f"/events/{event.public_id}/tiers", other)
    assert (refused.status_code, said(refused)["faults"]) == (422, {"price.currency": "is not EUR"})
    assert db.session.scalar(sa.select(sa.func.count(Tier.id))) == 0


def test_others_and_door_staff_change_nothing(
    app: Flask, event: Event, bob: Person, carol: Person, dan: Person
) -> None:
    make_seller(carol.user, "Carol's")
    tier = make_tier(event)
    for person in (bob, carol, dan):
        program = program_of(app, person.user)
        answers = [
            patch(program, f"/events/{event.public_id}", {"name": "X"}, event.version),
            patch(program, f"/tiers/{tier.public_id}", {"name": "X"}, tier.version),
            program.post(f"/events/{event.public_id}/tiers", TIER),
            program.post(f"/events/{event.public_id}/publish"),
        ]
        assert [answer.status_code for answer in answers] == [404] * 4
        assert "Night Trains" not in "".join(answer.text for answer in answers)
    assert db.session.get_one(Event, event.id).name == "Night Trains"


def test_who_sells_for_nobody_makes_no_events(app: Flask, bob: Person, dan: Person) -> None:
    for person in (bob, dan):
        refused = program_of(app, person.user).post("/events", EVENT)
        assert (refused.status_code, said(refused)["code"]) == (403, "forbidden")
    assert events() == 0


def test_who_sells_for_several_says_for_which(
    app: Flask, alice: Person, bob: Person, office: Program
) -> None:
    second = make_seller(alice.user, "Alice's Other Club")
    foreign = make_seller(bob.user, "Bob's")
    unsaid = office.post("/events", EVENT)
    assert (unsaid.status_code, said(unsaid)["faults"]) == (422, {"seller_id": "is required"})
    theirs = office.post("/events", EVENT | {"seller_id": foreign.public_id})
    assert (theirs.status_code, events()) == (404, 0)
    made = office.post("/events", EVENT | {"seller_id": second.public_id})
    assert said(made)["seller"] == {"id": second.public_id, "name": "Alice's Other Club"}


def test_an_event_is_made_once_for_one_key(office: Program) -> None:
    first = office.post("/events", EVENT, once="k")
    again = office.post("/events", EVENT, once="k")
    assert (again.data, again.headers["ETag"]) == (first.data, first.headers["ETag"])
    assert events() == 1
    assert office.send("POST", "/events", json=EVENT).status_code == 201
    assert events() == 2


def test_a_free_event_needs_no_account_to_be_published(
    app: Flask, alice: Person, office: Program
) -> None:
    assert alice.seller
    alice.seller.charges_enabled = False
    draft = make_event(alice.seller, status=EventStatus.DRAFT)
    office.post(f"/events/{draft.public_id}/tiers", TIER)
    refused = office.post(f"/events/{draft.public_id}/publish")
    assert set(said(refused)["missing"]) == {"account"}
    free = make_event(alice.seller, "Free", status=EventStatus.DRAFT)
    tier = TIER | {"price": {"amount": 0, "currency": "EUR"}}
    office.post(f"/events/{free.public_id}/tiers", tier)
    assert office.post(f"/events/{free.public_id}/publish").status_code == 200
