"""What pages weigh on a phone that has seen none of them, and that nothing on them jumps."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.journeys.running import PASSWORD, Running, tixapp

__all__ = ["tixapp"]

PHONE: Any = {"width": 412, "height": 823}
DESK: Any = {"width": 1280, "height": 900}
FREE = "/e/open-court-by-the-sea"
SHIFTS = """
  window.shifts = 0;
  new PerformanceObserver((list) => {
    for (const one of list.getEntries()) if (!one.hadRecentInput) window.shifts += one.value;
  }).observe({ type: "layout-shift", buffered: true });
"""
SETTLED = "document.fonts.ready.then(() => new Promise((done) => setTimeout(done, 300)))"


@dataclass
class Weight:
    """Bytes over the line, by kind; who else was asked for something."""

    total: int = 0
    script: int = 0
    style: int = 0
    shifts: float = 0.0
    strangers: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def places(browser: Browser, tixapp: Running) -> dict[str, str]:
    """Addresses that somebody has to have been to: a purchase for nothing, an event of one's own.
    With each role's cookies as `storage_state`."""
    page = _signed_in(browser, tixapp, "buyer@example.com")
    page.goto(FREE)
    page.locator(".stepper input").first.fill("1")
    page.get_by_role("button", name="Reserve").click()
    found = {"checkout": page.url}
    page.get_by_role("button", name="Get my tickets").click()
    page.get_by_role("link", name="Show ticket").first.click()
    found["ticket"] = page.url
    # Another hold, to look at: the first has become an order.
    page.goto("/e/low-tide")
    page.locator(".stepper input").first.fill("1")
    page.get_by_role("button", name="Reserve").click()
    found["checkout"] = page.url
    page.context.close()
    page = _signed_in(browser, tixapp, "seller@example.com")
    page.goto("/sell/events")
    page.get_by_role("link", name="Salt & Circuits").click()
    found |= {"event": page.url, "editor": f"{page.url}/edit"}
    page.context.close()
    return found


@pytest.mark.parametrize(
    ("path", "who", "total", "script", "style"),
    [
        (
            "/",
            "",
            300,
            20,
            10,
        ),
        ("/search", "", 300, 20, 10),
        ("/e/nine-lanterns-music-for-a-long-night", "", 250, 25, 10),
        ("/e/delia-crane-kitchen-radio/room", "", 40, 13, 6),
        ("checkout", "buyer@example.com", 150, 20, 10),
        ("ticket", "buyer@example.com", 75, 12, 10),
        ("/sell", "seller@example.com", 250, 50, 10),
        ("event", "seller@example.com", 250, 50, 10),
        ("editor", "seller@example.com", 250, 50, 14),
        ("/scan", "door@example.com", 600, 100, 12),
    ],
)
def test_a_page_weighs_little_and_nothing_jumps(
    browser: Browser,
    tixapp: Running,
    places: dict[str, str],
    path: str,
    who: str,
    total: int,
    script: int,
    style: int,
) -> None:
    """Kilobytes with the headers of every answer, on a phone and where there is room."""
    state = _signed_in(browser, tixapp, who).context.storage_state() if who else None
    for size in (PHONE, DESK):
        found = _weigh(browser, tixapp, places.get(path, path), state, size)
        assert found.total <= total * 1000, found
        assert found.script <= script * 1000, found
        assert found.style <= style * 1000, found
        assert found.shifts <= 0.02, found
        assert found.strangers == []


def _weigh(browser: Browser, tixapp: Running, path: str, state: Any, size: Any) -> Weight:
    context = browser.new_context(base_url=tixapp.url, viewport=size, storage_state=state)
    page = context.new_page()
    page.add_init_script(SHIFTS)
    weight, kinds = Weight(), dict[str, str]()
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")

    def answered(told: dict[str, Any]) -> None:
        kinds[told["requestId"]] = told["type"]
        if not told["response"]["url"].startswith((tixapp.url, "data:")):
            weight.strangers.append(told["response"]["url"])

    def arrived(told: dict[str, Any]) -> None:
        size, kind = int(told["encodedDataLength"]), kinds.get(told["requestId"])
        weight.total += size
        weight.script += size if kind == "Script" else 0
        weight.style += size if kind == "Stylesheet" else 0

    wire.on("Network.responseReceived", answered)
    wire.on("Network.loadingFinished", arrived)
    page.goto(path, wait_until="load")
    page.evaluate(SETTLED)
    weight.shifts = float(page.evaluate("window.shifts"))
    context.close()
    return weight


def _signed_in(browser: Browser, tixapp: Running, address: str) -> Page:
    page = browser.new_context(base_url=tixapp.url, viewport=PHONE).new_page()
    page.goto("/sign-in")
    page.get_by_label("E-mail address").fill(address)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/")
    return page
