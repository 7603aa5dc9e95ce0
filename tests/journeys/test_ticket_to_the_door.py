"""A ticket from the first page to the door, in real browsers and on the real processes."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.chromium import Launch
from tests.journeys.axe import no_barriers
from tests.journeys.camera import NOBODY, Scene, fake_camera, write_film
from tests.journeys.running import PASSWORD, Running, tixapp

__all__ = ["tixapp"]

PHONE = {"width": 390, "height": 844}


@pytest.fixture
def buyer(browser: Browser, tixapp: Running) -> Page:
    return _phone(browser, tixapp).new_page()


def test_a_paid_ticket_and_a_free_one_are_bought_and_each_admits_once(
    buyer: Page, tixapp: Running, launch_chromium: Launch, tmp_path: Path
) -> None:
    _open_event(buyer, paid=True)
    paid_event = buyer.get_by_role("heading", level=1).inner_text()
    _choose(buyer, 1)
    _sign_in(buyer, "buyer@example.com")
    if "/e/" in buyer.url:  # back where the choice was made, and it is still made
        buyer.get_by_role("button", name=re.compile("Hold|Buy|Get|Reserve")).first.click()
    expect(buyer.get_by_role("heading", level=1)).to_have_text("Your tickets are held")
    no_barriers(buyer)
    buyer.get_by_role("button", name=re.compile("^Pay ")).click()
    expect(buyer).to_have_url(re.compile(f"^{tixapp.stripe}/c/pay/"))
    buyer.get_by_role("button", name="Decline the card").click()
    buyer.get_by_role("button", name="Pay", exact=True).click()
    expect(buyer.get_by_role("heading", level=1)).to_have_text(
        "Your ticket is ready", timeout=20_000
    )
    no_barriers(buyer)
    letter = tixapp.wait_for_mail("buyer@example.com", paid_event)
    assert [one["type"] for one in letter["attachments"]] == ["image/png", "text/calendar"]
    paid_code = _photograph(buyer, tmp_path / "paid.png")

    buyer.goto(tixapp.url)
    _open_event(buyer, paid=False)
    free_event = buyer.get_by_role("heading", level=1).inner_text()
    _choose(buyer, 1)
    buyer.get_by_role("button", name="Get my tickets").click()
    expect(buyer.get_by_role("heading", level=1)).to_have_text("Your ticket is ready")
    free_code = _photograph(buyer, tmp_path / "free.png")

    for name, event, code in (("paid", paid_event, paid_code), ("free", free_event, free_code)):
        film = write_film(
            tmp_path / f"{name}.mjpeg",
            [NOBODY, Scene(picture=code, seconds=3), NOBODY, Scene(picture=code, seconds=3)],
        )
        door = _phone(launch_chromium(*fake_camera(film)), tixapp).new_page()
        door.goto(f"{tixapp.url}/scan")
        door.get_by_role("link", name="Sign in instead").click()
        _sign_in(door, "door@example.com")
        door.get_by_label("Your gate").fill("North")
        door.get_by_role("button", name=re.compile(re.escape(event))).click()
        door.get_by_role("button", name="Start scanning").click()
        verdict = door.locator("[data-part=verdict]")
        expect(verdict).to_have_attribute("data-result", "admitted", timeout=20_000)
        expect(verdict).to_have_attribute("data-result", "already_used", timeout=20_000)
        expect(verdict).to_contain_text("North")
        door.context.close()

    buyer.goto(f"{tixapp.url}/tickets")
    expect(buyer.get_by_text("Used").first).to_be_visible()
    assert tixapp.command("audit").strip().endswith("The books are in order.")


def _phone(browser: Browser, tixapp: Running) -> BrowserContext:
    context = browser.new_context(base_url=tixapp.url, viewport=PHONE, permissions=[])  # type: ignore[arg-type]
    context.set_default_timeout(15_000)
    return context


def _open_event(page: Page, *, paid: bool) -> None:
    page.goto("/search" if paid else "/search?price=free")
    cards = page.locator("a[href*='/e/']")
    for index in range(cards.count()):
        page.locator("a[href*='/e/']").nth(index).click()
        expect(page.locator("#tickets")).to_be_visible()
        if page.locator("input[name^='tier-']:not([disabled])").count():
            return
        page.go_back()
    raise AssertionError("no event is on sale")


def _choose(page: Page, quantity: int) -> None:
    page.locator("input[name^='tier-']:not([disabled])").first.fill(str(quantity))
    page.get_by_role("button", name=re.compile("Hold|Buy|Get|Reserve")).first.click()


def _sign_in(page: Page, address: str) -> None:
    page.get_by_label("E-mail").fill(address)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()


def _photograph(page: Page, path: Path) -> Image.Image:
    """The ticket's code as a phone shows it."""
    page.get_by_role("link", name="Show ticket").first.click()
    code = page.locator(".stub-qr")
    expect(code).to_be_visible()
    shot = code.screenshot(path=path, scale="css")
    return Image.open(io.BytesIO(shot)).convert("RGB")
