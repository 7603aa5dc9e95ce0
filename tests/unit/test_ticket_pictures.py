"""The code as a picture in a letter."""

import io
import re

from PIL import Image

from tixapp.tickets.codes import TicketCodes, qr_png, qr_svg

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
