"""A whole draw as a text file that anyone can check: `python -m tixapp verify-draw FILE`.

tixapp draw 1
event evt_…
commit <64 hex digits>
root <64 hex digits>
beacon <one line, or none>
master <64 hex digits, or - until the sale is over>
salt 0 <64 hex digits>
salt 7 <64 hex digits>                  one line for every window in which somebody joined
entries <how many lines follow>
1 0 <32 hex digits>                     rank, window, eid
2 0 <32 hex digits>
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple, NoReturn

from .draw import NO_BEACON, Published

FIRST_LINE = "tixapp draw 1"
UNPUBLISHED = "-"
LONGEST_LINE = 512
MOST_SALTS = 100_000
HASH = re.compile(r"[0-9a-f]{64}")
NUMBER = re.compile(r"0|[1-9][0-9]{0,15}")
ENTRY = re.compile(rb"([1-9][0-9]{0,15}) (0|[1-9][0-9]{0,8}) ([0-9a-f]{32})\n?")


class Unreadable(ValueError):
    """This is no transcript; the message says where it stops being one."""


class Line(NamedTuple):
    rank: int
    win: int
    eid: bytes


@dataclass(frozen=True)
class Transcript:
    """`lines` can be gone through once: they are read as they are asked for."""

    published: Published
    entries: int
    lines: Iterator[Line]


def written(published: Published, ranked: Iterable[tuple[int, bytes]], count: int) -> Iterator[str]:
    """The lines of the file. `ranked`: (window, eid), first to last, `count` of them."""
    if published.root is None:
        raise ValueError("nothing has been drawn yet")
    yield f"{FIRST_LINE}\n"
    yield f"event {published.event}\n"
    yield f"commit {published.commit.hex()}\n"
    yield f"root {published.root.hex()}\n"
    yield f"beacon {published.beacon or NO_BEACON}\n"
    yield f"master {published.master.hex() if published.master else UNPUBLISHED}\n"
    for win, salt in sorted(published.salts.items()):
        yield f"salt {win} {salt.hex()}\n"
    yield f"entries {count}\n"
    for rank, (win, eid) in enumerate(ranked, start=1):
        yield f"{rank} {win} {eid.hex()}\n"


def read(file: BinaryIO) -> Transcript:
    """Raises Unreadable, now for the head, while going through `lines` for the rest."""
    return _Reader(file).transcript()


class _Reader:
    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._number = 0

    def transcript(self) -> Transcript:
        if self._text() != FIRST_LINE:
            self._refuse(f"it does not begin with “{FIRST_LINE}”")
        event = self._value("event")
        if "|" in event:
            self._refuse("an event's id has no bar in it")
        commit, root = self._hash("commit"), self._hash("root")
        beacon, master = self._value("beacon"), self._value("master")
        salts, entries = self._salts()
        secret = None if master == UNPUBLISHED else self._bytes(master)
        return Transcript(
            Published(event, commit, root, beacon, salts, secret), entries, self._lines(entries)
        )

    def _salts(self) -> tuple[dict[int, bytes], int]:
        salts: dict[int, bytes] = {}
        word, _, rest = self._text().partition(" ")
        while word != "entries":
            win, _, salt = rest.partition(" ")
            if word != "salt" or self._count(win) in salts or len(salts) == MOST_SALTS:
                self._refuse("a new salt, or “entries”, was expected")
            salts[self._count(win)] = self._bytes(salt)
            word, _, rest = self._text().partition(" ")
        return salts, self._count(rest)

    def _lines(self, entries: int) -> Iterator[Line]:
        for _ in range(entries):
            found = ENTRY.fullmatch(self._line())
            if found is None:
                self._refuse("a rank, a window and an entry's id were expected")
            rank, win, eid = found.groups()
            yield Line(int(rank), int(win), bytes.fromhex(eid.decode()))
        if self._line():
            self._refuse(f"there are more lines than the {entries} that it promises")

    def _line(self) -> bytes:
        self._number += 1
        return self._file.readline(LONGEST_LINE + 1)

    def _text(self) -> str:
        line = self._line()
        if len(line) > LONGEST_LINE:
            self._refuse("it is too long")
        try:
            text = line.decode().removesuffix("\n")
        except UnicodeDecodeError:
            self._refuse("it is not text")
        if not text.isprintable():
            self._refuse("it holds characters that do not belong there")
        return text

    def _value(self, name: str) -> str:
        word, _, rest = self._text().partition(" ")
        if word != name or not rest:
            self._refuse(f"“{name}” was expected")
        return rest

    def _hash(self, name: str) -> bytes:
        return self._bytes(self._value(name))

    def _bytes(self, digits: str) -> bytes:
        if HASH.fullmatch(digits) is None:
            self._refuse("64 hex digits were expected")
        return bytes.fromhex(digits)

    def _count(self, digits: str) -> int:
        if NUMBER.fullmatch(digits) is None:
            self._refuse("a number was expected")
        return int(digits)

    def _refuse(self, why: str) -> NoReturn:
        raise Unreadable(f"Line {self._number} is not part of a transcript: {why}.")
