"""Who of those who wait gets the places that are free. Pure decisions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

# Offers that one transaction makes; if more could be made, the rest is kept back and another goes
# on. So freeing places costs the same whether two come back or two thousand.
BATCH = 25
# A head that others were served before so often gets the next places kept for it.
PATIENCE = 3
# A letter that takes longer than this is late, and the offer is longer by as much.
PROMPT = timedelta(minutes=1)
# Stretches of numbers that are counted together, each of a hundred of those before.
WIDTHS = {1: 100, 2: 10_000, 3: 1_000_000}


@dataclass(frozen=True)
class InLine:
    """Somebody who waits. `allowed`: how many more tickets of this event they may have."""

    entry_id: int
    user_id: int
    tier_key: int
    number: int
    need: int
    quantity: int
    passed_over: int
    allowed: int


@dataclass(frozen=True)
class Grant:
    to: InLine
    quantity: int


@dataclass(frozen=True)
class Plan:
    """`rests`: who may have no more tickets and steps aside. `passed_over`: the head that places
    were too few for while others got some. `keeps_rest`: what is free then is nobody else's;
    `goes_on`: because there was no time for all."""

    grants: Sequence[Grant]
    rests: Sequence[InLine]
    passed_over: InLine | None
    keeps_rest: bool
    goes_on: bool


def hand_out(line: Iterable[InLine], free: int, *, most: int, batch: int = BATCH) -> Plan:
    """Goes down the line, the first first. `most`: the largest number one order may have."""
    grants: list[Grant] = []
    rests: list[InLine] = []
    head: InLine | None = None
    for person in line:
        if free == 0:
            break
        if len(grants) + len(rests) == batch:
            return Plan(grants, rests, _passed(head, grants), keeps_rest=True, goes_on=True)
        if person.allowed < person.need:
            rests.append(person)
        elif person.need > free:
            head = head or person
            if head is person and head.passed_over >= PATIENCE:
                return Plan(grants, rests, None, keeps_rest=True, goes_on=False)
        else:
            quantity = min(person.quantity, free, person.allowed, most)
            grants.append(Grant(person, quantity))
            free -= quantity
    return Plan(grants, rests, _passed(head, grants), keeps_rest=False, goes_on=False)


def _passed(head: InLine | None, grants: Sequence[Grant]) -> InLine | None:
    behind = head is not None and any(grant.to.number > head.number for grant in grants)
    return head if behind else None


def stretches(number: int) -> Mapping[int, int]:
    """Level → the stretch that `number` lies in."""
    return {level: number // width for level, width in WIDTHS.items()}


def late_by(offered_at: datetime, sent_at: datetime) -> timedelta:
    """How late a letter was; nothing if it was prompt."""
    late = sent_at - offered_at
    return late if late > PROMPT else timedelta(0)


def letter_key(hold_public_id: str) -> str:
    """The occasion of an offer's letter: one for each offer."""
    return f"offer:{hold_public_id}"
