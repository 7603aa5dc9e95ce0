"""What must not wait for the end of a transaction is done inside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import sqlalchemy as sa
from flask import Flask

from tixapp.core.db import db, transaction
from tixapp.core.facts import Fact, StoredFact, act_at_once, announce, record
from tixapp.reactions import AT_ONCE


@dataclass(frozen=True)
class GateOpened(Fact):
    gate: int


@dataclass(frozen=True)
class GateHeard(Fact):
    gate: int


@pytest.fixture(autouse=True)
def listening(app: Flask) -> Iterator[None]:
    act_at_once({GateOpened: [lambda fact: record(GateHeard(fact.gate))]})
    yield
    act_at_once(AT_ONCE)


def heard() -> list[str]:
    return list(db.session.scalars(sa.select(StoredFact.name).order_by(StoredFact.id)))


def test_whoever_is_named_acts_in_the_same_transaction_and_nothing_else_is_stored(
    db_session: object,
) -> None:
    with transaction():
        announce(GateOpened(3))
        assert heard() == ["GateHeard"]
    assert heard() == ["GateHeard"]


def test_what_was_done_at_once_is_undone_with_the_transaction(db_session: object) -> None:
    def fail() -> None:
        with transaction():
            announce(GateOpened(3))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert heard() == []


def test_a_fact_that_nobody_acts_on_at_once_is_no_fault(db_session: object) -> None:
    with transaction():
        announce(GateHeard(3))
    assert heard() == []
