"""The tests that docs/waiting.md names as proof are there, under these names."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NAMED = re.compile(r"`(tests/[\w/]+\.py)(?:::(test_\w+))?`")


def test_each_test_that_the_waiting_page_names_is_there() -> None:
    named = NAMED.findall((ROOT / "docs" / "waiting.md").read_text())
    missing = [
        f"{path}::{name}"
        for path, name in named
        if not (ROOT / path).is_file() or (name and f"def {name}(" not in (ROOT / path).read_text())
    ]
    assert len(named) > 25
    assert missing == []
