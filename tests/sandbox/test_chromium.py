"""The browser that journeys ask for."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.engines import ROOT

CONFTEST = """
from tests.chromium import chromium, report_left_out

def pytest_terminal_summary(terminalreporter):
    report_left_out(terminalreporter)
"""
TWO_JOURNEYS = """
import pytest

@pytest.mark.parametrize("number", [1, 2])
def test_journey(chromium, number):
    pass
"""


@pytest.mark.slow
def test_a_browser_draws_a_page(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content("<h1>Doors open at eight</h1>")
    assert page.inner_text("h1") == "Doors open at eight"
    page.close()


@pytest.mark.slow
def test_without_a_browser_the_end_of_the_run_says_how_many_journeys_are_missing(
    tmp_path: Path,
) -> None:
    output = run_without_browsers(tmp_path, ci="")
    assert "BROWSER TESTS WERE NOT RUN" in output
    assert "2 tests need Chromium" in output
    assert "2 skipped" in output


@pytest.mark.slow
def test_in_ci_a_missing_browser_is_a_failure(tmp_path: Path) -> None:
    output = run_without_browsers(tmp_path, ci="true")
    assert "2 errors" in output


def run_without_browsers(folder: Path, *, ci: str) -> str:
    (folder / "conftest.py").write_text(CONFTEST)
    (folder / "test_journeys.py").write_text(TWO_JOURNEYS)
    env = os.environ | {
        "CI": ci,
        "PATH": str(folder),
        "PLAYWRIGHT_BROWSERS_PATH": str(folder / "none"),
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-m", "pytest", "-c", "/dev/null", "--rootdir", folder, folder]
    answer = subprocess.run(
        command, env=env, cwd=folder, capture_output=True, text=True, check=False
    )
    return answer.stdout
