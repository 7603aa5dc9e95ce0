"""Looking around in a real browser: every public page, with and without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.journeys.axe import no_barriers
from tests.journeys.running import PASSWORD, Running, tixapp

__all__ = ["tixapp"]

PAGES = {
    "home": "/",
    "search": "/search",
    "nothing found": "/search?city=Berlin&category=club&price=25",
    "on sale": "/e/low-tide",
    "fee passed on": "/e/nine-lanterns-music-for-a-long-night",
    "sold out": "/e/the-paper-orchestra",
    "not yet on sale": "/e/delia-crane-kitchen-radio",
}

Open = Callable[..., Page]


@pytest.fixture
def visit(browser: Browser, tixapp: Running) -> Iterator[Open]:
    """Opens a page; fails the test for any error that the browser's console tells of."""
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def open_page(path: str, **how: object) -> Page:
        context = browser.new_context(base_url=tixapp.url, **how)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert faults == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_no_public_page_has_a_barrier_or_leaves_the_screen(
    visit: Open, width: int, scheme: str
) -> None:
    size = {"width": width, "height": 800}
    page = visit("/", viewport=size, color_scheme=scheme, bypass_csp=True)
    for path in PAGES.values():
        page.goto(path)
        no_barriers(page)
        assert page.evaluate("document.documentElement.scrollWidth") == width, path


def test_the_first_phone_screen_says_what_when_where_how_much_and_how_to_buy(visit: Open) -> None:
    page = visit("/e/low-tide", viewport={"width": 360, "height": 740})
    hero = page.locator(".event-hero")
    for part in (
        page.get_by_role("heading", level=1),
        hero.get_by_text("20:30 Berlin time"),
        hero.get_by_text("Kesselhalle"),
        hero.get_by_text("from €24.00"),
        hero.get_by_role("link", name="Get tickets"),
    ):
        box = part.bounding_box()
        assert box
        assert box["y"] + box["height"] <= 740


def test_what_a_stranger_chose_is_there_after_signing_in(visit: Open) -> None:
    page = visit("/e/quiet-hours-piano-by-candlelight")
    page.get_by_label("One more: Gallery tickets").click(click_count=2)
    expect(page.locator("[data-total]")).to_have_text("CHF\u00a058.00")
    page.get_by_role("button", name="Reserve 2 tickets").click()
    page.get_by_label("E-mail address").fill("buyer2@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_label("Gallery tickets", exact=True)).to_have_value("2")
    page.get_by_role("button", name="Reserve 2 tickets").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your tickets are held")
    page.get_by_role("button", name="Let these tickets go").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Quiet Hours: piano by candlelight")


def test_more_than_one_person_may_have_is_said_while_choosing(visit: Open) -> None:
    page = visit("/e/low-tide")
    page.get_by_label("Floor tickets", exact=True).fill("4")
    page.get_by_label("Balcony tickets", exact=True).fill("3")
    expect(page.locator("[data-basket-note]")).to_have_text(
        "One person may have 6 tickets for this event."
    )


def test_a_kind_that_sells_out_meanwhile_says_so_and_takes_no_choice_away(
    visit: Open, tixapp: Running
) -> None:
    page = visit("/e/low-tide")
    page.get_by_label("Balcony tickets", exact=True).fill("2")
    row = page.locator(".tier", has_text="Balcony")
    gone = {"id": row.get_attribute("data-tier"), "remaining": 0, "state": "gone"}
    page.route(
        "**/availability",
        lambda route: route.fulfill(json={"seq": 9_999_999_999_999_999, "tiers": [gone]}),
    )
    expect(row.locator("[data-remaining]")).to_have_text("Sold out", timeout=15_000)
    expect(page.get_by_label("Balcony tickets", exact=True)).to_have_value("2")


def test_before_the_sale_a_reader_elsewhere_sees_both_times(visit: Open) -> None:
    page = visit("/e/delia-crane-kitchen-radio", timezone_id="Europe/Berlin")
    tickets = page.locator("#tickets")
    expect(tickets).to_contain_text("10:00 Chicago time with a waiting room")
    expect(tickets).to_contain_text(re.compile("1[678]:00 where you are"))


def test_everything_works_without_javascript(visit: Open) -> None:
    page = visit("/", java_script_enabled=False)
    page.get_by_placeholder("Artist, team, place").fill("candle")
    page.get_by_placeholder("Artist, team, place").press("Enter")
    page.get_by_role("link", name="Quiet Hours: piano by candlelight").click()
    page.get_by_label("Gallery tickets", exact=True).fill("1")
    page.get_by_role("button", name="Reserve tickets").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_filters_are_reached_and_taken_away_by_keyboard(visit: Open) -> None:
    page = visit("/search?category=basketball&city=Berlin")
    names = page.get_by_role("heading", level=3)
    expect(names).to_have_text(["City Final: Lindenau Lions v Kiez Comets"])
    page.get_by_role("link", name="Remove filter: Berlin").press("Enter")
    expect(names).to_have_count(4)
