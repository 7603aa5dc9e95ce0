"""A seller's desk in a real browser: a page that follows the form, a form that keeps what it can,
and pictures that follow the sale."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.axe import no_barriers
from tests.journeys.running import PASSWORD, Running, tixapp

__all__ = ["tixapp"]

DRAFT, FREE = "Salt & Circuits", "Quiet Hours: piano by candlelight"
SIZE: Any = {"width": 1280, "height": 900}


@pytest.fixture
def seller(browser: Browser, tixapp: Running) -> Page:
    page = browser.new_context(base_url=tixapp.url, viewport=SIZE, bypass_csp=True).new_page()
    page.goto("/sign-in")
    page.get_by_label("E-mail address").fill("seller@example.com")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/")
    page.goto("/sell/events")
    return page


def test_what_is_typed_is_seen_kept_and_never_lost(seller: Page) -> None:
    seller.get_by_role("link", name=DRAFT).click()
    seller.goto(f"{seller.url}/edit")
    pane = seller.frame_locator("[data-preview-frame]")
    expect(pane.locator("h1")).to_have_text(DRAFT)  # so the script is ready
    no_barriers(seller)

    seller.get_by_label("Description").fill("Now with **brass**.")
    seller.get_by_label("Tickets for one person").fill("many")
    expect(pane.locator(".prose strong")).to_have_text("brass")
    said = seller.locator("[data-said]")
    expect(said).to_have_text(re.compile("Not yet: Tickets for one person"), timeout=15_000)
    seller.get_by_label("Minimum age").focus()
    fault = seller.locator("#purchase_limit-error")
    expect(fault).to_have_text("Tickets for one person: please give a whole number.")
    expect(seller.locator("#purchase_limit")).to_have_attribute("aria-invalid", "true")
    no_barriers(seller)

    seller.reload()
    expect(seller.locator("#purchase_limit")).to_have_value("many")
    expect(seller.locator("#description")).to_have_value("Now with **brass**.")
    expect(said).to_have_text(re.compile("Not"), timeout=15_000)
    seller.locator("#purchase_limit").fill("5")
    expect(said).to_have_text(re.compile(r"^Saved at \d\d:\d\d$"), timeout=15_000)
    expect(fault).to_have_count(0)


def test_a_phone_is_led_to_the_preview_and_asked_for_no_pane(seller: Page) -> None:
    asked: list[str] = []
    seller.on("request", lambda request: asked.append(request.url))
    seller.set_viewport_size({"width": 412, "height": 823})
    seller.get_by_role("link", name=DRAFT).click()
    seller.goto(f"{seller.url}/edit")
    expect(seller.get_by_role("link", name="Preview")).to_be_visible()
    expect(seller.locator("[data-preview-frame]")).to_be_hidden()
    seller.wait_for_load_state("networkidle")
    assert [url for url in asked if url.endswith("/preview")] == []


def test_pictures_follow_the_sale_and_leave_the_reader_alone(
    seller: Page, browser: Browser, tixapp: Running
) -> None:
    seller.get_by_role("link", name=FREE).click()
    held = seller.locator("[data-part=by-tier-rows] td:nth-child(3)").first
    expect(held).to_have_text("0")
    table = seller.locator("#by-tier-head").locator("xpath=ancestor::section").locator("summary")
    table.click()
    buyer = browser.new_context(base_url=tixapp.url).new_page()
    buyer.goto("/sign-in")
    buyer.get_by_label("E-mail address").fill("buyer2@example.com")
    buyer.get_by_label("Password", exact=True).fill(PASSWORD)
    buyer.get_by_role("main").get_by_role("button", name="Sign in").click()
    buyer.wait_for_url("**/")
    buyer.goto("/e/quiet-hours-piano-by-candlelight")
    buyer.locator(".stepper input").first.fill("2")
    buyer.get_by_role("button", name="Reserve").click()
    buyer.wait_for_url("**/checkout/**")
    expect(held).to_have_text("2", timeout=10_000)
    assert table.evaluate("summary => summary.parentElement.open")
    assert table.evaluate("summary => summary === document.activeElement")
    buyer.get_by_role("button", name="Let these tickets go").click()
    expect(held).to_have_text("0", timeout=10_000)
