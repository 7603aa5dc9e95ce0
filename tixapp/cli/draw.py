"""`verify-draw`: anybody may recompute a draw, with Python and this folder alone."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from tixapp.waiting.rules import beacon
from tixapp.waiting.rules.transcript import Transcript, Unreadable, read
from tixapp.waiting.rules.verify import Noted, findings

RELAY = "https://api.drand.sh"
HOLDS, FAILS, UNREADABLE = 0, 1, 2


def verify_draw(arguments: Sequence[str]) -> int:
    """0: all of it holds; 1: something does not, or not yet; 2: there is nothing to check."""
    given = _parser().parse_args(arguments)
    try:
        with given.file.open("rb") as file:
            return _report(read(file), Noted(given.commit, given.root, given.eid))
    except Unreadable as fault:
        print(f"{_name(given.file)} is not a transcript. {fault}")
    except OSError as fault:
        print(f"{_name(given.file)} cannot be read: {fault.strerror}.")
    return UNREADABLE


def _report(transcript: Transcript, noted: Noted) -> int:
    published = transcript.published
    found = list(findings(transcript, noted))
    print(f"Event       {published.event}")
    print(f"Commitment  {published.commit.hex()}")
    print(f"Root        {(published.root or b'').hex()}")
    print(f"Beacon      {published.beacon}\n")
    if (named := beacon.read(published.beacon)) is not None:
        print(
            f"Compare the beacon with {RELAY}{named.address} or any other relay of drand: this"
            f" program asks no network. It was made at {named.due_at:%Y-%m-%d %H:%M:%S} UTC.\n"
        )
    for finding in found:
        print(f"{'holds' if finding.holds else 'FAILS'}  {finding.says}")
    wrong = sum(not finding.holds for finding in found)
    print(f"\n{_verdict(wrong, len(found))}")
    if noted.commit is None:
        print(
            "Compare the commitment with the one that the event's page showed before the sale:"
            " only that one binds."
        )
    return FAILS if wrong else HOLDS


def _verdict(wrong: int, checks: int) -> str:
    if not wrong:
        return "The draw is as it was promised."
    return f"The draw is not proven: {wrong} of {checks} checks fail."


def _name(path: Path) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in str(path))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tixapp verify-draw",
        description="Recomputes every place of a draw from its transcript.",
    )
    parser.add_argument("file", type=Path, help="the transcript, from the proof page")
    parser.add_argument("--commit", type=_hash, help="the commitment, as you wrote it down")
    parser.add_argument("--root", type=_hash, help="the root, as it was shown at the draw")
    parser.add_argument("--eid", type=_eid, help="your own entry: says your place")
    return parser


def _hash(digits: str) -> bytes:
    return _hex(digits, 32)


def _eid(digits: str) -> bytes:
    return _hex(digits, 16)


def _hex(digits: str, length: int) -> bytes:
    try:
        value = bytes.fromhex(digits)
    except ValueError:
        value = b""
    if len(value) != length:
        raise argparse.ArgumentTypeError(f"{2 * length} hex digits were expected")
    return value
