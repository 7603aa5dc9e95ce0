"""A calendar file as RFC 5545 wants it, whatever stands in a title."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from tixapp.web.calendar import Occasion, calendar_text

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
EVENING = Occasion(
    uid="ABC@tixapp",
    title="Night Trains",
    starts_at=datetime(2026, 12, 20, 20, tzinfo=timezone(timedelta(hours=1))),
    ends_at=None,
    place="Kesselhaus, Berlin",
    url="https://tickets.example/tickets/ABC",
)


def lines(occasion: Occasion) -> list[str]:
    return calendar_text(occasion, now=NOW).split("\r\n")


def unfolded(occasion: Occasion) -> list[str]:
    return calendar_text(occasion, now=NOW).replace("\r\n ", "").split("\r\n")


def test_times_are_in_utc_and_an_evening_lasts_three_hours() -> None:
    assert lines(EVENING) == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//tixapp//tickets//EN",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        "UID:ABC@tixapp",
        "DTSTAMP:20261120T120000Z",
        "DTSTART:20261220T190000Z",
        "DTEND:20261220T220000Z",
        "SUMMARY:Night Trains",
        "LOCATION:Kesselhaus\\, Berlin",
        "URL:https://tickets.example/tickets/ABC",
        "STATUS:CONFIRMED",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]


def test_the_end_is_the_events_own_where_it_has_one() -> None:
    ending = replace(EVENING, ends_at=datetime(2026, 12, 21, tzinfo=UTC))
    assert "DTEND:20261221T000000Z" in lines(ending)


def test_marks_that_mean_something_are_escaped() -> None:
    title = "Back\\slash; comma, and\r\nEND:VEVENT"
    assert "SUMMARY:Back\\\\slash\\; comma\\, and END:VEVENT" in lines(
        replace(EVENING, title=title)
    )


def test_a_long_line_is_folded_and_no_character_cut() -> None:
    title = "東京" * 60
    folded = lines(replace(EVENING, title=title))
    assert max(len(line.encode()) for line in folded) <= 75
    assert f"SUMMARY:{title}" in unfolded(replace(EVENING, title=title))


@given(st.text(max_size=200), st.text(max_size=200))
def test_no_text_adds_a_line_of_its_own(title: str, place: str) -> None:
    made = replace(EVENING, title=title, place=place)
    assert [line.partition(":")[0] for line in unfolded(made)] == [
        line.partition(":")[0] for line in unfolded(EVENING)
    ]
    assert max(len(line.encode()) for line in lines(made)) <= 75
