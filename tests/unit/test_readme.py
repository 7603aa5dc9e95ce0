"""What the README promises is there."""

import re
from dataclasses import fields
from pathlib import Path

from tixapp.config import Settings

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
MADE_BY_THE_LAUNCHER = {"PORT", "STRIPE_SANDBOX_PORT", "MAIL_PAGE_PORT"}


def test_every_setting_stands_there_and_no_other() -> None:
    rows = [line.split("|")[1] for line in README.splitlines() if line.startswith("| `")]
    named = set(re.findall(r"`([A-Z0-9_]+)`", " ".join(rows)))
    assert named - MADE_BY_THE_LAUNCHER == {field.name.upper() for field in fields(Settings)}


def test_every_picture_and_page_that_it_links_is_there() -> None:
    targets = re.findall(r"\]\(([^)#]+)\)", README)
    assert targets
    assert [target for target in targets if not (ROOT / target).exists()] == []


def test_every_make_target_that_it_names_is_there() -> None:
    makefile = (ROOT / "Makefile").read_text()
    commands = re.findall(r"^make ([a-z ]+?)\s*(?:#|$)", README, re.MULTILINE)
    named = {target for command in commands for target in command.split()}
    assert named
    assert [t for t in sorted(named) if not re.search(rf"^{t}:", makefile, re.MULTILINE)] == []
