"""Finding events and what is left of them through the API."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask

from tests.factories.events import IN_A_MONTH, make_event, make_tier
from tests.fixtures.app import new_browser
from tests.fixtures.program import Program, program_of
from tests.people import Person
from tests.web.shop import hold, said
from tixapp.events.models import Event, EventStatus, Tier
from tixapp.sellers.models import Seller

Move = Callable[[datetime | timedelta], datetime]


@pytest.fixture
def seller(alice: Person, now: datetime) -> Seller:
    assert alice.seller
    return alice.seller


@pytest.fixture
def event(seller: Seller) -> Event:
    return make_event(seller, address="Werkstr. 1", description="All night.", category="concert")


@pytest.fixture
def floor(event: Event) -> Tier:
    return make_tier(event, price_minor=4500, capacity=100)


@pytest.fixture
def nobody(app: Flask) -> Program:
    return Program(new_browser(app))


def names(program: Program, query: str) -> list[str]:
    return [event["name"] for event in said(program.get(f"/events?{query}"))["items"]]


def test_an_event_is_shown_whole(
    nobody: Program, seller: Seller, event: Event, floor: Tier
) -> None:
    shown = nobody.get(f"/events/{event.public_id}")
    assert said(shown) == {
        "id": event.public_id,
        "slug": "night-trains",
        "url": "http://localhost/e/night-trains",
        "name": "Night Trains",
        "description": "All night.",
        "status": "published",
        "paused": False,
        "venue": "Kesselhaus",
        "address": "Werkstr. 1",
        "city": "Berlin",
        "timezone": "Europe/Berlin",
        "currency": "EUR",
        "category": "concert",
        "starts_at": "2026-12-20T19:00:00Z",
        "ends_at": None,
        "doors_at": None,
        "on_sale_at": None,
        "room": False,
        "waiting_list": True,
        "purchase_limit": 6,
        "minimum_age": None,
        "refund_policy": "",
        "accessibility": "",
        "return_hours": None,
        "return_share_bps": 10_000,
        "fee_passed_on": False,
        "hue": event.hue,
        "seller": {"id": seller.public_id, "name": "Alice's Club"},
        "tiers": [
            {
                "id": floor.public_id,
                "name": "Floor",
                "description": "",
                "price": {"amount": 4500, "currency": "EUR"},
                "fee": {"amount": 0, "currency": "EUR"},
                "capacity": 100,
                "remaining": 100,
                "state": "ok",
                "per_order_limit": 4,
                "sale_starts_at": None,
                "sale_ends_at": None,
                "version": floor.version,
            }
        ],
        "version": event.version,
    }
    assert shown.headers["ETag"] == f'"{event.version}"'


def test_the_list_holds_the_same_events_by_filters(
    nobody: Program, seller: Seller, event: Event, floor: Tier
) -> None:
    later = IN_A_MONTH + timedelta(days=30)
    make_event(seller, "Brass", city="Köln", starts_at=later, category="basketball")
    assert said(nobody.get("/events"))["items"][0] == said(nobody.get(f"/events/{event.public_id}"))
    assert names(nobody, "") == ["Night Trains", "Brass"]
    assert names(nobody, "q=trains") == ["Night Trains"]
    assert names(nobody, "city=koln") == ["Brass"]
    assert names(nobody, "category=concert") == ["Night Trains"]
    assert names(nobody, "from=2026-12-21") == ["Brass"]
    assert names(nobody, "to=2026-12-20") == ["Night Trains"]
    assert names(nobody, "from=2026-12-20T19:00:00Z&to=2026-12-20T19:00:01%2B00:00") == [
        "Night Trains"
    ]
    assert names(nobody, "from=2026-12-20T19:00:01Z") == ["Brass"]


def test_pages_follow_one_another(nobody: Program, seller: Seller) -> None:
    for number in range(5):
        make_event(seller, f"No {number}", starts_at=IN_A_MONTH + timedelta(days=number))
    seen: list[str] = []
    address = "/events?limit=2"
    for _ in range(3):
        page = said(nobody.get(address))
        seen += [event["name"] for event in page["items"]]
        address = f"/events?limit=2&cursor={page['next_cursor']}"
    assert (seen, page["next_cursor"]) == ([f"No {n}" for n in range(5)], None)


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=101",
        "limit=1e6",
        "limit=-1",
        "limit=1&limit=2",
        "per_page=5",
        "from=yesterday",
        "from=2026-12-20T19:00:00",
        "to=20261220",
        "q=%00",
        f"cursor={'x' * 41}",
    ],
)
def test_a_query_that_makes_no_sense_is_named(nobody: Program, query: str) -> None:
    name = query.split("=", maxsplit=1)[0]
    refused = nobody.get(f"/events?{query}")
    assert (refused.status_code, list(said(refused)["faults"])) == (
        422,
        [name],
    )


def test_drafts_are_not_found_by_anyone(
    app: Flask, nobody: Program, seller: Seller, alice: Person
) -> None:
    draft = make_event(seller, "Secret", status=EventStatus.DRAFT)
    for program in (nobody, program_of(app, alice.user)):
        for address in (f"/events/{draft.public_id}", f"/events/{draft.public_id}/availability"):
            missing = program.get(address)
            assert (missing.status_code, said(missing)["code"]) == (404, "not_found")
        assert names(program, "") == []


@pytest.mark.parametrize("event_id", ["evt_x", "%00", "a" * 41, "évt", "..", "evt;x"])
def test_what_is_no_event_is_not_found(nobody: Program, event_id: str) -> None:
    for rest in ("", "/availability"):
        assert nobody.get(f"/events/{event_id}{rest}").status_code == 404


def test_availability_counts_what_is_held_and_sold(
    app: Flask, nobody: Program, event: Event, bob: Person, at: Move
) -> None:
    floor = make_tier(event, "Floor", price_minor=4500, capacity=10, sold=5)
    gone = make_tier(event, "Gone", price_minor=100, capacity=3, sold=3)
    low = make_tier(event, "Low", price_minor=100, capacity=20, sold=18)
    hold(program_of(app, bob.user), event, floor, 4)
    shown = said(nobody.get(f"/events/{event.public_id}/availability"))
    assert shown["tiers"] == [
        {
            "id": tier.public_id,
            "name": tier.name,
            "price": {"amount": price, "currency": "EUR"},
            "remaining": remaining,
            "state": state,
        }
        for tier, price, remaining, state in (
            (floor, 4500, 1, "low"),
            (gone, 100, 0, "gone"),
            (low, 100, 2, "low"),
        )
    ]
    at(timedelta(minutes=11))
    later = said(nobody.get(f"/events/{event.public_id}/availability"))
    assert (later["tiers"][0]["remaining"], later["seq"] > shown["seq"]) == (5, True)


def test_availability_may_be_cached_and_says_when_nothing_changed(
    app: Flask, nobody: Program, event: Event, floor: Tier, bob: Person
) -> None:
    address = f"/events/{event.public_id}/availability"
    first = nobody.get(address)
    assert first.headers["Cache-Control"] == "public, max-age=0, s-maxage=1"
    assert "Set-Cookie" not in first.headers
    same = nobody.get(address, If_None_Match=first.headers["ETag"])
    assert (same.status_code, same.data) == (304, b"")
    hold(program_of(app, bob.user), event, floor)
    changed = nobody.get(address, If_None_Match=first.headers["ETag"])
    assert (changed.status_code, said(changed)["tiers"][0]["remaining"]) == (200, 98)


def test_availability_is_the_same_for_everyone(
    nobody: Program, event: Event, floor: Tier, bob: Person
) -> None:
    address = f"/api/v1/events/{event.public_id}/availability"
    mine = bob.browser.get(address, headers={"Authorization": "Bearer wrong"})
    assert mine.status_code == 200
    assert mine.headers["Cache-Control"].startswith("public")
    assert "Vary" not in mine.headers


def test_an_event_without_tiers_has_nothing_left(nobody: Program, event: Event) -> None:
    assert said(nobody.get(f"/events/{event.public_id}/availability"))["tiers"] == []
