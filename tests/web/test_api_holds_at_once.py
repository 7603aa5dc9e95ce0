"""The hold in one statement does what the hold step by step does, or nothing at all."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.factories.events import make_event, make_tier
from tests.fixtures.program import Program, make_key, program_of
from tests.fixtures.queries import Statements
from tests.fixtures.time import NOON
from tests.people import Person
from tests.web.shop import hold, said
from tixapp.core.db import db
from tixapp.events.models import Event, Tier
from tixapp.inventory.models import Allowance, Hold, HoldLine, Stock
from tixapp.orders.models import IdempotencyKey

Counting = Callable[[], AbstractContextManager[Statements]]
Values = dict[str, Any]
AT_ONCE = "tixapp.api.resources.reservations.hold_at_once"

pytestmark = pytest.mark.usefixtures("now")


@pytest.fixture
def event(alice: Person) -> Event:
    assert alice.seller
    return make_event(alice.seller)


@pytest.fixture
def floor(event: Event) -> Tier:
    return make_tier(event, price_minor=4500, capacity=10)


@pytest.fixture
def shop(app: Flask, bob: Person) -> Program:
    return program_of(app, bob.user)


def left_behind(tier: Tier) -> list[list[Values]]:
    """All rows that a hold writes, without ids."""
    db.session.expire_all()
    of_event = {"event_id": tier.event_id}
    line = sa.select(HoldLine).filter_by(tier_id=tier.id)
    rows: list[list[Any]] = [
        list(db.session.scalars(sa.select(Hold).filter_by(**of_event))),
        list(db.session.scalars(line)),
        list(db.session.scalars(sa.select(Allowance).filter_by(**of_event))),
        [db.session.get_one(Stock, tier.id)],
        [row for row in db.session.scalars(sa.select(IdempotencyKey)) if row.answer],
    ]
    return [[values_of(row) for row in table] for table in rows]


def values_of(row: Any) -> Values:
    hidden = {"id", "public_id", "hold_id", "event_id", "tier_id", "fingerprint"}
    names = {column.key for column in sa.inspect(row).mapper.column_attrs} - hidden
    return {name: plain(getattr(row, name)) for name in names}


def plain(value: Any) -> Any:
    """An answer without the ids in it."""
    if isinstance(value, dict):
        ids = {"id", "event_id", "tier_id"}
        return {name: plain(inner) for name, inner in value.items() if name not in ids}
    return [plain(inner) for inner in value] if isinstance(value, list) else value


def nothing_happened(tier: Tier) -> bool:
    db.session.expire_all()
    count = sum(
        db.session.scalar(sa.select(sa.func.count()).select_from(table)) or 0
        for table in (Hold, HoldLine, Allowance, IdempotencyKey)
    )
    return (db.session.get_one(Stock, tier.id).held, count) == (0, 0)


@pytest.mark.parametrize("terms", [{}, {"fee_passed_on": True}])
def test_it_leaves_behind_and_answers_what_the_long_way_does(
    app: Flask, alice: Person, bob: Person, terms: Values, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert alice.seller
    answers, traces = [], []
    for is_at_once in (True, False):
        if not is_at_once:
            monkeypatch.setattr(AT_ONCE, lambda *_, **__: None)
        event = make_event(alice.seller, f"At once {is_at_once}", **terms)
        tier = make_tier(event, price_minor=4500, capacity=10)
        answer = hold(program_of(app, bob.user), event, tier, 2, once="k")
        assert answer.status_code == 201
        headers = dict(answer.headers) | {"X-Request-Id": ""}
        answers.append((plain(said(answer)), list(said(answer)), headers))
        again = hold(program_of(app, bob.user), event, tier, 2, once="k")
        assert (again.status_code, again.data) == (201, answer.data)
        assert again.headers["Idempotent-Replayed"] == "true"
        traces.append(left_behind(tier))
        db.session.execute(sa.delete(IdempotencyKey))
    assert answers[0] == answers[1]
    assert traces[0] == traces[1]
    assert [len(table) for table in traces[0]] == [1, 1, 1, 1, 1]


def test_it_takes_one_statement_and_for_the_first_of_an_event_two(
    app: Flask, event: Event, floor: Tier, bob: Person, carol: Person, queries: Counting
) -> None:
    for person, count in ((bob, 2), (carol, 1)):
        shop = program_of(app, person.user)
        for row in (event, floor):
            db.session.refresh(row)  # the test's own reading is not counted
        with queries() as asked:
            assert hold(shop, event, floor, 1).status_code == 201
        assert len(asked) == count, "\n".join(asked)


CHANGES: dict[str, tuple[Callable[[Event, Tier], object], str]] = {
    "paused": (lambda event, _: event.pause(now=NOON), "sale_paused"),
    "cancelled": (lambda event, _: event.cancel(), "not_on_sale"),
    "not open yet": (
        lambda event, _: setattr(event, "on_sale_at", NOON + timedelta(days=1)),
        "not_on_sale",
    ),
    "tier closed": (lambda _, tier: setattr(tier, "sale_ends_at", NOON), "not_on_sale"),
    "fewer an order": (lambda _, tier: setattr(tier, "per_order_limit", 1), "limit_reached"),
    "fewer a person": (lambda event, _: setattr(event, "purchase_limit", 1), "limit_reached"),
    "a waiting room": (lambda event, _: setattr(event, "has_room", True), "not_admitted"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_was_remembered_of_an_event_decides_nothing(
    app: Flask, event: Event, floor: Tier, bob: Person, what: str, carol: Person
) -> None:
    change, code = CHANGES[what]
    other = make_tier(event, "Other", capacity=10)
    assert hold(program_of(app, carol.user), event, other, 1).status_code == 201
    change(event, floor)
    db.session.flush()
    db.session.execute(sa.delete(IdempotencyKey))
    refused = hold(program_of(app, bob.user), event, floor, 2)
    assert (refused.status_code, said(refused)["code"]) == (409, code)
    db.session.expire_all()
    assert db.session.get_one(Stock, floor.id).held == 0
    assert db.session.scalars(sa.select(Hold.user_id)).all() == [carol.id]
    assert db.session.scalars(sa.select(IdempotencyKey)).all() == []


def test_the_price_of_this_moment_counts(
    app: Flask, event: Event, floor: Tier, alice: Person, bob: Person, carol: Person
) -> None:
    assert said(hold(program_of(app, carol.user), event, floor, 1))["total"]["amount"] == 4500
    floor.price_minor = 5000
    db.session.flush()
    assert said(hold(program_of(app, bob.user), event, floor, 1))["total"]["amount"] == 5000
    assert alice.seller
    alice.seller.charges_enabled = False
    db.session.flush()
    refused = hold(program_of(app, alice.user), event, floor, 1)
    assert (refused.status_code, said(refused)["code"]) == (409, "sale_paused")


@pytest.mark.parametrize("loss", ["ended", "disabled", "scope"])
def test_nothing_is_held_for_a_key_that_may_not(
    app: Flask, event: Event, floor: Tier, bob: Person, loss: str
) -> None:
    secret = make_key(
        bob.user, ["read"] if loss == "scope" else (), ended_at=NOON if loss == "ended" else None
    )
    if loss == "disabled":
        bob.user.disable(now=NOON)
        db.session.flush()
    refused = hold(Program(program_of(app, bob.user).browser, secret), event, floor, 1)
    assert refused.status_code == (403 if loss == "scope" else 401)
    assert nothing_happened(floor)


def test_more_than_is_left_is_refused_with_what_is_left(
    shop: Program, event: Event, floor: Tier
) -> None:
    db.session.get_one(Stock, floor.id).sold = 9
    db.session.flush()
    refused = hold(shop, event, floor, 2)
    assert (refused.status_code, said(refused)["code"], said(refused)["left"]) == (
        409,
        "sold_out",
        1,
    )
    assert nothing_happened(floor)


def test_a_second_hold_takes_the_place_of_the_first(
    shop: Program, event: Event, floor: Tier
) -> None:
    first, second = hold(shop, event, floor, 2), hold(shop, event, floor, 1)
    assert (first.status_code, second.status_code) == (201, 201)
    db.session.expire_all()
    assert db.session.get_one(Stock, floor.id).held == 1
