"""Buyers get places by one function, which asks for a pass where an event has a waiting room."""

import re
from pathlib import Path

TIXAPP = Path(__file__).resolve().parents[2] / "tixapp"
# The room's own door, and the demo's sales, which come before any crowd.
MAY = {"waiting/actions/passes.py", "demo/load.py", "inventory/actions.py"}
DIRECT = re.compile(
    r"from tixapp\.inventory\.actions import (?:[^\n(]*|\([^)]*)\bplace_hold\b"
    r"|inventory\.place_hold\("
)


CLAIMS = re.compile(r"\bclaim_pass\(")
DOOR = {"waiting/actions/passes.py", "waiting/actions/challenge.py"}


def test_nobody_gets_a_pass_past_the_challenge_at_the_door() -> None:
    found = {
        path.relative_to(TIXAPP).as_posix()
        for path in TIXAPP.rglob("*.py")
        if CLAIMS.search(path.read_text())
    }
    assert found == DOOR


def test_nobody_sets_places_aside_past_the_waiting_room() -> None:
    found = {
        path.relative_to(TIXAPP).as_posix()
        for path in TIXAPP.rglob("*.py")
        if DIRECT.search(path.read_text())
    }
    assert found - MAY == set()
    assert "waiting/actions/passes.py" in found
