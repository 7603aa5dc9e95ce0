"""What the parts of pages do in a real browser, under the same security policy as in production."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.journeys.guide import guide

__all__ = ["guide"]

AXE = Path(__file__).resolve().parents[1] / "vendor" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

Open = Callable[..., Page]


@pytest.fixture
def visit(browser: Browser, guide: str) -> Iterator[Open]:
    """Opens a page; fails the test for any error or refusal the browser's console tells of."""
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def open_page(path: str = "/guide", **how: object) -> Page:
        how.setdefault("viewport", {"width": 1280, "height": 900})
        context = browser.new_context(base_url=guide, **how)  # type: ignore[arg-type]
        context.set_default_timeout(5_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
        page.route("**/api/v1/**", lambda route: route.fulfill(json={"seq": 0, "tiers": []}))
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert [fault for fault in faults if "Failed to load resource" not in fault] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("path", ["/guide", "/error/404", "/error/503"])
def test_no_barrier_and_nothing_beyond_the_edge(
    visit: Open, path: str, width: int, scheme: str
) -> None:
    size = {"width": width, "height": 900}
    page = visit(path, viewport=size, color_scheme=scheme, bypass_csp=True)
    page.add_script_tag(path=str(AXE))
    found = page.evaluate("rules => axe.run({runOnly: rules})", RULES)
    assert [
        (fault["id"], [node["html"][:120] for node in fault["nodes"]])
        for fault in found["violations"]
    ] == []
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_live_numbers_are_patched_in_place_and_a_choice_is_never_taken_back(visit: Open) -> None:
    page = visit("/error/404")
    tiers = [
        {"id": "a", "remaining": 1, "state": "low"},
        {"id": "b", "remaining": 0, "state": "gone"},
    ]
    answer = json.dumps({"seq": 7, "tiers": tiers})

    def reply(route: Route) -> None:
        route.fulfill(body=answer, content_type="application/json")

    page.unroute("**/api/v1/**")
    page.route("**/api/v1/**", reply)
    page.goto("/guide")
    rows = page.locator(".tier")
    expect(rows.nth(0).locator("[data-remaining]")).to_have_text("1 left", timeout=8000)
    expect(rows.nth(1)).to_have_attribute("data-state", "gone")
    expect(rows.nth(1).locator("[data-remaining]")).to_have_text("Sold out")
    expect(page.locator("#quantity-a")).to_have_value("2")
    expect(page.locator("#quantity-a")).to_have_attribute("max", "2")
    expect(page.locator("[data-said]")).to_have_text("Balcony: Sold out")


def test_a_stepper_stops_at_its_bounds(visit: Open) -> None:
    page = visit()
    more = page.get_by_role("button", name="One more: Balcony")
    fewer = page.get_by_role("button", name="One fewer: Balcony")
    expect(fewer).to_have_attribute("aria-disabled", "true")
    for _ in range(6):
        more.dispatch_event("click")
    expect(page.locator("#quantity-b")).to_have_value("4")
    expect(more).to_have_attribute("aria-disabled", "true")


def test_the_chosen_colours_are_remembered_by_the_server(visit: Open) -> None:
    page = visit(color_scheme="light")
    page.get_by_role("radio", name="Dark").check()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.get_by_role("radio", name="As on this device").check()
    page.reload()
    assert page.locator("html").get_attribute("data-theme") is None


def test_the_account_menu_works_by_keyboard(visit: Open) -> None:
    page = visit()
    summary = page.locator(".menu summary")
    summary.focus()
    page.keyboard.press("Enter")
    orders = page.locator(".menu-panel").get_by_role("link", name="Orders")
    expect(orders).to_be_visible()
    page.keyboard.press("Tab")
    expect(orders).to_be_focused()
    page.keyboard.press("Escape")
    expect(orders).to_be_hidden()
    expect(summary).to_be_focused()


def test_the_time_left_counts_down_by_the_servers_clock(visit: Open) -> None:
    page = visit()
    time = page.locator(".countdown time")
    expect(time).to_have_text("9:40", timeout=8000)
    assert 0.9 < page.locator(".countdown progress").evaluate("bar => bar.value") < 1


def test_a_form_goes_once(visit: Open) -> None:
    page = visit()
    page.wait_for_load_state("networkidle")  # the form's script is fetched after the page
    page.evaluate("""() => {
        window.sent = 0;
        document.addEventListener("submit", event => {
            if (!event.defaultPrevented) sent += 1;
            event.preventDefault();
        });
    }""")
    pay = page.get_by_role("button", name="Pay EUR 93.93")
    pay.click()
    expect(pay).to_have_attribute("aria-busy", "true")
    pay.click()
    assert page.evaluate("sent") == 1


def test_the_first_error_has_the_focus_and_leads_to_its_field(visit: Open) -> None:
    page = visit()
    expect(page.locator(".error-summary")).to_be_focused()
    page.get_by_role("link", name="Write your e-mail address").click()
    expect(page.locator("#refused-email")).to_be_focused()


def test_without_scripts_the_page_still_works(visit: Open) -> None:
    page = visit(java_script_enabled=False)
    expect(page.get_by_role("button", name="One more: Balcony")).to_be_hidden()
    page.locator("#quantity-b").fill("3")
    expect(page.locator(".countdown time")).to_contain_text("until")
    expect(page.locator(".theme-switch")).to_be_hidden()
