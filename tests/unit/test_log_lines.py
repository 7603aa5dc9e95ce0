"""Lines of a phone's log: one spelling, and a time that a wrong clock cannot bend."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tixapp.door.rules.lines import Line, Malformed, Moment, corrected, read_line

GOOD = (
    "1/ABCDEFGHIJKLMNOP/17/3F2504E04F8941D39A0C0305E82C3301/1795200843120/-340/IN/ADMITTED"
    "/ABCDEFGHIJKLM/2/CL//MFRGGZDFMZTWQ2LK"
)
RECEIVED = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)
PAIRED = RECEIVED - timedelta(hours=3)


def at(moment: datetime, offset: str = "") -> Line:
    ms = int(moment.timestamp() * 1000)
    return read_line(GOOD.replace("1795200843120/-340", f"{ms}/{offset}"))


def when(line: Line, measured_ms: int | None = None) -> Moment:
    return corrected(line, measured_ms=measured_ms, known=PAIRED, received=RECEIVED)


def test_a_line_is_read_field_by_field() -> None:
    line = read_line(GOOD)
    assert (line.device, line.number, line.at_ms, line.offset_ms) == (
        "ABCDEFGHIJKLMNOP",
        17,
        1795200843120,
        -340,
    )
    assert (line.kind, line.result, line.ticket, line.gate, line.how) == (
        "IN",
        "ADMITTED",
        "ABCDEFGHIJKLM",
        2,
        "CL",
    )
    assert line.is_deed
    assert line.signed + "/" + line.mac == GOOD


@pytest.mark.parametrize(
    "text",
    [
        "",
        GOOD.lower(),
        GOOD + " ",
        GOOD + "\n",
        GOOD[:-1],
        GOOD.replace("/17/", "/017/"),
        GOOD.replace("/17/", "/0/"),
        GOOD.replace("/17/", "/\u0661\u0667/"),
        GOOD.replace("/IN/", "/UP/"),
        GOOD.replace("ADMITTED", "LET_IN"),
        GOOD.replace("/CL//", "/CL/3F2504E04F8941D3/"),
        GOOD.replace("/IN/ADMITTED", "/UNDO/UNDONE"),
        GOOD.replace("1795200843120", "0000000000001"),
        "1/" + "A" * 5000,
        17,
        None,
        ["1"],
    ],
)
def test_anything_else_is_no_line(text: object) -> None:
    with pytest.raises(Malformed):
        read_line(text)


def test_the_time_is_the_phones_own_plus_what_it_knew_of_ours() -> None:
    wrong_by_a_day = at(RECEIVED - timedelta(days=1, minutes=5), "86400000")
    assert when(wrong_by_a_day) == Moment(RECEIVED - timedelta(minutes=5), is_doubtful=False)


def test_a_phone_that_never_knew_is_measured_when_it_sends() -> None:
    late = at(RECEIVED + timedelta(minutes=50))
    hour_ahead = -3_600_000
    assert when(late, hour_ahead) == Moment(RECEIVED - timedelta(minutes=10), is_doubtful=False)
    assert when(at(RECEIVED - timedelta(minutes=1))).is_doubtful


def test_nothing_happened_after_it_arrived_or_before_the_phone_was_paired() -> None:
    assert when(at(RECEIVED + timedelta(days=400), "0")) == Moment(RECEIVED, is_doubtful=True)
    assert when(at(RECEIVED - timedelta(days=400), "0")) == Moment(PAIRED, is_doubtful=True)
    assert when(at(RECEIVED + timedelta(seconds=1), "0")) == Moment(RECEIVED, is_doubtful=False)
    assert when(at(RECEIVED, "9999999999999")) == Moment(RECEIVED, is_doubtful=True)
