"""Three browsers in one room: one is let in, one is there when the sale is paused, one comes late.

Nobody reloads a page: all that changes comes from the document that everybody shares.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.faults.scene import database
from tests.journeys.axe import no_barriers
from tests.journeys.running import PASSWORD, Running, tixapp

__all__ = ["tixapp"]

SLOW = 40_000


@pytest.fixture
def room(tixapp: Running) -> str:
    """The demo's room, to open in a few seconds, with one person at a time; its path."""
    with database(tixapp) as connection:
        row = connection.execute(
            """
            UPDATE events SET on_sale_at = now() + interval '25 seconds'
            WHERE has_room AND name LIKE 'City Final%' RETURNING id, slug
            """
        ).fetchone()
        assert row
        connection.execute("UPDATE rooms SET a_max = 1 WHERE event_id = %s", [row[0]])
    return f"/e/{row[1]}/room"


def test_one_is_let_in_one_waits_out_a_pause_and_one_comes_late(
    browser: Browser, tixapp: Running, room: str
) -> None:
    early = [person(browser, tixapp, name) for name in ("buyer", "buyer2")]
    for page in early:
        page.goto(room)
        page.get_by_role("button", name="Join the waiting room").click()
        expect(page.get_by_text("You are in. Be here")).to_be_visible()
        no_barriers(page)

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
