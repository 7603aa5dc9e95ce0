"""Every state machine is whole: each state has its moves, and there are no others."""

from __future__ import annotations

from enum import StrEnum
from itertools import product
from typing import Any

import pytest
import sqlalchemy as sa

import tixapp.models  # noqa: F401 - every table
from tixapp.core.db import Base
from tixapp.core.states import IllegalMove, Stateful
from tixapp.inventory.models import Hold, HoldStatus

MACHINES: list[Any] = sorted(
    (mapper.class_ for mapper in Base.registry.mappers if issubclass(mapper.class_, Stateful)),
    key=lambda machine: machine.__name__,
)


def states(machine: Any) -> type[StrEnum]:
    kind = sa.inspect(machine).columns["status"].type.enum_class
    assert kind is not None
    return kind


def at(machine: Any, status: StrEnum) -> Any:
    row = machine()
    row.status = status
    return row


# Rows that begin in another state than most.
ALSO_BEGINS = {Hold: {HoldStatus.OFFERED}}
MOVES = [
    pytest.param(machine, old, new, id=f"{machine.__name__} {old} to {new}")
    for machine in MACHINES
    for old, new in product(states(machine), repeat=2)
]


def test_the_machines_are_those_of_the_business() -> None:
    names = {machine.__name__ for machine in MACHINES}
    assert {"Event", "Hold", "Order", "Payment", "Refund", "Ticket", "StripeEvent"} <= names


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.__name__)
def test_every_state_says_what_may_follow(machine: Any) -> None:
    assert set(machine.MOVES) == set(states(machine))
    for following in machine.MOVES.values():
        assert following <= set(states(machine))


@pytest.mark.parametrize(("machine", "old", "new"), MOVES)
def test_a_move_is_in_the_table_or_refused(machine: Any, old: StrEnum, new: StrEnum) -> None:
    row = at(machine, old)
    if new in machine.MOVES[old]:
        row._move_to(new)
        assert row.status == new
        return
    with pytest.raises(IllegalMove) as refusal:
        row._move_to(new)
    assert (refusal.value.old, refusal.value.new, row.status) == (old, new, old)


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.__name__)
def test_every_state_can_be_reached_from_where_a_row_begins(machine: Any) -> None:
    default = sa.inspect(machine).columns["status"].default
    first = default.arg if default is not None else next(iter(states(machine)))
    reached, new = set(), {first} | ALSO_BEGINS.get(machine, set())
    while new:
        reached |= new
        new = {following for state in new for following in machine.MOVES[state]} - reached
    assert reached == set(states(machine))


def test_a_ticket_that_went_back_never_admits_again() -> None:
    ticket = next(machine for machine in MACHINES if machine.__name__ == "Ticket")
    for gone in ("refunded", "cancelled", "transferred"):
        assert ticket.MOVES[states(ticket)(gone)] == frozenset()
