"""From a purchase to a refund, a closed door and a cancelled event, on the real processes."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.axe import no_barriers
from tests.journeys.running import PASSWORD, Running, tixapp

__all__ = ["tixapp"]

SECONDS = 30_000


@pytest.fixture
def buyer(browser: Browser, tixapp: Running) -> Page:
    return _at(browser, tixapp, 390)


@pytest.fixture
def seller(browser: Browser, tixapp: Running) -> Page:
    return _at(browser, tixapp, 1280)


@pytest.fixture
def door(browser: Browser, tixapp: Running) -> Page:
    return _at(browser, tixapp, 390)


def test_one_ticket_goes_back_and_then_the_event_is_cancelled(
    buyer: Page, seller: Page, door: Page, tixapp: Running
) -> None:
    event = _buy_two(buyer)
    order_page = buyer.url
    tixapp.wait_for_mail("buyer@example.com", event)

    refunded = _refund_one(seller, event)
    tixapp.wait_for_mail("buyer@example.com", f"Tickets returned: {event}")

    _sign_in(door, "/scan", "door@example.com")
    door.get_by_label("Your gate").fill("North")
    door.get_by_role("button", name=re.compile(re.escape(event))).click()
    assert _verdict(door, refunded) == "refunded"

    _cancel(seller, event)
    tixapp.wait_for_mail("buyer@example.com", f"Cancelled: {event}", seconds=40)
    buyer.goto(order_page)
    expect(buyer.get_by_role("heading", level=1)).to_have_text("The event was cancelled")
    no_barriers(buyer)
    assert tixapp.command("audit").strip().endswith("The books are in order.")


def _at(browser: Browser, tixapp: Running, width: int) -> Page:
    size = {"width": width, "height": 844}
    context = browser.new_context(base_url=tixapp.url, viewport=size)  # type: ignore[arg-type]
    context.set_default_timeout(15_000)
    return context.new_page()


def _sign_in(page: Page, path: str, address: str) -> None:
    page.goto(f"/sign-in?next={path}")
    page.get_by_label("E-mail").fill(address)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"**{path}")


def _buy_two(page: Page) -> str:
    """Two tickets for the first event that costs something; its name."""
    _sign_in(page, "/search", "buyer@example.com")
    for index in range(page.locator("a[href*='/e/']").count()):
        page.goto("/search")
        page.locator("a[href*='/e/']").nth(index).click()
        page.wait_for_load_state()
        places = page.locator("input[name^='tier-']:not([disabled])")
        if places.count():
            break
    event = page.get_by_role("heading", level=1).inner_text()
    places.first.fill("2")
    page.get_by_role("button", name=re.compile("Hold|Buy|Get|Reserve")).first.click()
    page.get_by_role("button", name=re.compile("^Pay ")).click()
    page.get_by_role("button", name="Pay", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "Your tickets are ready", timeout=SECONDS
    )
    return event


def _refund_one(page: Page, event: str) -> str:
    """By the seller, from the list of events on; the ticket's id."""
    _sign_in(page, "/sell/events", "seller@example.com")
    no_barriers(page)
    page.get_by_role("link", name=event, exact=True).click()
    no_barriers(page)
    page.get_by_label(re.compile("Find an order")).fill("buyer@example.com")
    page.get_by_role("button", name="Find").click()
    page.locator("a[href*='/sell/orders/']").first.click()
    no_barriers(page)
    box = page.get_by_role("checkbox").first
    ticket = box.get_attribute("value") or ""
    box.check()
    page.get_by_role("button", name="Refund tickets").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Refund tickets")
    no_barriers(page)
    page.get_by_role("button", name="Refund these tickets").click()
    expect(page.get_by_text("The tickets are void from now on")).to_be_visible()
    return ticket


def _verdict(page: Page, ticket: str) -> str | None:
    """What the door says of a ticket whose number is typed, once the page's script is there."""
    expect(page.get_by_role("button", name="Start scanning")).to_be_visible()
    page.get_by_label("Ticket number").fill(ticket)
    page.get_by_role("button", name="Check").click()
    verdict = page.locator("[data-part=verdict]")
    expect(verdict).to_be_visible()
    return verdict.get_attribute("data-result")


def _cancel(page: Page, event: str) -> None:
    page.goto("/sell/events")
    page.get_by_role("link", name=event, exact=True).click()
    page.get_by_role("link", name="Cancel the event").click()
    no_barriers(page)
    page.get_by_label(re.compile("Type the name")).fill(event)
    page.get_by_role("button", name="Cancel the event and refund everyone").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "Everyone has been refunded", timeout=SECONDS
    )
    no_barriers(page)
