"""What is served as it lies: made files are current, others' files unchanged, sizes small."""

import gzip
import hashlib
import re
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "static"


def gzipped(paths: list[Path]) -> int:
    return sum(len(gzip.compress(path.read_bytes(), 6)) for path in paths)


def test_the_served_style_sheet_is_what_its_sources_say() -> None:
    tool = runpy.run_path(str(ROOT / "tools" / "css.py"))
    for name, sources in tool["products"]().items():
        assert (STATIC / "css" / name).read_text(encoding="utf-8") == tool["joined"](sources), name


def test_every_vendored_file_is_the_one_that_was_looked_at() -> None:
    listed = {}
    for line in (STATIC / "vendor" / "MANIFEST.sha256").read_text(encoding="utf-8").splitlines():
        digest, name = line.split(maxsplit=1)
        listed[name] = digest
    folders = (STATIC / "vendor", STATIC / "fonts", ROOT / "tests" / "vendor")
    there = {
        path.relative_to(ROOT).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file() and path.name != "MANIFEST.sha256"
    }
    assert there == listed


@pytest.mark.parametrize(
    ("area", "most"),
    [
        ("browse", 15_000),
        ("orders", 10_000),
        ("tickets", 21_500),  # the page draws the code that turns, and has itself kept
        ("accounts", 10_000),
        ("waiting", 15_000),
        ("selling", 20_000),
        ("staff", 15_000),
    ],
)
def test_the_pages_of_an_area_load_little_script_whatever_they_use(area: str, most: int) -> None:
    """All the behaviours that any of its pages names together; no page has them all."""
    folders = [ROOT / "templates" / name for name in (area, "layouts", "macros", "errors")]
    named = {
        name
        for path in (path for folder in folders for path in folder.rglob("*.html"))
        if area == "tickets" or path.name != "ticket_stub.html"
        for used in re.findall(r'data-controller="([^"]*)"', path.read_text())
        for name in re.findall(r"[a-z][a-z-]+", re.sub(r"{%.*?%}", " ", used))
    }
    js = STATIC / "js"
    files = {js / "controllers" / f"{name.replace('-', '_')}.js" for name in named}
    assert gzipped(sorted(_with_imports({js / "app.js", *filter(Path.exists, files)}))) <= most


def test_a_public_page_loads_little_style() -> None:
    for area in ("browse", "wallet", "error"):
        assert gzipped([STATIC / "css" / "app.css", STATIC / "css" / f"{area}.css"]) <= 8_000, area
    assert (STATIC / "fonts" / "bricolage.woff2").stat().st_size <= 35_000


def test_a_sellers_page_loads_little_style() -> None:
    for area in ("charts", "editor"):
        names = ("app.css", "panel.css", f"{area}.css")
        assert gzipped([STATIC / "css" / name for name in names]) <= 8_000, area


def _with_imports(files: set[Path]) -> set[Path]:
    found: set[Path] = set()
    while new := files - found:
        found |= new
        files = {
            (file.parent / name).resolve()
            for file in new
            for name in re.findall(r'^import [^"]*"([^"]+)"', file.read_text(), flags=re.M)
        }
    return found


def test_a_waiting_room_loads_next_to_nothing() -> None:
    assert gzipped([STATIC / "css" / "room.css"]) <= 5_000
    room = [STATIC / "js" / "room" / name for name in ("room.js", "lib/room.js")]
    assert gzipped([*room, STATIC / "js" / "lib" / "clock.js"]) <= 5_000


def test_no_template_but_a_letter_carries_a_style_or_a_script_of_its_own() -> None:
    letters = {"mail.html", "mail"}
    for path in (ROOT / "templates").rglob("*.html"):
        if letters & set(path.relative_to(ROOT / "templates").parts):
            continue
        text = path.read_text(encoding="utf-8")
        for forbidden in ("style=", "<style", "onclick=", "onsubmit=", "javascript:"):
            assert forbidden not in text, f"{path.name}: {forbidden}"
