"""A ticket has one code, and a code one spelling."""

from __future__ import annotations

import base64
import re

import pytest
import qrcode
from hypothesis import given
from hypothesis import strategies as st

from tixapp.core.ids import new_ticket_id
from tixapp.tickets.codes import TicketCodes, UnknownCode, qr_svg

NEW, OLD, FOREIGN = bytes(range(32)), bytes(range(1, 33)), b"x" * 32
CODES = TicketCodes(NEW)
BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


def refused(code: str, codes: TicketCodes = CODES) -> bool:
    try:
        codes.read(code)
    except UnknownCode:
        return True
    return False


def an_id(number: int) -> str:
    return base64.b32encode(number.to_bytes(8)).decode().rstrip("=")


@given(st.integers(0, 2**64 - 1))
def test_what_is_written_is_read(number: int) -> None:
    ticket_id = an_id(number)
    assert CODES.read(CODES.code_for(ticket_id)) == ticket_id


def test_a_new_tickets_id_fits() -> None:
    ids = {new_ticket_id() for _ in range(200)}
    assert len(ids) == 200
    assert all(CODES.read(CODES.code_for(ticket_id)) == ticket_id for ticket_id in ids)


def test_a_code_fits_a_small_qr_code() -> None:
    code = CODES.code_for(an_id(2**64 - 1))
    assert len(code) == 118
    assert re.fullmatch(r"T[A-Z2-7]{13}\.[A-Z2-7]{103}", code)
    qr = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M)
    qr.add_data(code, optimize=0)
    qr.make(fit=True)
    assert (qr.version, qr.data_list[0].mode) == (5, 2)  # 2: alphanumeric


def test_the_picture_is_one_path_with_its_quiet_zone() -> None:
    svg = qr_svg(CODES.code_for(an_id(7)))
    assert 'viewBox="0 0 45 45"' in svg
    assert svg.count("<path") == 2
    assert "script" not in svg
    assert "style" not in svg


GOOD = CODES.code_for(an_id(123_456_789))


@pytest.mark.parametrize(
    "spelling",
    [
        GOOD.lower(),
        GOOD.capitalize(),
        GOOD[:-1],
        GOOD + "=",
        GOOD + "A",
        GOOD + "\n",
        "\n" + GOOD,
        " " + GOOD,
        GOOD.replace(".", ""),
        GOOD.replace(".", ".."),
        GOOD.replace(".", "\uff0e"),
        GOOD.replace("A", "\u0410"),
        GOOD.replace("A", "\uff21"),
        GOOD[1:],
        "U" + GOOD[1:],
        "",
        ".",
        "T",
        GOOD * 2,
        "T" + "A" * 13 + "." + "A" * 103,
        "0" * 118,
        "\x00" * 118,
        "\U0001f3ab" * 118,
        "A" * 10_000_000,
        an_id(123_456_789),
    ],
)
def test_every_other_spelling_is_refused(spelling: str) -> None:
    assert spelling != GOOD
    assert refused(spelling)


@pytest.mark.parametrize("end", [14, 118])
def test_the_bits_left_over_at_the_end_of_base32_make_no_second_spelling(end: int) -> None:
    """The id leaves one bit over, the signature three: 1 and 7 aliases."""
    last = BASE32.index(GOOD[end - 1])
    spare = 1 if end == 14 else 3
    aliases = [
        BASE32[(last >> spare << spare) | extra]
        for extra in range(1 << spare)
        if (last >> spare << spare) | extra != last
    ]
    assert len(aliases) == (1 << spare) - 1
    for letter in aliases:
        assert refused(GOOD[: end - 1] + letter + GOOD[end:])


@given(st.integers(0, 117), st.sampled_from(BASE32 + ".019abz= "))
def test_one_changed_character_is_enough(place: int, letter: str) -> None:
    changed = GOOD[:place] + letter + GOOD[place + 1 :]
    assert changed == GOOD or refused(changed)


@given(st.text(max_size=300))
def test_no_text_breaks_the_reader(text: str) -> None:
    assert refused(text)


def test_a_signature_does_not_move_to_another_ticket() -> None:
    other = CODES.code_for(an_id(1))
    assert refused(other.partition(".")[0] + "." + GOOD.partition(".")[2])


def test_a_code_signed_elsewhere_is_refused() -> None:
    assert refused(TicketCodes(FOREIGN).code_for(an_id(123_456_789)))


def test_after_a_change_of_keys_old_codes_are_read_and_new_ones_are_signed_anew() -> None:
    before, after = TicketCodes(OLD), TicketCodes(NEW, [OLD])
    ticket_id = an_id(5)
    old_code, new_code = before.code_for(ticket_id), after.code_for(ticket_id)
    assert old_code != new_code
    assert after.read(old_code) == after.read(new_code) == ticket_id
    assert new_code == TicketCodes(NEW).code_for(ticket_id)
    assert refused(old_code, TicketCodes(NEW))
    assert refused(new_code, before)
