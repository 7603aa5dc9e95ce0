"""Three browsers in one room: one is let in, one is there when the sale is paused, one comes late.

Nobody reloads a page: all that changes comes from the document that everybody shares.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.faults.scene import database
from tests.journeys.axe import no_barriers
from tests.journeys.running import PASSWORD, Running, tixapp

__all__ = ["tixapp"]

SLOW = 40_000


@pytest.fixture
def room(tixapp: Running) -> str:
    """The demo's room, to open soon, with one person at a time; its path."""
    slug = opens_in(tixapp, "45 seconds")
    with database(tixapp) as connection:
        connection.execute(
            "UPDATE rooms SET a_max = 1 FROM events WHERE id = event_id AND slug = %s", [slug]
        )
    return f"/e/{slug}/room"


def opens_in(tixapp: Running, interval: str) -> str:
    """From now on; the slug of the event."""
    with database(tixapp) as connection:
        row = connection.execute(
            """
            UPDATE events SET on_sale_at = now() + CAST(%s AS interval)
            WHERE has_room AND name LIKE 'City Final%%' RETURNING slug
            """,
            [interval],
        ).fetchone()
    assert row
    return str(row[0])


def test_one_is_let_in_one_waits_out_a_pause_and_one_comes_late(
    browser: Browser, tixapp: Running, room: str
) -> None:
    early = [person(browser, tixapp, name) for name in ("buyer", "buyer2")]
    asked: dict[Page, list[str]] = {page: [] for page in early}
    for page in early:
        page.goto(room)
        page.get_by_role("button", name="Join the waiting room").click()
        expect(page.get_by_text("You are in. Be here")).to_be_visible()
        no_barriers(page)
        page.on("request", lambda request, page=page: asked[page].append(request.url))
    opens_in(tixapp, "2 seconds")  # all who come have joined: nobody waits for the clock

    chosen = first_called(early)
    other = next(page for page in early if page is not chosen)
    chosen.get_by_role("button", name="Choose tickets").click()
    chosen.wait_for_url("**#tickets")
    expect(chosen.get_by_text("Your time to choose")).to_be_visible()
    no_barriers(chosen)
    expect(other.get_by_text("You are next")).to_be_visible(timeout=SLOW)

    seller = person(browser, tixapp, "seller", width=1280)
    steer(seller, tixapp, "Pause the sale")
    expect(other.get_by_role("heading", name="The sale is paused")).to_be_visible(timeout=SLOW)
    no_barriers(other)

    late = person(browser, tixapp, "door")
    late.goto(room)
    late.get_by_role("button", name="Join the waiting room").click()
    expect(late.get_by_role("heading", name="The sale is paused")).to_be_visible()

    steer(seller, tixapp, "Go on selling")
    expect(other.get_by_text("You are next")).to_be_visible(timeout=SLOW)
    expect(late.get_by_text("person is ahead of you")).to_be_visible(timeout=SLOW)
    assert late.title().startswith("(1)")
    assert {kind_of(url) for url in asked[other]} <= {"document", "table", "static"}
    assert any(kind_of(url) == "document" for url in asked[other])


def kind_of(url: str) -> str:
    """All that a page which waits may ask us for is made once for everybody: L1."""
    path = urlsplit(url).path
    if path.startswith("/static/"):
        return "static"
    if re.fullmatch(r"/room/evt_\w+\.json", path):
        return "document"
    return "table" if re.fullmatch(r"/room/evt_\w+/draw-\w+\.bin", path) else path


def person(browser: Browser, tixapp: Running, name: str, width: int = 390) -> Page:
    size = {"width": width, "height": 844}
    context = browser.new_context(base_url=tixapp.url, viewport=size)  # type: ignore[arg-type]
    context.set_default_timeout(15_000)
    page = context.new_page()
    page.goto("/sign-in?next=/orders")
    page.get_by_label("E-mail").fill(f"{name}@example.com")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/orders")
    return page


def first_called(pages: list[Page]) -> Page:
    """Whoever's turn comes first, without a reload of ours."""
    for _ in range(90):
        for page in pages:
            if page.get_by_role("button", name="Choose tickets").is_visible():
                return page
        pages[0].wait_for_timeout(1000)
    raise AssertionError("nobody was let in")


def steer(seller: Page, tixapp: Running, deed: str) -> None:
    """On the seller's own page of the room."""
    with database(tixapp) as connection:
        row = connection.execute(
            "SELECT public_id FROM events WHERE name LIKE 'City F%'"
        ).fetchone()
    assert row
    seller.goto(f"/sell/events/{row[0]}/room")
    seller.get_by_role("button", name=deed).click()
    seller.wait_for_load_state()
