"""Who gets free places: pure decisions over a line of people."""

from __future__ import annotations

from datetime import timedelta

from tests.fixtures.time import NOON
from tixapp.waiting.rules.list import InLine, hand_out, late_by, stretches


def person(
    number: int, quantity: int = 1, *, need: int = 1, passed_over: int = 0, allowed: int = 6
) -> InLine:
    return InLine(number, 100 + number, 0, number, need, quantity, passed_over, allowed)


def grants(line: list[InLine], free: int, *, most: int = 6) -> list[tuple[int, int]]:
    return [(g.to.number, g.quantity) for g in hand_out(line, free, most=most).grants]


def test_the_first_in_line_is_the_first_who_is_served() -> None:
    assert grants([person(1, 2), person(2, 2), person(3, 2)], 4) == [(1, 2), (2, 2)]


def test_who_takes_fewer_gets_what_is_there() -> None:
    assert grants([person(1, 4), person(2)], 2) == [(1, 2)]


def test_who_stays_together_is_passed_over_for_too_few_and_it_is_counted_once() -> None:
    plan = hand_out([person(1, 4, need=4), person(2, 3, need=3), person(3)], 2, most=6)
    assert [(g.to.number, g.quantity) for g in plan.grants] == [(3, 1)]
    assert plan.passed_over is not None
    assert (plan.passed_over.number, plan.keeps_rest) == (1, False)


def test_a_head_for_whom_nobody_else_was_served_was_not_passed_over() -> None:
    plan = hand_out([person(1, 4, need=4), person(2, 4, need=4)], 2, most=6)
    assert (list(plan.grants), plan.passed_over, plan.keeps_rest) == ([], None, False)


def test_after_three_times_the_places_are_kept_for_the_head_and_nobody_behind_is_served() -> None:
    plan = hand_out([person(1, 4, need=4, passed_over=3), person(2)], 2, most=6)
    assert (list(plan.grants), plan.keeps_rest, plan.goes_on) == ([], True, False)


def test_who_stands_before_a_patient_head_is_served_all_the_same() -> None:
    plan = hand_out([person(1), person(2, 4, need=4, passed_over=3), person(3)], 3, most=6)
    assert [(g.to.number, g.quantity) for g in plan.grants] == [(1, 1)]
    assert plan.keeps_rest


def test_who_may_have_no_more_tickets_steps_aside() -> None:
    plan = hand_out([person(1, allowed=0), person(2, 3, allowed=2)], 5, most=6)
    assert [p.number for p in plan.rests] == [1]
    assert [(g.to.number, g.quantity) for g in plan.grants] == [(2, 2)]


def test_one_order_is_never_offered_more_than_it_may_have() -> None:
    assert grants([person(1, 6)], 10, most=4) == [(1, 4)]


def test_a_batch_is_bounded_and_the_rest_is_kept_for_those_who_follow() -> None:
    plan = hand_out([person(n) for n in range(1, 5)], 10, most=6, batch=3)
    assert [g.to.number for g in plan.grants] == [1, 2, 3]
    assert (plan.keeps_rest, plan.goes_on) == (True, True)


def test_a_batch_that_serves_everyone_keeps_nothing() -> None:
    plan = hand_out([person(n) for n in range(1, 4)], 10, most=6, batch=3)
    assert (len(plan.grants), plan.keeps_rest, plan.goes_on) == (3, False, False)


def test_numbers_lie_in_stretches_each_a_hundred_times_the_one_before() -> None:
    assert stretches(1_234_567) == {1: 12_345, 2: 123, 3: 1}


def test_a_letter_within_a_minute_is_prompt_and_a_later_one_is_late_by_all_of_it() -> None:
    assert late_by(NOON, NOON + timedelta(seconds=60)) == timedelta(0)
    assert late_by(NOON, NOON + timedelta(minutes=7)) == timedelta(minutes=7)
