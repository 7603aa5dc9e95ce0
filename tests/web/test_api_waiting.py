"""Waiting lists through the API."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.factories.events import make_event, make_tier
from tests.factories.waiting import hold_of_offer, join_list, stock_of
from tests.fixtures.mailbox import Mailbox
from tests.fixtures.program import Program, program_of
from tests.people import Person
from tests.web.shop import said
from tixapp.core.db import db, transaction
from tixapp.events.models import Event, Tier
from tixapp.inventory.actions import resize_stock
from tixapp.waiting.models import WaitingEntry

Move = Callable[[datetime | timedelta], datetime]
Work = Callable[[], Mailbox]


@pytest.fixture
def floor(event: Event) -> Tier:
    return make_tier(event, capacity=5, sold=5)


@pytest.fixture
def shop(app: Flask, bob: Person) -> Program:
    return program_of(app, bob.user)


def joins(shop: Program, event: Event, tier: Tier | None, **others: object) -> TestResponse:
    body = {"tier_id": tier.public_id if tier else None, "quantity": 2} | others
    return shop.post(f"/events/{event.public_id}/waiting-list", body)


def raise_to(tier: Tier, capacity: int, *, now: datetime) -> None:
    with transaction():
        resize_stock(tier.id, capacity, now=now)


def test_a_place_is_taken_and_shown_with_its_position(
    shop: Program, event: Event, floor: Tier, carol: Person
) -> None:
    join_list(event, carol.user, floor)
    made = joins(shop, event, floor)
    assert (made.status_code, said(made)) == (
        201,
        {
            "id": said(made)["id"],
            "event_id": event.public_id,
            "tier_id": floor.public_id,
            "quantity": 2,
            "together": False,
            "status": "waiting",
            "paused": False,
            "position": 2,
            "offered_quantity": None,
            "offer_expires_at": None,
            "reservation_id": None,
        },
    )
    assert said(shop.get(f"/waiting-list/{said(made)['id']}")) == said(made)
    assert said(joins(shop, event, floor))["id"] == said(made)["id"]


def test_an_offer_is_accepted_and_is_then_a_reservation(
    now: datetime, shop: Program, event: Event, floor: Tier
) -> None:
    entry = said(joins(shop, event, None, together=True))
    raise_to(floor, 7, now=now)
    offered = said(shop.get(f"/waiting-list/{entry['id']}"))
    assert (offered["status"], offered["offered_quantity"], offered["offer_expires_at"]) == (
        "offered",
        2,
        "2026-11-20T12:30:00Z",
    )
    assert offered["reservation_id"] is None
    accepted = shop.post(f"/waiting-list/{entry['id']}/accept")
    reservation = said(accepted)["reservation_id"]
    assert said(shop.get(f"/reservations/{reservation}"))["expires_at"] == "2026-11-20T12:30:00Z"
    again = shop.post(f"/waiting-list/{entry['id']}/accept")
    assert (again.status_code, said(again)["reservation_id"]) == (200, reservation)
    left = shop.send("DELETE", f"/waiting-list/{entry['id']}")
    assert (left.status_code, said(left)["code"]) == (409, "offer_accepted")


def test_an_offer_that_has_not_been_accepted_is_nobodys_reservation(
    now: datetime, shop: Program, event: Event, floor: Tier, bob: Person
) -> None:
    entry = join_list(event, bob.user, floor)
    raise_to(floor, 6, now=now)
    assert shop.get(f"/reservations/{hold_of_offer(entry).public_id}").status_code == 404


def test_leaving_is_done_once_and_twice_is_no_fault(
    now: datetime, shop: Program, event: Event, floor: Tier
) -> None:
    entry = said(joins(shop, event, floor))
    raise_to(floor, 7, now=now)
    for _ in range(2):
        left = shop.send("DELETE", f"/waiting-list/{entry['id']}")
        assert (left.status_code, said(left)["status"]) == (200, "left")
    assert stock_of(floor) == (0, 5, 0)
    refused = shop.post(f"/waiting-list/{entry['id']}/accept")
    assert (refused.status_code, said(refused)["code"]) == (409, "no_offer")


def test_an_offer_whose_time_is_over_has_expired_when_it_is_looked_at(
    now: datetime, at: Move, shop: Program, event: Event, floor: Tier, work: Work
) -> None:
    entry = said(joins(shop, event, floor))
    raise_to(floor, 7, now=now)
    work()
    at(timedelta(minutes=30))
    refused = shop.post(f"/waiting-list/{entry['id']}/accept")
    assert (refused.status_code, said(refused)["code"]) == (409, "no_offer")
    assert said(shop.get(f"/waiting-list/{entry['id']}"))["status"] == "expired"
    assert stock_of(floor) == (0, 5, 0)


def test_a_fourth_new_place_is_refused_with_the_seconds_to_wait(
    shop: Program, alice: Person, event: Event, floor: Tier, bob: Person
) -> None:
    assert alice.seller
    for n in range(3):
        other = make_event(alice.seller, f"Show {n}")
        join_list(other, bob.user, make_tier(other, capacity=1, sold=1))
    refused = joins(shop, event, floor)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "1800")
    assert said(refused)["code"] == "too_many_requests"
    assert "12:30 UTC" in said(refused)["detail"]
    assert db.session.query(WaitingEntry).count() == 3


def test_another_accounts_place_is_not_there(
    app: Flask, now: datetime, event: Event, floor: Tier, bob: Person, carol: Person
) -> None:
    entry = join_list(event, bob.user, floor)
    raise_to(floor, 6, now=now)
    other = program_of(app, carol.user)
    assert other.get(f"/waiting-list/{entry.public_id}").status_code == 404
    assert other.send("DELETE", f"/waiting-list/{entry.public_id}").status_code == 404
    assert other.post(f"/waiting-list/{entry.public_id}/accept").status_code == 404
    assert stock_of(floor) == (1, 5, 0)


@pytest.mark.parametrize(
    "body",
    [{"quantity": 0}, {"quantity": "2"}, {"tier_id": "tier_of_another", "quantity": 1}],
)
def test_a_wish_that_makes_no_sense_is_refused(
    body: dict[str, object], shop: Program, event: Event, floor: Tier
) -> None:
    refused = shop.post(f"/events/{event.public_id}/waiting-list", body)
    assert refused.status_code == 422
    assert db.session.query(WaitingEntry).count() == 0


def test_the_status_of_an_event_says_how_many_wait(
    app: Flask, alice: Person, event: Event, floor: Tier, bob: Person, carol: Person
) -> None:
    for person in (bob, carol):
        join_list(event, person.user, floor)
    office = program_of(app, alice.user)
    assert said(office.get(f"/admin/events/{event.public_id}/status"))["waiting_list"] == 2
