"""The lines of docs/waiting.md with which anybody checks their place, run as they stand there."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WHOLE, OWN = re.findall(r"```python\n(.*?)```", (ROOT / "docs/waiting.md").read_text(), re.S)
TRANSCRIPT = (ROOT / "tests/vectors/draw.txt").read_text()
VECTORS = json.loads((ROOT / "tests/vectors/draw.json").read_text())


def told(script: str, folder: Path) -> tuple[str, str]:
    """What it prints, and the last line of its complaint."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", script],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout, (done.stderr.splitlines() or [""])[-1]


def test_they_print_ones_own_place(tmp_path: Path) -> None:
    (tmp_path / "draw.txt").write_text(TRANSCRIPT)
    assert told(WHOLE, tmp_path) == ("Place 5 of 12\n", "")


@pytest.mark.parametrize("row", VECTORS["entries"], ids=lambda row: f"account {row['account']}")
def test_they_print_anybodys_place(row: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "draw.txt").write_text(TRANSCRIPT)
    script = re.sub(r'mine = "\w+"', f'mine = "{row["eid"]}"', WHOLE)
    assert told(script, tmp_path) == (f"Place {row['rank']} of 12\n", "")


LINES = TRANSCRIPT.splitlines(keepends=True)
FORGED = {
    "another secret": TRANSCRIPT.replace(VECTORS["master"], "0" * 64),
    "others entered": TRANSCRIPT.replace("da0449bb", "da0449bc"),
    "another draw of 0": TRANSCRIPT.replace("beacon drand", "beacon later"),
    "another draw of 7": TRANSCRIPT.replace(VECTORS["salts"]["7"], "0" * 64),
    "another order": "".join([*LINES[:10], LINES[11], LINES[10], *LINES[12:]]),
    "somebody twice": TRANSCRIPT + LINES[-1],
}


@pytest.mark.parametrize("wrong", FORGED)
def test_they_stop_at_a_forged_draw(wrong: str, tmp_path: Path) -> None:
    assert FORGED[wrong] != TRANSCRIPT
    (tmp_path / "draw.txt").write_text(FORGED[wrong])
    assert told(WHOLE, tmp_path) == ("", f"AssertionError: {wrong}")


@pytest.mark.parametrize("row", [r for r in VECTORS["entries"] if r["win"] == 0], ids=str)
def test_during_the_sale_three_values_give_the_place(row: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "draw.bin").write_bytes(bytes.fromhex(VECTORS["table"]["hex"]))
    assert VECTORS["salts"]["0"] in OWN
    script = re.sub(r'mine = bytes.fromhex\("\w+"\)', f'mine = bytes.fromhex("{row["eid"]}")', OWN)
    expected = f"Place {row['rank_from_table']} or very near it\n"
    assert told(script, tmp_path) == (expected, "")
