"""Checks a transcript, with the standard library alone: no settings, no database, no packages.

It trusts nothing in the file. Whoever wrote down the commitment or the root when they were shown,
gives them along: a file that proves itself could have been made up as a whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import pairwise

from .draw import EID_BYTES, Published, commitment, first_salt, key, late_salt
from .transcript import Line, Transcript

BUCKETS = 256
_LATE, _FIRST = b"\1", b"\0"


@dataclass(frozen=True)
class Finding:
    holds: bool
    says: str


@dataclass
class Noted:
    """What somebody brings along: values they wrote down, and their own entry."""

    commit: bytes | None = None
    root: bytes | None = None
    eid: bytes | None = None


@dataclass
class _Seen:
    """What one pass over the lines leaves behind."""

    people: int = 0
    first_window: int = 0
    out_of_order: list[int] = field(default_factory=list)
    unsalted: set[int] = field(default_factory=set)
    place: int | None = None


def findings(transcript: Transcript, noted: Noted) -> Iterator[Finding]:
    """One sentence for each thing that holds or does not. Raises transcript.Unreadable."""
    published = transcript.published
    everybody = _Everybody()
    seen = _walk(transcript, everybody, noted.eid)
    root, twice = everybody.count()
    yield from _as_noted(published, noted)
    yield from _secrets(published)
    yield _finding(
        root == published.root,
        f"The root is that of the {seen.first_window:,} who came before the sale opened.",
        "The root is not that of the people listed: somebody was added or left out.",
    )
    yield _finding(
        not twice, "Nobody is listed twice.", f"Entries listed more than once: {twice:,}."
    )
    yield _ranks(seen)
    if noted.eid is not None:
        yield _own(seen, noted.eid)


def _walk(transcript: Transcript, everybody: _Everybody, mine: bytes | None) -> _Seen:
    salts, seen, last = transcript.published.salts, _Seen(), (-1, -1)
    for line in transcript.lines:
        everybody.add(line)
        seen.people += 1
        seen.first_window += line.win == 0
        if line.eid == mine:
            seen.place = seen.people
        salt = salts.get(line.win)
        if salt is None:
            seen.unsalted.add(line.win)
            continue
        here = line.win, key(salt, line.eid)
        if here < last or line.rank != seen.people:
            seen.out_of_order.append(line.rank)
        last = here
    return seen


class _Everybody:
    """All entry ids, in 256 heaps by their first byte: ten million need 170 MB, sorted in turn."""

    def __init__(self) -> None:
        self._heaps = [bytearray() for _ in range(BUCKETS)]

    def add(self, line: Line) -> None:
        self._heaps[line.eid[0]] += line.eid + (_LATE if line.win else _FIRST)

    def count(self) -> tuple[bytes, int]:
        """The root of window 0, and how many entries are there more than once."""
        root, twice, width = sha256(), 0, EID_BYTES + 1
        for heap in self._heaps:
            found = sorted(bytes(heap[at : at + width]) for at in range(0, len(heap), width))
            twice += sum(a[:EID_BYTES] == b[:EID_BYTES] for a, b in pairwise(found))
            root.update(b"".join(e[:EID_BYTES] for e in found if e.endswith(_FIRST)))
        return root.digest(), twice


def _as_noted(published: Published, noted: Noted) -> Iterator[Finding]:
    for name, theirs, ours in (
        ("commitment", noted.commit, published.commit),
        ("root", noted.root, published.root),
    ):
        if theirs is not None:
            yield _finding(
                theirs == ours,
                f"The {name} is the one you wrote down.",
                f"The {name} is not the one you wrote down: this is another draw.",
            )


def _secrets(published: Published) -> Iterator[Finding]:
    master = published.master
    if master is None:
        yield Finding(
            False,
            "The secret is not in this file, so nobody can tell yet whether the salts follow from"
            " it. It is published when the sale is over.",
        )
        return
    yield _finding(
        commitment(master) == published.commit,
        "The secret is the one committed to.",
        "The secret is not the one committed to.",
    )
    wrong = [
        win
        for win, salt in sorted(published.salts.items())
        if salt != _salt(published, master, win)
    ]
    yield _finding(
        not wrong,
        f"Every salt follows from the secret: {len(published.salts):,} of them.",
        f"These windows' salts do not follow from the secret: {_some(wrong)}.",
    )


def _salt(published: Published, master: bytes, win: int) -> bytes:
    if win:
        return late_salt(master, published.event, win)
    return first_salt(master, published.event, published.root or b"", published.beacon)


def _ranks(seen: _Seen) -> Finding:
    if seen.unsalted:
        return Finding(False, f"These windows have no salt: {_some(sorted(seen.unsalted))}.")
    return _finding(
        not seen.out_of_order,
        f"Every rank follows from its salt and its entry: {seen.people:,} of them.",
        f"At these places the file leaves the order of the draw: {_some(seen.out_of_order)}.",
    )


def _own(seen: _Seen, eid: bytes) -> Finding:
    return _finding(
        seen.place is not None,
        f"Your entry {eid.hex()} has place {seen.place} of {seen.people:,}.",
        f"Your entry {eid.hex()} is not in this file.",
    )


def _finding(holds: bool, good: str, bad: str) -> Finding:
    return Finding(holds, good if holds else bad)


def _some(numbers: list[int], most: int = 5) -> str:
    shown = ", ".join(str(number) for number in numbers[:most])
    return shown if len(numbers) <= most else f"{shown} and {len(numbers) - most:,} more"
