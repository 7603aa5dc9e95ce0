"""A process's time: begun by the machine's clock, put right by the database's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tixapp.core.clock import SystemTime

NOON = datetime(2026, 3, 29, 12, tzinfo=UTC)
HOURS = timedelta(hours=1)


class Machine:
    """Its clock may be set; the steady one only goes on."""

    def __init__(self, shows: datetime) -> None:
        self.shows, self.steady = shows, 1000.0
        self.time = SystemTime(lambda: self.shows, lambda: self.steady)

    def passes(self, seconds: float) -> None:
        self.steady += seconds
        self.shows += timedelta(seconds=seconds)


def test_time_passes() -> None:
    machine = Machine(NOON)
    machine.passes(90)
    assert machine.time() == NOON + timedelta(seconds=90)


@pytest.mark.parametrize("step", [2 * HOURS, -HOURS / 6, HOURS])
def test_a_clock_that_is_set_while_we_run_changes_nothing(step: timedelta) -> None:
    machine = Machine(NOON)
    machine.shows += step
    machine.passes(1)
    assert machine.time() == NOON + timedelta(seconds=1)


@pytest.mark.parametrize("wrong", [2 * HOURS, -HOURS / 6])
def test_a_clock_that_was_wrong_from_the_start_is_put_right(wrong: timedelta) -> None:
    machine = Machine(NOON + wrong)
    machine.time.compare(lambda: NOON)
    assert (machine.time(), machine.time.corrected) == (NOON, -wrong)


def test_a_machine_that_slept_is_put_right() -> None:
    machine = Machine(NOON)
    machine.shows += HOURS  # its steady clock stood still
    machine.time.compare(lambda: NOON + HOURS)
    assert machine.time() == NOON + HOURS


def test_a_second_is_the_road_and_no_difference() -> None:
    machine = Machine(NOON)
    machine.time.compare(lambda: NOON + timedelta(seconds=2))
    assert (machine.time(), machine.time.corrected) == (NOON, timedelta())


def test_an_answer_that_was_long_on_its_way_says_nothing() -> None:
    machine = Machine(NOON)

    def late() -> datetime:
        machine.passes(3)
        return NOON - HOURS

    machine.time.compare(late)
    assert machine.time() == NOON + timedelta(seconds=3)


def test_before_the_time_is_first_told_it_is_compared_and_asked_again_while_nobody_answers() -> (
    None
):
    machine, asked = Machine(NOON + HOURS), []

    def ask() -> None:
        asked.append(machine.steady)
        if len(asked) == 2:
            machine.time.compare(lambda: NOON)

    machine.time.first = ask
    assert [machine.time() for _ in range(3)] == [NOON + HOURS] * 3
    assert len(asked) == 1
    machine.passes(2)
    assert [machine.time() for _ in range(3)] == [NOON] * 3
    assert len(asked) == 2
