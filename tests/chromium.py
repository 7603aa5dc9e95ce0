"""The browser of the journeys: a Chromium that is there, or one that Playwright fetches.

`python -m tests.chromium` sees to it before the tests run. Where none can be had the journeys are
skipped, and the end of the run says how many; with CI set that is a failure instead.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
NONE = "no Chromium on this machine"
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")

Launch = Callable[..., Browser]


@cache
def find() -> str | None:
    """Its path. On some systems the name on the path only says how to install it: try it."""
    for name in NAMES:
        path = shutil.which(name)
        if path and _starts(path):
            return path
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() and _starts(path) else None


@pytest.fixture(scope="session")
def chromium() -> str:
    path = find()
    if path is None and in_ci():
        pytest.fail(f"{NONE}, and in CI no journey may be left out")
    if path is None:
        pytest.skip(NONE)
    return path


@pytest.fixture(scope="session")
def playwright(chromium: str) -> Iterator[Playwright]:
    """Asked for after `chromium`, so that it is not started in vain."""
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def launch_chromium(playwright: Playwright, chromium: str) -> Iterator[Launch]:
    """Starts a browser with more flags, such as the fake camera's. Closed when the tests end."""
    with ExitStack() as browsers:

        def launch(*flags: str) -> Browser:
            browser = playwright.chromium.launch(executable_path=chromium, args=[*FLAGS, *flags])
            browsers.callback(browser.close)
            return browser

        yield launch


@pytest.fixture(scope="session")
def browser(launch_chromium: Launch) -> Browser:
    return launch_chromium()


def in_ci() -> bool:
    return os.environ.get("CI", "").lower() in {"1", "true"}


def report_left_out(reporter: pytest.TerminalReporter) -> None:
    """Says at the end how many journeys were not run."""
    skipped = reporter.stats.get("skipped", [])
    count = sum(NONE in str(report.longrepr) for report in skipped)
    if count:
        reporter.section("BROWSER TESTS WERE NOT RUN", sep="!", red=True)
        reporter.line(
            f"{count} tests need Chromium, and there is none. Install chromium or google-chrome, "
            "or run `.venv/bin/python -m playwright install chromium`, then make test again."
        )


def main() -> int:
    if find() is None:
        print("No Chromium is on the path; asking Playwright for one.", flush=True)  # noqa: T201
        command = [sys.executable, "-m", "playwright", "install", "chromium"]
        subprocess.run(command, check=False)
        find.cache_clear()
    if find() is not None:
        return 0
    print("No Chromium can be had here, so the browser tests cannot run.", flush=True)  # noqa: T201
    return 1 if in_ci() else 0


def _starts(path: str) -> bool:
    try:
        answer = subprocess.run([path, "--version"], capture_output=True, check=False, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
