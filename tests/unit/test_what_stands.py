"""Deeds of several phones, in any order of arrival, have one outcome."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from tixapp.door.rules.standing import Deed, Outcome, played
from tixapp.events.models import Entry

EIGHT = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)


def entry(row: int, minute: float, device: int = 1, **more: object) -> Deed:
    at = EIGHT + timedelta(minutes=minute)
    return Deed(row, "in", at, device=device, scan_id=f"S{row}", **more)  # type: ignore[arg-type]


def way_out(row: int, minute: float) -> Deed:
    return Deed(row, "out", EIGHT + timedelta(minutes=minute), device=1, scan_id=f"S{row}")


def undo(row: int, of: int, minute: float, device: int = 1) -> Deed:
    at = EIGHT + timedelta(minutes=minute)
    return Deed(row, "undo", at, device=device, scan_id=f"S{row}", undoes=f"S{of}")


def stands(outcome: Outcome) -> tuple[list[tuple[int, bool]], dict[int, int]]:
    """Each stay and whether it was left; each conflict and what stood in its way."""
    return [(stay.row, stay.left_at is not None) for stay in outcome.stays], outcome.conflicts


@pytest.mark.parametrize("rule", list(Entry))
def test_every_order_of_arrival_gives_the_same(rule: Entry) -> None:
    deeds = [
        entry(1, 0),
        entry(2, 1, device=2),
        way_out(3, 2),
        entry(4, 3, device=2),
        undo(5, 4, 3),
    ]
    assert len({repr(stands(played(order, rule))) for order in permutations(deeds)}) == 1


def test_the_first_by_its_time_stands_and_later_ones_are_conflicts() -> None:
    deeds = [entry(3, 5, device=3), entry(2, 2, device=2), entry(1, 9)]
    assert stands(played(deeds, Entry.SINGLE)) == ([(2, False)], {3: 2, 1: 2})


def test_a_doubtful_time_never_displaces_an_exact_one() -> None:
    deeds = [entry(1, 0, is_doubtful=True), entry(2, 30, device=2)]
    assert stands(played(deeds, Entry.SINGLE)) == ([(2, False)], {1: 2})


def test_the_same_moment_at_two_gates_has_one_winner() -> None:
    for deeds in permutations([entry(7, 0, device=2), entry(8, 0, device=1)]):
        assert stands(played(deeds, Entry.SINGLE)) == ([(8, False)], {7: 8})


def test_an_undone_entry_leaves_its_place_to_the_next() -> None:
    deeds = [entry(1, 0), undo(2, 1, 0.9), entry(3, 5, device=2)]
    assert stands(played(deeds, Entry.SINGLE)) == ([(3, False)], {})
    assert stands(played([entry(1, 0, is_undone=True), entry(3, 5)], Entry.SINGLE))[1] == {}


def test_an_undo_after_a_minute_or_of_another_phone_does_nothing() -> None:
    assert stands(played([entry(1, 0), undo(2, 1, 1.2)], Entry.SINGLE))[0] == [(1, False)]
    assert stands(played([entry(1, 0), undo(2, 1, 0.5, device=2)], Entry.SINGLE))[0] == [(1, False)]


def test_with_re_entry_an_exit_makes_room_for_the_next_entry() -> None:
    deeds = [entry(1, 0), way_out(2, 10), entry(3, 20), entry(4, 21, device=2)]
    assert stands(played(deeds, Entry.REENTRY)) == ([(1, True), (3, False)], {4: 3})
    assert stands(played(deeds, Entry.SINGLE)) == ([(1, True)], {3: 1, 4: 1})


def test_with_many_entries_nothing_is_a_conflict() -> None:
    deeds = [entry(1, 0), entry(2, 1, device=2), entry(3, 2, device=3)]
    assert stands(played(deeds, Entry.MULTIPLE)) == ([(1, True), (2, True), (3, False)], {})


def test_an_exit_of_somebody_who_never_came_in_changes_nothing() -> None:
    assert stands(played([way_out(1, 0), entry(2, 1)], Entry.SINGLE)) == ([(2, False)], {})
