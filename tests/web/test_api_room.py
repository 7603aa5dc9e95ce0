"""The waiting room for programs: the same places, the same door."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.factories.inventory import counts
from tests.factories.rooms import OPENS, claim, crowd, look, make_room, only_tier, room_of
from tests.fixtures.program import Program, program_of
from tests.fixtures.till import Till
from tests.people import Person
from tests.web.shop import said
from tixapp.core.db import db, transaction
from tixapp.events.models import Event
from tixapp.waiting.actions.pausing import pause_sale
from tixapp.waiting.models import RoomEntry
from tixapp.waiting.queries.room import entry_of
from tixapp.waiting.rules.room import is_solved

SECOND = timedelta(seconds=1)
Clock = Callable[[datetime | timedelta], datetime]


@pytest.fixture
def event(alice: Person, now: datetime) -> Event:
    return make_room(alice.seller)


@pytest.fixture
def shop(app: Flask, bob: Person) -> Program:
    return program_of(app, bob.user)


def joined(shop: Program, event: Event) -> dict[str, Any]:
    answer: dict[str, Any] = said(shop.post(f"/events/{event.public_id}/waiting-room/join", {}))
    return answer


def status(shop: Program, event: Event, token: str) -> Any:
    return shop.get(f"/events/{event.public_id}/waiting-room/status?token={token}")


def hold(shop: Program, event: Event, **more: Any) -> Any:
    items = [{"tier_id": only_tier(event).public_id, "quantity": 2}]
    return shop.post(f"/events/{event.public_id}/reservations", {"items": items} | more)


def test_joining_gives_a_token_and_joining_again_the_same(shop: Program, event: Event) -> None:
    first, again = joined(shop, event), joined(shop, event)
    assert first == again
    assert first["state"] == "waiting"
    assert len(db.session.scalars(sa.select(RoomEntry)).all()) == 1


def test_before_the_sale_one_knows_when_it_opens(shop: Program, event: Event) -> None:
    answer = said(status(shop, event, joined(shop, event)["token"]))
    assert answer == {
        "state": "waiting",
        "on_sale_at": "2026-11-20T13:00:00Z",
        "seconds_until_on_sale": 3600,
        "position": None,
        "total": 0,
        "can_enter": False,
        "eta_seconds": None,
        "challenge": None,
    }


def answer_to(challenge: dict[str, Any]) -> str:
    return next(str(n) for n in range(10**7) if is_solved(challenge["text"], str(n)))


def test_whoever_is_patient_holds_places_with_the_token_alone(
    shop: Program, event: Event, at: Clock
) -> None:
    token = joined(shop, event)["token"]
    look(event, at=OPENS)
    first = said(status(shop, event, token))
    assert (first["state"], first["can_enter"], first["eta_seconds"]) == ("sale_open", False, 5)
    assert first["challenge"]["seconds"] == 5
    at(OPENS + 5 * SECOND)
    standing = said(status(shop, event, token))
    assert (standing["state"], standing["can_enter"], standing["total"]) == ("admitted", True, 1)
    assert standing["challenge"] is None
    assert hold(shop, event, token=token).status_code == 201
    assert counts(only_tier(event)) == (2, 0)


def test_whoever_answers_the_challenge_need_not_wait(shop: Program, event: Event) -> None:
    token = joined(shop, event)["token"]
    look(event, at=OPENS)
    challenge = said(status(shop, event, token))["challenge"]
    answer = hold(shop, event, token=token, proof=answer_to(challenge))
    assert answer.status_code == 201
    assert hold(shop, event, token=token).status_code == 201  # the pass that they have now


def test_a_claim_without_a_proof_is_told_what_the_door_asks(
    shop: Program, event: Event, till: Till
) -> None:
    token = joined(shop, event)["token"]
    look(event, at=OPENS)
    refused = hold(shop, event, token=token)
    told = said(refused)
    assert (refused.status_code, told["code"]) == (409, "not_admitted")
    assert (told["challenge"]["bits"], told["challenge"]["seconds"]) == (14, 5)
    assert counts(only_tier(event)) == (0, 0)
    body = {"event_id": event.public_id, "tier_id": only_tier(event).public_id, "quantity": 1}
    bought = shop.post(
        "/tickets/purchase", body | {"token": token, "proof": answer_to(told["challenge"])}
    )
    assert bought.status_code == 201


@pytest.mark.parametrize("proof", ["0", "-1", "1e3", "999999999999"])
def test_a_wrong_answer_opens_nothing(shop: Program, event: Event, proof: str) -> None:
    token = joined(shop, event)["token"]
    look(event, at=OPENS)
    status(shop, event, token)
    assert said(hold(shop, event, token=token, proof=proof))["code"] == "not_admitted"
    assert counts(only_tier(event)) == (0, 0)


def test_whoever_finds_the_shop_full_is_counted_as_waiting_at_its_door(
    shop: Program, event: Event, bob: Person, at: Clock
) -> None:
    room_of(event).a_max = 1
    db.session.commit()
    guest = crowd(event, 1)[0]
    token = joined(shop, event)["token"]
    look(event, at=OPENS)
    db.session.execute(sa.text("UPDATE rooms SET cut_win = 1, cut_key = 0"))
    db.session.commit()
    claim(event, guest, now=OPENS)
    status(shop, event, token)
    at(OPENS + 10 * SECOND)
    assert said(hold(shop, event, token=token))["code"] == "not_admitted"
    entry = entry_of(event.id, bob.id)
    assert entry is not None
    assert entry.asked_at == OPENS + 10 * SECOND


def test_without_a_turn_no_way_leads_in(shop: Program, event: Event) -> None:
    token = joined(shop, event)["token"]
    look(event, at=OPENS - SECOND)
    late = OPENS + SECOND
    look(event, at=late)
    for more in ({}, {"token": "made up"}, {"token": token + "A"}):
        answer = hold(shop, event, **more)
        assert (answer.status_code, said(answer)["code"]) == (409, "not_admitted")
    body = {"event_id": event.public_id, "tier_id": only_tier(event).public_id, "quantity": 1}
    bought = shop.post("/tickets/purchase", body)
    assert (bought.status_code, said(bought)["code"]) == (409, "not_admitted")
    assert counts(only_tier(event)) == (0, 0)


def test_who_waits_behind_others_holds_nothing_with_a_good_token(
    shop: Program, event: Event, at: Callable[[datetime], datetime]
) -> None:
    room_of(event).a_max = 1
    db.session.commit()
    crowd(event, 5)
    look(event, at=OPENS)
    token = joined(shop, event)["token"]  # after the draw: behind all five
    look(event, at=OPENS + 15 * SECOND)
    standing = said(status(shop, event, token))
    assert (standing["state"], standing["can_enter"]) == ("sale_open", False)
    assert (standing["position"], standing["total"]) == (5, 6)
    assert said(hold(shop, event, token=token))["code"] == "not_admitted"
    assert counts(only_tier(event)) == (0, 0)


def test_a_token_opens_nothing_for_another_account(
    app: Flask, shop: Program, event: Event, carol: Person
) -> None:
    token = joined(shop, event)["token"]
    look(event, at=OPENS)
    thief = program_of(app, carol.user)
    assert status(thief, event, token).status_code == 404
    assert said(hold(thief, event, token=token))["code"] == "not_admitted"
    assert counts(only_tier(event)) == (0, 0)


def test_a_token_is_good_in_its_one_spelling_and_at_its_own_event(
    shop: Program, event: Event
) -> None:
    token = joined(shop, event)["token"]
    for other in (token[:-1], token + "=", token.swapcase(), "x" * 301, "💣"):
        assert status(shop, event, other).status_code in {404, 422}
    assert shop.get(f"/events/evt_{'a' * 16}/waiting-room/status?token={token}").status_code == 404


def test_a_pass_from_the_page_is_enough_for_the_api(
    shop: Program, event: Event, bob: Person
) -> None:
    joined(shop, event)
    look(event, at=OPENS)
    claim(event, bob.user, now=OPENS)
    assert hold(shop, event).status_code == 201


def test_a_paused_sale_says_so(shop: Program, event: Event) -> None:
    token = joined(shop, event)["token"]
    look(event, at=OPENS)
    with transaction():
        pause_sale(event.id, by=None, now=OPENS)
    assert said(status(shop, event, token))["state"] == "paused"
    answer = hold(shop, event, token=token)
    assert (answer.status_code, said(answer)["code"]) == (409, "sale_paused")


def test_the_organiser_reads_how_many_joined_and_who_chooses(
    app: Flask, shop: Program, event: Event, alice: Person, bob: Person
) -> None:
    joined(shop, event)
    look(event, at=OPENS)
    claim(event, bob.user, now=OPENS)
    owner = program_of(app, alice.user)
    answer = said(owner.get(f"/admin/events/{event.public_id}/status"))
    assert answer["room"] == {"joined": 1, "admitted": 1, "active": 1}
    assert answer["paused"] is False


def test_an_event_without_a_room_has_no_room_to_join(
    shop: Program, alice: Person, now: datetime
) -> None:
    answer = shop.post(f"/events/evt_{'a' * 16}/waiting-room/join", {})
    assert answer.status_code == 404
