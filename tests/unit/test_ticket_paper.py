"""What a printed ticket can say of what people wrote."""

from __future__ import annotations

import pytest

from tixapp.tickets.paper import printable


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("Šárka Ωmega Łódź", "Šárka Ωmega Łódź"),
        ("\u05e7\u05d5\u05e0\u05e6\u05e8\u05d8 Live", "\u05e7\u05d5\u05e0\u05e6\u05e8\u05d8 Live"),
        ("\u062d\u0641\u0644\u0629", "\u062d\u0641\u0644\u0629"),
        ("two\n  lines\tand tabs", "two lines and tabs"),
    ],
)
def test_letters_of_europe_hebrew_and_arabic_stand_as_they_are(written: str, printed: str) -> None:
    assert printable(written) == printed


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("\u6771\u4eac Night", "[…] Night"),
        ("\u6771\u4eac \u591c", "[…] […]"),
        ("Mumbai \u092e\u0941\u0902\u092c\u0908", "Mumbai […]"),
        ("\u0e44\u0e17\u0e22", "[…]"),
    ],
)
def test_what_the_font_has_not_is_marked(written: str, printed: str) -> None:
    assert printable(written) == printed


def test_pictures_are_left_out_without_a_mark() -> None:
    assert printable("Summer \U0001f389\U0001f9d1\U0001f3fd party") == "Summer party"


def test_nothing_turns_the_text_around_it() -> None:
    assert printable("\u202egnp.exe\u2066x\u2069") == "gnp.exex"
