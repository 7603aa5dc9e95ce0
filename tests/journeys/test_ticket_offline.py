"""A ticket on its holder's phone, where there is no network: reloaded, restarted, handed on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import BrowserContext, Error, Page, Playwright, expect

from tests.chromium import FLAGS
from tests.journeys.doors import PATIENCE, Door, door, until
from tixapp.config import Settings
from tixapp.core.clock import clock
from tixapp.core.db import db
from tixapp.tickets.rotating import SLACK, RotatingCodes, window_of

__all__ = ["door"]

Open = Callable[[str], Page]

DRAWN = """async (code) => {
    const folder = document.querySelector("script[type=module]").src.replace("js/app.js", "");
    const { encode } = await import(`${folder}vendor/uqr/uqr.js`);
    const { pathOf } = await import(`${folder}js/lib/rotating.js`);
    return pathOf(encode(code, { ecc: "M", border: 4 }).data);
}"""
KEPT = """async () => (await caches.keys())
    .filter((name) => name.startsWith("tixapp-tickets~")).length"""


@pytest.fixture
def open_on_phone(
    door: Door, playwright: Playwright, chromium: str, tmp_path: Path
) -> Iterator[Open]:
    """Bob's phone. Opened again after its context is closed, it is the same phone."""
    contexts: list[BrowserContext] = []

    def opened(path: str) -> Page:
        context = playwright.chromium.launch_persistent_context(
            tmp_path / "phone",
            executable_path=chromium,
            args=list(FLAGS),
            base_url=door.address,
            viewport={"width": 360, "height": 740},
        )
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        # A session's cookie goes with the browser; what is kept must not need it.
        cookie = {"name": "tixapp", "value": door.buyer, "url": door.address}
        context.add_cookies([cookie])  # type: ignore[list-item]
        page = context.new_page()
        page.goto(path)
        return page

    yield opened
    for context in contexts:
        context.close()


def shows_the_code_of_now(page: Page, number: str, settings: Settings) -> bool:
    """Whether what is drawn is what a door takes at this moment."""
    expect(page.locator(".stub-live path")).to_have_count(1)
    drawn = page.locator(".stub-live path").get_attribute("d")
    [secret] = RotatingCodes(settings.ticket_signing_key).secrets(number)
    now = window_of(clock.now())
    return drawn in [
        page.evaluate(DRAWN, secret.code(now + off)) for off in range(-SLACK, SLACK + 1)
    ]


def test_tickets_open_without_a_network_through_a_restart_until_their_holder_signs_out(
    door: Door, open_on_phone: Open, settings: Settings
) -> None:
    with db.engine.begin() as connection:
        connection.execute(sa.text("UPDATE events SET has_rotating_codes = true"))
    first, second = (f"/tickets/{number}" for number in door.numbers[:2])
    page = open_on_phone(first)
    expect(page.get_by_text("Kept on this device")).to_be_visible()
    door.network(there=False)
    page.reload()
    expect(page.get_by_text("No connection. This is your ticket as it was on")).to_be_visible()
    assert shows_the_code_of_now(page, door.numbers[0], settings)
    page.context.close()

    page = open_on_phone(second)  # nobody has looked at this one before
    expect(page.get_by_role("heading", name="Night Trains")).to_be_visible()
    assert shows_the_code_of_now(page, door.numbers[1], settings)

    door.network(there=True)
    page.reload()
    expect(page.get_by_text("Kept on this device")).to_be_visible()
    page.get_by_label("Account menu").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()
    until(page, KEPT, 0)
    door.network(there=False)
    with pytest.raises(Error, match="ERR_"):
        page.goto(first)


def test_a_session_that_was_ended_elsewhere_takes_the_kept_tickets_with_it(
    door: Door, open_on_phone: Open
) -> None:
    page = open_on_phone(f"/tickets/{door.numbers[0]}")
    expect(page.get_by_text("Kept on this device")).to_be_visible()
    assert page.evaluate(KEPT) == 1
    with db.engine.begin() as connection:
        connection.execute(sa.text("UPDATE user_sessions SET ended_at = now()"))
    page.reload()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    until(page, KEPT, 0)
