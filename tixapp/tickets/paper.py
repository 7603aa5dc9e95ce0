"""A ticket as a PDF page: for a printer, or a phone without a network.

Everything that people wrote is drawn as it stands: no markup is read and nothing is fetched. The
font has the letters of Europe, Hebrew and Arabic. What it has not is marked and never drawn as
empty boxes, and the page then says where the whole text stands: a font for all of Asia would weigh
more than the program.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, cast

from .codes import qr_modules

# The library waits for the first ticket that is drawn: it takes 25 MB, and a worker draws none.
if TYPE_CHECKING:
    from fpdf import FPDF

FONT = Path(__file__).with_name("fonts") / "DejaVuSans.ttf"
INK, QUIET, LINE = (40, 33, 26), (104, 94, 84), (203, 195, 184)
LEFT, TOP, WIDE = 18.0, 18.0, 174.0
CODE = 78.0
TEXT_WIDTH = WIDE - CODE - 22
MISSING = "[…]"
TURNING = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})
# A name may be of any length; a page may not.
LONGEST = 160


@dataclass(frozen=True)
class Paper:
    """What stands on the page, in the words of its reader. `code` None: it admits nobody, and
    `state` says why. `left_out` is said where letters are missing."""

    event: str
    when: str
    where: str
    tier: str
    holder: str
    number: str
    code: str | None
    state: str
    accent: tuple[int, int, int]
    labels: dict[str, str]
    note: str
    left_out: str
    made_at: datetime


def pdf_of(paper: Paper) -> bytes:
    """One page of A4."""
    from fpdf import FPDF

    page = FPDF(format="A4")
    page.set_auto_page_break(auto=False)
    page.set_creation_date(paper.made_at)
    page.set_title(_short(paper.event))
    page.add_font("text", fname=FONT)
    page.set_text_shaping(use_shaping_engine=True)
    page.add_page()
    bottom = _words(page, paper)
    _code(page, paper)
    _frame(page, paper, max(bottom, TOP + 26 + CODE) + 14)
    return bytes(page.output())


def _words(page: FPDF, paper: Paper) -> float:
    """Down the left side; where they end."""
    page.set_xy(LEFT + 10, TOP + 14)
    _block(page, _short(paper.event), size=21, lines=5)
    page.ln(3)
    _block(page, paper.when, size=11, lines=3)
    _block(page, _short(paper.where), size=11, lines=3)
    for label, text in ((paper.labels["tier"], paper.tier), (paper.labels["holder"], paper.holder)):
        if text:
            page.ln(4)
            _block(page, label, size=8, lines=1, colour=QUIET)
            _block(page, _short(text), size=13, lines=3)
    return float(page.get_y())


def _block(
    page: FPDF, text: str, *, size: int, lines: int, colour: tuple[int, int, int] = INK
) -> None:
    from fpdf.enums import XPos, YPos

    page.set_font("text", size=size)
    page.set_text_color(*colour)
    height = size * 0.48
    fitting = cast(
        "list[str]",
        page.multi_cell(TEXT_WIDTH, height, text, dry_run=True, output="LINES", align="L"),
    )
    page.set_x(LEFT + 10)
    page.multi_cell(
        TEXT_WIDTH,
        height,
        "\n".join(fitting[:lines]),
        align="L",
        new_x=XPos.LEFT,
        new_y=YPos.NEXT,
    )


def _code(page: FPDF, paper: Paper) -> None:
    left, top = LEFT + WIDE - CODE - 8, TOP + 12
    page.set_xy(left, top)
    if paper.code is None:
        page.set_font("text", size=18)
        page.set_text_color(*INK)
        page.multi_cell(CODE, 10, paper.state, align="C")
    else:
        _draw_qr(page, paper.code, left, top)
    page.set_xy(left, top + CODE + 1)
    page.set_font("text", size=12)
    page.set_text_color(*INK)
    page.cell(CODE, 7, paper.number, align="C")


def _draw_qr(page: FPDF, code: str, left: float, top: float) -> None:
    """Black squares on the paper's white, with the quiet zone that readers want."""
    modules = qr_modules(code)
    side = CODE / len(modules)
    page.set_fill_color(0, 0, 0)
    for y, row in enumerate(modules):
        x = 0
        while x < len(row):
            run = 0
            while x + run < len(row) and row[x + run]:
                run += 1
            if run:
                page.rect(left + x * side, top + y * side, run * side, side, style="F")
            x += max(run, 1)


def _frame(page: FPDF, paper: Paper, bottom: float) -> None:
    page.set_fill_color(*paper.accent)
    page.rect(LEFT, TOP, WIDE, 5, style="F")
    page.set_draw_color(*LINE)
    page.set_line_width(0.3)
    page.rect(LEFT, TOP, WIDE, bottom - TOP)
    tear = LEFT + WIDE - CODE - 12
    page.set_dash_pattern(dash=1.5, gap=1.5)
    page.line(tear, TOP + 5, tear, bottom)
    page.set_dash_pattern()
    page.set_xy(LEFT, bottom + 5)
    page.set_font("text", size=8)
    page.set_text_color(*QUIET)
    written = (paper.event, paper.where, paper.tier, paper.holder)
    is_whole = all(MISSING not in _short(text) for text in written)
    page.multi_cell(WIDE, 4.2, paper.note if is_whole else f"{paper.note} {paper.left_out}")


def _short(text: str) -> str:
    text = printable(text)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def printable(text: str) -> str:
    """On one line, with a mark for each run of letters that the font has not. Pictures are left
    out: nobody misses a party popper. So are signs that turn the text around them."""
    has = _letters()
    straight = (c for c in " ".join(text.split()) if unicodedata.bidirectional(c) not in TURNING)
    kept = [c for c in straight if ord(c) in has or not _is_ornament(c)]
    marked = (c if ord(c) in has or c.isspace() else "\0" for c in kept)
    return " ".join(re.sub("\0+", MISSING, "".join(marked)).split())


def _is_ornament(char: str) -> bool:
    """Emoji, and what joins and colours them."""
    return unicodedata.category(char) in {"So", "Sk", "Cf", "Mn", "Me", "Cc", "Cn", "Co"}


@cache
def _letters() -> frozenset[int]:
    from fontTools.ttLib import TTFont

    with TTFont(FONT, lazy=True) as font:
        return frozenset(font.getBestCmap())
