"""Several clocks and workers at the same rows, and one person in many tabs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.factories.events import make_event, make_tier
from tests.factories.inventory import allowance, counts
from tests.fixtures.till import Till
from tests.people import Person
from tests.races.threads import at_once, errors
from tixapp import reactions
from tixapp.core.db import db, transaction
from tixapp.core.errors import TixappError
from tixapp.core.facts import Fact, StoredReaction, record
from tixapp.events.queries import event_by_id
from tixapp.inventory.actions import place_hold
from tixapp.inventory.jobs import expire_holds
from tixapp.inventory.models import Hold, HoldStatus
from tixapp.ops.audit import run_audit
from tixapp.orders.flows import payments
from tixapp.reactions import relay_facts, work_off

TEN_MINUTES = timedelta(minutes=10)


@dataclass(frozen=True)
class DoorOpened(Fact):
    door: int


def test_two_clocks_and_four_workers_run_each_reaction_once(
    app: Flask, committed: object, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: Counter[int] = Counter()
    one_at_a_time = Lock()

    def listen(fact: dict[str, Any]) -> None:
        with one_at_a_time:
            heard[fact["door"]] += 1

    monkeypatch.setitem(reactions.JOBS_OF, "DoorOpened", [reactions._name(listen)])
    monkeypatch.setitem(reactions._BY_NAME, reactions._name(listen), listen)
    with transaction():
        for door in range(40):
            record(DoorOpened(door))
    assert sum(at_once(app, [relay_facts] * 2)) == 40  # type: ignore[arg-type]
    assert db.session.scalar(sa.select(sa.func.count(StoredReaction.id))) == 40
    answers = at_once(app, [work_off] * 4)
    assert errors(answers) == []
    assert heard == Counter(range(40))


def test_three_clocks_end_each_hold_once(
    app: Flask, now: datetime, at, alice: Person, bob: Person, carol: Person, dan: Person
) -> None:
    assert alice.seller
    event = make_event(alice.seller)
    floor = make_tier(event)
    for person in (bob, carol, dan):
        with transaction():
            place_hold(
                event_by_id(event.public_id),
                {floor.id: 2},
                buyer_id=person.id,
                now=now,
                length=TEN_MINUTES,
            )
    at(TEN_MINUTES)
    assert sum(at_once(app, [expire_holds] * 3)) == 3  # type: ignore[arg-type]
    assert set(db.session.scalars(sa.select(Hold.status))) == {HoldStatus.EXPIRED}
    assert (counts(floor), run_audit()) == ((0, 0), [])


def test_one_person_in_eight_tabs_gets_no_more_than_the_limit(
    app: Flask, now: datetime, till: Till, alice: Person, bob: Person
) -> None:
    assert alice.seller
    event = make_event(alice.seller)
    lawn = make_tier(event, "Lawn", price_minor=0, capacity=100)
    event_id, lawn_id, bob_id = event.public_id, lawn.id, bob.id

    def one_tab() -> int:
        """Holds one or two and takes them, again and again; refusals are part of it."""
        taken = 0
        for quantity in (1, 2, 1, 2):
            try:
                with transaction():
                    hold_id = place_hold(
                        event_by_id(event_id),
                        {lawn_id: quantity},
                        buyer_id=bob_id,
                        now=now,
                        length=TEN_MINUTES,
                    ).public_id
                payments().start(hold_id, bob_id)
                taken += 1
            except TixappError:
                db.session.rollback()
        return taken

    answers = at_once(app, [one_tab] * 8)
    assert errors(answers) == []
    held, sold = allowance(event, bob.user)
    assert held + sold <= 6
    assert counts(lawn) == (held, sold)
    assert run_audit() == []
    for _ in range(4):
        one_tab()
    assert allowance(event, bob.user) == (0, 6)
