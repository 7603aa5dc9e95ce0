"""The same Idempotency-Key: the same answer, one effect."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.factories.events import make_tier
from tests.fixtures.program import Program, program_of
from tests.people import Person
from tests.web.shop import held, hold, said
from tixapp.core.db import db, transaction
from tixapp.events.models import Event, Tier
from tixapp.inventory.models import Hold, Stock
from tixapp.orders.idempotency import fingerprint
from tixapp.orders.models import IdempotencyKey

AT_ONCE = "tixapp.api.resources.reservations.hold_at_once"


@pytest.fixture
def floor(event: Event) -> Tier:
    return make_tier(event, price_minor=4500, capacity=3)


@pytest.fixture
def shop(app: Flask, bob: Person) -> Program:
    return program_of(app, bob.user)


def holds() -> int:
    return db.session.scalar(sa.select(sa.func.count(Hold.id))) or 0


def test_a_repetition_gets_the_first_answer_byte_for_byte(
    shop: Program, event: Event, floor: Tier
) -> None:
    first = hold(shop, event, floor, 1, once="k")
    again = hold(shop, event, floor, 1, once="k")
    assert (again.status_code, again.data) == (201, first.data)
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert (holds(), held(floor)) == (1, 1)


def test_the_order_of_members_makes_no_other_request(
    shop: Program, event: Event, floor: Tier
) -> None:
    path = f"/events/{event.public_id}/reservations"
    headers = {"Idempotency-Key": "k", "Content-Type": "application/json"}
    tier = floor.public_id
    spelled = (
        f'{{"items":[{{"tier_id":"{tier}","quantity":1}}]}}',
        f'{{ "items" : [ {{"quantity": 1, "tier_id": "{tier}"}} ] }}',
    )
    first, second = (shop.send("POST", path, data=raw, headers=headers) for raw in spelled)
    assert (first.data, holds()) == (second.data, 1)


def test_another_body_or_another_call_is_a_mismatch(
    shop: Program, event: Event, floor: Tier
) -> None:
    assert hold(shop, event, floor, 1, once="k").status_code == 201
    other_body = hold(shop, event, floor, 2, once="k")
    assert (other_body.status_code, said(other_body)["code"]) == (422, "idempotency_mismatch")
    other_call = shop.post("/checkout/sessions", {"reservation_id": "hold_x"}, once="k")
    assert (other_call.status_code, said(other_call)["code"]) == (422, "idempotency_mismatch")
    assert (holds(), held(floor)) == (1, 1)


def test_the_same_key_of_another_account_is_another_key(
    app: Flask, shop: Program, event: Event, floor: Tier, carol: Person
) -> None:
    first = hold(shop, event, floor, 1, once="k")
    other = hold(program_of(app, carol.user), event, floor, 2, once="k")
    assert (other.status_code, said(other)["id"] != said(first)["id"]) == (201, True)
    assert held(floor) == 3


def test_two_keys_of_one_account_share_their_idempotency_keys(
    app: Flask, bob: Person, event: Event, floor: Tier
) -> None:
    first = hold(program_of(app, bob.user), event, floor, 1, once="k")
    assert hold(program_of(app, bob.user), event, floor, 1, once="k").data == first.data


def test_a_refusal_leaves_the_key_free(shop: Program, event: Event, floor: Tier) -> None:
    stock = db.session.get_one(Stock, floor.id)
    stock.sold = 3
    assert hold(shop, event, floor, 1, once="k").status_code == 409
    db.session.get_one(Stock, floor.id).sold = 0
    made = hold(shop, event, floor, 1, once="k")
    assert (made.status_code, holds()) == (201, 1)


def step_by_step(*_: object, **__: object) -> None:
    """A hold that one statement does not do."""


def test_a_fault_of_ours_before_the_effect_leaves_the_key_free(
    shop: Program, event: Event, floor: Tier, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("out of order")

    with monkeypatch.context() as broken_for_now:
        broken_for_now.setattr("tixapp.api.resources.reservations.place_hold", broken)
        broken_for_now.setattr(AT_ONCE, step_by_step)
        failed = hold(shop, event, floor, 1, once="k")
    assert (failed.status_code, said(failed)["code"]) == (500, "server_fault")
    assert "out of order" not in failed.text
    assert hold(shop, event, floor, 1, once="k").status_code == 201
    assert (holds(), held(floor)) == (1, 1)


def test_an_answer_that_was_lost_after_the_commit_is_given_again(
    shop: Program, event: Event, floor: Tier, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(*_: object, **__: object) -> None:
        raise RuntimeError("the line went dead")

    with monkeypatch.context() as line:
        line.setattr("tixapp.api.short.text_of", lost)
        assert hold(shop, event, floor, 1, once="k").status_code == 500
    assert (holds(), held(floor)) == (1, 1)
    again = hold(shop, event, floor, 1, once="k")
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (201, "true")
    [row] = db.session.scalars(sa.select(Hold)).all()
    assert (said(again)["id"], holds()) == (row.public_id, 1)


def test_a_key_that_is_worked_on_is_carried_on_after_a_while(
    shop: Program,
    event: Event,
    bob: Person,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A worker died between the order and its answer: nobody will write it. The next one does."""
    free = make_tier(event, "Free", price_minor=0)
    body = {"event_id": event.public_id, "tier_id": free.public_id, "quantity": 1}
    first = shop.post("/tickets/purchase", body, once="k")
    with transaction():
        db.session.execute(sa.update(IdempotencyKey).values(status=None, answer=None))
    waited: list[float] = []
    monkeypatch.setattr("tixapp.api.once.time.sleep", waited.append)
    again = shop.post("/tickets/purchase", body, once="k")
    assert (again.status_code, again.data) == (201, first.data)
    assert 1 < sum(waited) < 5


def test_an_old_key_without_an_answer_is_not_waited_for(
    shop: Program, event: Event, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = make_tier(event, "Free", price_minor=0)
    body = {"event_id": event.public_id, "tier_id": free.public_id, "quantity": 1}
    first = shop.post("/tickets/purchase", body, once="k")
    with transaction():
        db.session.execute(
            sa.update(IdempotencyKey).values(
                status=None, answer=None, made_at=now - timedelta(minutes=1)
            )
        )
    waited: list[float] = []
    monkeypatch.setattr("tixapp.api.once.time.sleep", waited.append)
    assert shop.post("/tickets/purchase", body, once="k").data == first.data
    assert waited == []


def test_a_fingerprint_is_of_the_call_and_the_value() -> None:
    assert fingerprint("POST", "/a", {"b": 1, "c": [2]}) == fingerprint(
        "POST", "/a", {"c": [2], "b": 1}
    )
    others = [
        fingerprint("POST", "/a", {"b": 1}),
        fingerprint("PUT", "/a", {"b": 1}),
        fingerprint("POST", "/b", {"b": 1}),
        fingerprint("POST", "/a", {"b": "1"}),
        fingerprint("POST", "/a", {"b": True}),
        fingerprint("POST", "/a", {}),
    ]
    assert len(set(others)) == len(others)
