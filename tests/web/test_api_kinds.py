"""Kinds of tickets closed and removed, and events made once more, through the API."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.factories.events import make_event, make_tier
from tests.factories.sellers import make_seller
from tests.fixtures.program import Program, program_of
from tests.people import Person
from tests.web.shop import said
from tixapp.core.db import db
from tixapp.events.models import Event, EventStatus, Tier
from tixapp.inventory.models import Stock

pytestmark = pytest.mark.usefixtures("now")


@pytest.fixture
def office(app: Flask, alice: Person) -> Program:
    return program_of(app, alice.user)


@pytest.fixture
def event(alice: Person) -> Event:
    assert alice.seller
    return make_event(alice.seller)


@pytest.fixture
def draft(alice: Person) -> Event:
    assert alice.seller
    return make_event(alice.seller, "Bare", status=EventStatus.DRAFT, published_at=None)


def test_a_tier_is_closed_and_closing_twice_is_no_fault(office: Program, event: Event) -> None:
    floor = make_tier(event, sold=3)
    first = said(office.post(f"/tiers/{floor.public_id}/close", {}))
    again = said(office.post(f"/tiers/{floor.public_id}/close", {}))
    assert first["sale_ends_at"] == again["sale_ends_at"] == "2026-11-20T12:00:00Z"


def test_a_tier_of_a_draft_is_removed(office: Program, draft: Event) -> None:
    pit = make_tier(draft, "Pit")
    answer = office.send("DELETE", f"/tiers/{pit.public_id}")
    assert (answer.status_code, said(answer)["tiers"]) == (200, [])
    assert db.session.query(Stock).count() == 0


def test_a_tier_that_was_on_sale_is_not_removed(office: Program, event: Event) -> None:
    floor = make_tier(event)
    answer = office.send("DELETE", f"/tiers/{floor.public_id}")
    assert (answer.status_code, said(answer)["code"]) == (409, "tier_in_use")
    assert db.session.query(Tier).count() == 1


def test_an_event_is_made_once_more(office: Program, event: Event) -> None:
    make_tier(event, "Floor", capacity=70, sold=9)
    made = office.post(f"/events/{event.public_id}/copies", {})
    assert made.status_code == 201
    copy = said(made)
    assert (copy["status"], copy["name"]) == ("draft", "Night Trains")
    [floor] = copy["tiers"]
    assert (floor["capacity"], floor["remaining"]) == (70, 70)


def test_another_sellers_tiers_and_events_are_not_found(
    office: Program, bob: Person, draft: Event
) -> None:
    theirs = make_event(make_seller(bob.user, "Bob's Bar"), "Quiz")
    seats = make_tier(theirs, "Seats")
    for method, path in (
        ("POST", f"/tiers/{seats.public_id}/close"),
        ("DELETE", f"/tiers/{seats.public_id}"),
        ("POST", f"/events/{theirs.public_id}/copies"),
    ):
        body = {"json": {}} if method == "POST" else {}
        assert office.send(method, path, **body).status_code == 404
    assert db.session.get_one(Tier, seats.id).sale_ends_at is None
    assert db.session.query(Event).count() == 2


def test_the_rest_of_what_a_seller_says(office: Program, draft: Event) -> None:
    rest = {
        "minimum_age": 16,
        "refund_policy": "None.",
        "accessibility": "Two steps.",
        "return_hours": 48,
        "return_share_bps": 9000,
        "fee_passed_on": True,
        "hue": 210,
    }
    path = f"/events/{draft.public_id}"
    headers = {"If-Match": f'"{draft.version}"'}
    changed = said(office.send("PATCH", path, json=rest, headers=headers))
    assert {name: changed[name] for name in rest} == rest
    headers = {"If-Match": f'"{changed["version"]}"'}
    refused = office.send("PATCH", path, json={"hue": 7}, headers=headers)
    assert refused.status_code == 422
    assert db.session.get_one(Event, draft.id).hue == 210
