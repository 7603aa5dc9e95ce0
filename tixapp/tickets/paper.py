"""A ticket as a PDF page: for a printer, or a phone without a network.

Everything that people wrote is drawn as it stands: no markup is read and nothing is fetched.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import cast

from fpdf import FPDF
from fpdf.enums import XPos, YPos

from .codes import qr_modules

FONT = Path(__file__).with_name("fonts") / "DejaVuSans.ttf"
INK, QUIET, LINE = (40, 33, 26), (104, 94, 84), (203, 195, 184)
LEFT, TOP, WIDE = 18.0, 18.0, 174.0
CODE = 78.0
TEXT_WIDTH = WIDE - CODE - 22
# A name may be of any length; a page may not.
LONGEST = 160


@dataclass(frozen=True)
class Paper:
    """What stands on the page, in the words of its reader. `code` None: it admits nobody, and
    `state` says why."""

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
    made_at: datetime


def pdf_of(paper: Paper) -> bytes:
    """One page of A4."""
    page = FPDF(format="A4")
    page.set_auto_page_break(auto=False)
    page.set_creation_date(paper.made_at)
    page.set_title(_short(paper.event))
    page.add_font("text", fname=FONT)
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
    page.multi_cell(WIDE, 4.2, paper.note, align="L")


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
