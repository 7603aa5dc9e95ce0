"""The code as a picture in a letter."""

import io
import re

import pytest
import qrcode
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from qrcode import util

from tixapp.tickets.codes import TicketCodes, qr_modules, qr_png, qr_svg
from tixapp.tickets.codewords import SIGNS, codewords

CODE = TicketCodes(b"k" * 32).code_for("ABCDEFGHIJKLM"[:12] + "A")


def test_it_is_a_png_that_shows_the_same_modules_as_the_page() -> None:
    picture = Image.open(io.BytesIO(qr_png(CODE, scale=8)))
    picture.load()
    assert (picture.format, picture.size, picture.mode) == ("PNG", (45 * 8, 45 * 8), "1")
    bars = re.findall(r"M(\d+),(\d+)h(\d+)v1h-(\d+)z", qr_svg(CODE))
    assert {there == back for _x, _y, there, back in bars} == {True}
    drawn = {(int(x) + n, int(y)) for x, y, width, _back in bars for n in range(int(width))}
    for y in range(45):
        for x in range(45):
            is_dark = picture.getpixel((x * 8 + 4, y * 8 + 4)) == 0
            assert is_dark == ((x, y) in drawn)


def test_its_quiet_zone_is_white() -> None:
    picture = Image.open(io.BytesIO(qr_png(CODE, scale=4)))
    edge = [picture.getpixel((x, y)) for x in range(180) for y in range(16)]
    assert set(edge) == {255}


def test_a_hundred_tickets_fit_a_letter() -> None:
    assert len(qr_png(CODE)) < 2_000


@given(st.text("".join(SIGNS), min_size=1, max_size=122))
def test_the_codewords_are_the_librarys(text: str) -> None:
    if text.isdecimal():
        assert codewords(text) is None
        return
    data = util.QRData(text, mode=util.MODE_ALPHA_NUM)
    assert codewords(text) == util.create_data(5, qrcode.constants.ERROR_CORRECT_M, [data])


@pytest.mark.parametrize(("text", "modules"), [("https://tixapp.example/e/x", 37), ("A" * 123, 41)])
def test_a_text_of_another_kind_or_size_is_the_librarys_whole(text: str, modules: int) -> None:
    assert codewords(text) is None
    assert len(qr_modules(text)) == modules + 8


def test_a_codes_modules_are_those_of_the_library() -> None:
    qr = qrcode.QRCode(version=5, border=4, mask_pattern=3)
    qr.add_data(CODE, optimize=0)
    qr.make(fit=True)
    assert qr_modules(CODE) == qr.get_matrix()
