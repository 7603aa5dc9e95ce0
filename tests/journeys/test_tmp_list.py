"""A list of two with an offer that lapses: both pages tell it live, on the real processes."""

from __future__ import annotations

import re

import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.axe import no_barriers
from tests.journeys.running import PASSWORD, Running, tixapp

__all__ = ["tixapp"]

SECONDS = 30_000


@pytest.fixture
def sold_out(tixapp: Running) -> tuple[str, int]:
    """(slug, tier) of an event of the demo, sold out behind the back of its rules."""
    with psycopg.connect(_database(tixapp), autocommit=True) as connection:
        row = connection.execute(
            """
            SELECT e.slug, e.id FROM events e JOIN tiers t ON t.event_id = e.id
            WHERE e.status = 'published' AND NOT e.has_room AND e.on_sale_at IS NULL
              AND NOT EXISTS (SELECT 1 FROM waiting_lists l WHERE l.event_id = e.id)
            GROUP BY e.id HAVING min(t.price_minor) > 0 AND count(t.sale_starts_at) = 0
            ORDER BY e.starts_at DESC LIMIT 1
            """
        ).fetchone()
        assert row
        connection.execute(
            "UPDATE stocks s SET capacity = held + sold FROM tiers t"
            " WHERE t.id = s.tier_id AND t.event_id = %s",
            [row[1]],
        )
        tier = connection.execute(
            "SELECT id FROM tiers WHERE event_id = %s ORDER BY position LIMIT 1", [row[1]]
        ).fetchone()
        assert tier
        return str(row[0]), int(tier[0])


def test_an_offer_that_lapses_goes_to_the_next_and_both_see_it_without_a_reload(
    browser: Browser, tixapp: Running, sold_out: tuple[str, int]
) -> None:
    slug, tier = sold_out
    first, second, seller = (_at(browser, tixapp, width) for width in (390, 1280, 1280))
    _join(first, slug, "buyer@example.com")
    expect(first.get_by_text("You are next.")).to_be_visible()
    no_barriers(first)
    _join(second, slug, "buyer2@example.com")
    expect(second.get_by_text("1 person is ahead of you.")).to_be_visible()

    _add_a_place(seller, tixapp, tier)
    expect(first.get_by_text(re.compile("is yours until"))).to_be_visible(timeout=SECONDS)
    expect(second.get_by_text("You are next.")).to_be_visible(timeout=SECONDS)
    no_barriers(first)
    _shots(first, "offer"); _shots(second, "next"); seller.goto(seller.url.split("/tiers")[0] + "/list"); _shots(seller, "seller")
    tixapp.wait_for_mail("buyer@example.com", "Places for you until")

    with psycopg.connect(_database(tixapp), autocommit=True) as connection:
        connection.execute("UPDATE holds SET expires_at = now() WHERE status = 'offered'")
    expect(first.get_by_text(re.compile("the places went to the next"))).to_be_visible(
        timeout=SECONDS
    )
    expect(second.get_by_text(re.compile("is yours until"))).to_be_visible(timeout=SECONDS)
    tixapp.wait_for_mail("buyer@example.com", "The offer is over")

    second.get_by_role("button", name="Take the place").click()
    expect(second.get_by_role("heading", level=1)).to_have_text("Your tickets are held")
    first.get_by_role("button", name="Join again at the end").click()
    expect(first.get_by_text("You are next.")).to_be_visible()
    assert tixapp.command("audit").strip().endswith("The books are in order.")


def _database(tixapp: Running) -> str:
    return tixapp.settings()["DATABASE_URL"].replace("postgresql+psycopg://", "postgresql://")


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


def _join(page: Page, slug: str, address: str) -> None:
    _sign_in(page, f"/e/{slug}/list", address)
    no_barriers(page)
    page.get_by_role("button", name="Join the list").click()


def _add_a_place(page: Page, tixapp: Running, tier: int) -> None:
    with psycopg.connect(_database(tixapp)) as connection:
        row = connection.execute(
            "SELECT e.public_id, t.public_id, s.capacity FROM tiers t"
            " JOIN events e ON e.id = t.event_id JOIN stocks s ON s.tier_id = t.id"
            " WHERE t.id = %s",
            [tier],
        ).fetchone()
    assert row
    event_id, tier_id, capacity = row
    _sign_in(page, f"/sell/events/{event_id}/tiers/{tier_id}", "seller@example.com")
    page.locator("input[name=capacity]").fill(str(capacity + 1))
    page.get_by_role("main").get_by_role("button", name=re.compile("Save|Change")).first.click()
    page.wait_for_load_state()


def _shots(page, name):
    for width in (360, 768, 1280):
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size({"width": width, "height": 900})
            if width != 1280 or scheme == "light":
                page.wait_for_timeout(150)
                page.screenshot(path=f"/tmp/list-{name}-{width}-{scheme}.png", full_page=True)
