"""`python -m tixapp verify-draw FILE`: whoever doubts a draw recomputes it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tixapp.cli.draw import verify_draw
from tixapp.waiting.rules.transcript import Unreadable, read, written
from tixapp.waiting.rules.verify import Noted, findings

ROOT = Path(__file__).parents[2]
VECTORS = json.loads((ROOT / "tests/vectors/draw.json").read_text())
GOOD = (ROOT / "tests/vectors/draw.txt").read_text()
LINES = GOOD.splitlines(keepends=True)
FIRST = LINES.index("entries 12\n") + 1
ZEROS = "0" * 64

Check = Callable[..., tuple[int, str]]


@pytest.fixture
def check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Check:
    """Writes a transcript and checks it: the exit status and what was said."""

    def run(text: str | bytes, *options: str) -> tuple[int, str]:
        file = tmp_path / "draw.txt"
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        status = verify_draw([str(file), *options])
        return status, capsys.readouterr().out

    return run


def fails(said: str) -> list[str]:
    return [line[7:] for line in said.splitlines() if line.startswith("FAILS")]


def test_a_true_draw_holds_in_every_point(check: Check) -> None:
    status, said = check(GOOD)
    assert status == 0
    assert [line[7:] for line in said.splitlines() if line.startswith("holds")] == [
        "The secret is the one committed to.",
        "Every salt follows from the secret: 3 of them.",
        "The root is that of the 8 who came before the sale opened.",
        "Nobody is listed twice.",
        "Every rank follows from its salt and its entry: 12 of them.",
    ]
    assert "The draw is as it was promised.\n" in said


def test_it_needs_nothing_but_python() -> None:
    """-S leaves out every installed package, -E what the environment says of Python."""
    done = subprocess.run(
        [sys.executable, "-S", "-E", "-m", "tixapp", "verify-draw", "tests/vectors/draw.txt"],
        cwd=ROOT,
        env={},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "The draw is as it was promised." in done.stdout


def test_somebody_finds_their_own_place(check: Check) -> None:
    mine = next(row for row in VECTORS["entries"] if row["account"] == 5)
    status, said = check(GOOD, "--eid", mine["eid"])
    assert status == 0
    assert f"Your entry {mine['eid']} has place {mine['rank']} of 12." in said
    status, said = check(GOOD, "--eid", "ab" * 16)
    assert status == 1
    assert fails(said) == [f"Your entry {'ab' * 16} is not in this file."]


def test_what_somebody_wrote_down_is_compared(check: Check) -> None:
    noted = ("--commit", VECTORS["commit"], "--root", VECTORS["root"])
    assert check(GOOD, *noted)[0] == 0
    status, said = check(GOOD, "--commit", ZEROS, "--root", ZEROS)
    assert status == 1
    assert fails(said) == [
        "The commitment is not the one you wrote down: this is another draw.",
        "The root is not the one you wrote down: this is another draw.",
    ]


ORDER = "At these places the file leaves the order of the draw: "
FORGED = {
    "two people changed places": (
        [*LINES[:FIRST], "1" + LINES[FIRST + 1][1:], "2" + LINES[FIRST][1:], *LINES[FIRST + 2 :]],
        [f"{ORDER}2."],
    ),
    "a rank was written over": (
        [*LINES[:-1], LINES[-1].replace("12 7", "11 7")],
        [f"{ORDER}11."],
    ),
    "somebody was left out": (
        [*LINES[: FIRST - 1], "entries 11\n", *LINES[FIRST + 1 :]],
        [
            "The root is not that of the people listed: somebody was added or left out.",
            f"{ORDER}2, 3, 4, 5, 6 and 6 more.",
        ],
    ),
    "somebody is there twice": (
        [*LINES[: FIRST - 1], "entries 13\n", *LINES[FIRST:], "13" + LINES[-1][2:]],
        ["Entries listed more than once: 1."],
    ),
    "another secret": (
        [line if "master" not in line else f"master {ZEROS}\n" for line in LINES],
        [
            "The secret is not the one committed to.",
            "These windows' salts do not follow from the secret: 0, 1, 7.",
        ],
    ),
    "another beacon": (
        [line if "beacon" not in line else "beacon none\n" for line in LINES],
        ["These windows' salts do not follow from the secret: 0."],
    ),
    "a salt is missing": (
        [line for line in LINES if not line.startswith("salt 7")],
        ["These windows have no salt: 7."],
    ),
}


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_draw_is_found_out(name: str, check: Check) -> None:
    lines, expected = FORGED[name]
    status, said = check("".join(lines))
    assert (status, fails(said)) == (1, expected)
    assert "The draw is not proven" in said


def test_until_the_secret_is_published_nothing_is_proven(check: Check) -> None:
    status, said = check(GOOD.replace(f"master {VECTORS['master']}", "master -"))
    assert status == 1
    assert [line[:31] for line in fails(said)] == ["The secret is not in this file,"]


HOSTILE = {
    "nothing": (b"", "Line 1 is not part of a transcript: it does not begin with"),
    "another file": (b"\x7fELF\x02\xff" * 200, "Line 1 "),
    "one endless line": (b"tixapp draw 1" + b" " * 10**6, "Line 1 .*too long"),
    "a terminal's escape": (GOOD.replace("drand", "\x1b[2J").encode(), "Line 5 .*characters"),
    "text turned around": (GOOD.replace("drand", "\u202e").encode(), "Line 5 .*characters"),
    "a bar in the event": (GOOD.replace("evt_", "evt|").encode(), "Line 2 .*bar"),
    "a number beyond all": (GOOD.replace("entries 12", f"entries {'9' * 400}").encode(), "Line 10"),
    "a promise of more": (GOOD.replace("entries 12", "entries 13").encode(), "Line 23 .*expected"),
    "more than promised": (GOOD.replace("entries 12", "entries 11").encode(), "Line 22 .*11"),
    "a salt twice": (GOOD.replace("salt 7", "salt 1").encode(), "Line 9 .*new salt"),
    "capitals": (GOOD.replace("da0449bb", "DA0449BB").encode(), "Line 11 .*expected"),
    "windows' line ends": (GOOD.replace("\n", "\r\n").encode(), "Line 1 "),
    "a short hash": (GOOD.replace(VECTORS["root"], "ab").encode(), "Line 4 .*64 hex digits"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_gets_one_plain_sentence(name: str, check: Check) -> None:
    text, expected = HOSTILE[name]
    status, said = check(text)
    assert status == 2
    with pytest.raises(Unreadable, match=expected):
        list(read(BytesIO(text)).lines)
    assert said.count("\n") == 1
    assert said.isascii() or "“" in said


@pytest.mark.parametrize("name", ["", "nowhere.txt"])
def test_a_file_that_is_none_is_said_to_be(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert verify_draw([str(tmp_path / name)]) == 2
    assert (
        capsys.readouterr().out.rstrip().endswith((": Is a directory.", "such file or directory."))
    )


@given(st.binary(max_size=400), st.integers(0, len(GOOD)))
def test_no_bytes_do_worse_than_fail(spoilt: bytes, at: int) -> None:
    raw = GOOD.encode()
    with suppress(Unreadable):
        transcript = read(BytesIO(raw[:at] + spoilt + raw[at + len(spoilt) :]))
        assert len(list(findings(transcript, Noted()))) >= 4


def test_what_is_written_is_read() -> None:
    transcript = read(BytesIO(GOOD.encode()))
    ranked = [(line.win, line.eid) for line in transcript.lines]
    assert "".join(written(transcript.published, ranked, 12)) == GOOD
