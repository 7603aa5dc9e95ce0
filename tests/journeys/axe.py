"""Accessibility of a page as it stands, by axe."""

from pathlib import Path

from playwright.sync_api import Page

AXE = Path(__file__).resolve().parents[1] / "vendor" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def no_barriers(page: Page) -> None:
    """Fails with what a person could not see, reach or understand on this page."""
    page.evaluate(AXE.read_text() + ";0")
    found = page.evaluate("rules => axe.run({runOnly: rules})", RULES)
    faults = [
        (fault["id"], [node["html"][:160] for node in fault["nodes"]])
        for fault in found["violations"]
    ]
    assert faults == [], page.url
