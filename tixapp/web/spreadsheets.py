"""Tables for spreadsheet programs, sent row by row however many there are.

A cell that a person wrote is text whatever it begins with: a program that opens the file must not
take a name for a formula.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from tempfile import TemporaryFile
from typing import IO

import xlsxwriter
from flask import Response

from tixapp.core.money import Money, decimals

# What makes a formula of a cell in one program or another, in wide letters too.
FORMULA = (
    "=",
    "+",
    "-",
    "@",
    "\t",
    "\r",
    "\n",
    "|",
    "%",
    *(chr(0xFEE0 + ord(sign)) for sign in "=+-@"),
)
# Programs take UTF-8 for something else without it.
MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
BATCH = 500
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LONGEST_CELL = 32_767

Cell = str | int | Decimal | None


def as_text(cell: Cell) -> Cell:
    """A number stays one; a text that could be a formula begins with an apostrophe."""
    if not isinstance(cell, str):
        return cell
    kept = cell.replace("\x00", "")
    return f"'{kept}" if kept.lstrip(" ").startswith(FORMULA) else kept


def in_units(amount: Money) -> Decimal:
    """`45.00`, a number: whole units of its currency, to the last cent."""
    return Decimal(amount.minor).scaleb(-decimals(amount.currency))


def csv_file(name: str, head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Response:
    """`name` is ours, without its ending. `rows` are taken when the request is over: they bring
    what they need of the app themselves."""
    response = Response(_lines(head, rows), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def xlsx_file(name: str, head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Response:
    """The same as a workbook. It is written to a file of its own, row by row, and sent from it."""
    file = TemporaryFile()  # noqa: SIM115 - closed by the response, when it has been sent
    try:
        _write_workbook(file, head, rows)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    response = Response(_pieces(file), mimetype=XLSX)
    response.call_on_close(file.close)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
    return response


def _write_workbook(file: IO[bytes], head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    # Constant memory: a row is written out when the next one begins.
    book = xlsxwriter.Workbook(file, {"constant_memory": True})
    sheet = book.add_worksheet()
    bold = book.add_format({"bold": True})
    sheet.freeze_panes(1, 0)
    for column, title in enumerate(head):
        sheet.write_string(0, column, title, bold)
    for number, row in enumerate(rows, start=1):
        for column, cell in enumerate(row):
            if isinstance(cell, str):  # by its own method: never a formula, never a link
                sheet.write_string(number, column, cell.replace("\x00", "")[:LONGEST_CELL])
            elif cell is not None:
                sheet.write_number(number, column, float(cell))
    book.close()


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(65_536):
            yield piece


def _lines(head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write(MARK)
    writer.writerow(head)
    for number, row in enumerate(rows, start=1):
        writer.writerow([as_text(cell) for cell in row])
        if number % BATCH == 0:
            yield _taken(buffer)
    yield _taken(buffer)


def _taken(buffer: io.StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text
