"""From a stranger to a first sale and its money in the bank: a seller, a Stripe account, an event
with a picture, a buyer, a payout."""

from __future__ import annotations

import csv
import re
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.factories.pictures import picture
from tests.journeys.axe import no_barriers
from tests.journeys.running import PASSWORD, Running, tixapp
from tests.journeys.sold import stripe

__all__ = ["tixapp"]

ADDRESS = "nora@example.com"
EVENT = "The Paper Lanterns"
SECONDS = 30_000


@pytest.fixture
def nora(browser: Browser, tixapp: Running) -> Page:
    return _at(browser, tixapp, 1280)


@pytest.fixture
def buyer(browser: Browser, tixapp: Running) -> Page:
    return _at(browser, tixapp, 390)


@pytest.mark.timeout(400)  # some eighty pages, each in a browser
def test_a_new_person_sells_her_first_ticket(
    nora: Page, buyer: Page, tixapp: Running, tmp_path: Path
) -> None:
    _sign_up(nora, tixapp)
    _become_a_seller(nora, tixapp)
    _make_the_event(nora)
    _add_tickets(nora)
    _add_a_picture(nora, tmp_path)
    _preview(nora)
    nora.get_by_role("button", name="Publish").click()
    expect(nora.get_by_text("Published. Everyone can see it now.")).to_be_visible()

    tixapp.control("/settings", funds_delay=0)
    _buy(buyer)
    tixapp.wait_for_mail("buyer@example.com", EVENT)
    nora.goto("/sell/events")
    nora.get_by_role("link", name=EVENT, exact=True).click()
    expect(nora.get_by_role("main")).to_contain_text("buyer@example.com")
    event = nora.url
    _is_paid_out(nora, tixapp)

    nora.goto(event)

    _move_it(nora)
    tixapp.wait_for_mail("buyer@example.com", f"A change: {EVENT}")
    assert tixapp.command("audit").strip().endswith("The books are in order.")


def _at(browser: Browser, tixapp: Running, width: int) -> Page:
    size = {"width": width, "height": 844}
    context = browser.new_context(base_url=tixapp.url, viewport=size)  # type: ignore[arg-type]
    context.set_default_timeout(15_000)
    return context.new_page()


def _sign_up(page: Page, tixapp: Running) -> None:
    page.goto("/sell")
    page.get_by_role("link", name="Make an account").click()
    page.get_by_label("Your name").fill("Nora")
    page.get_by_label("E-mail").fill(ADDRESS)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("main").get_by_role("button").click()
    page.wait_for_load_state()
    letter = tixapp.wait_for_mail(ADDRESS, "")
    [link] = re.findall(r"https?://\S+/confirm\?\S+", letter["text"])[:1]
    page.goto(link)
    page.get_by_role("main").get_by_role("button").first.click()
    page.goto("/sign-in?next=/sell")
    if "/sign-in" in page.url:
        page.get_by_label("E-mail").fill(ADDRESS)
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.goto("/sell")


def _become_a_seller(page: Page, tixapp: Running) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text("Sell tickets")
    page.get_by_label("Name", exact=True).fill("Nora's Barn")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("The bank account that the money is paid out to")).to_be_visible()
    no_barriers(page)
    page.get_by_role("button", name="Continue at Stripe").click()
    expect(page).to_have_url(re.compile(f"^{tixapp.stripe}/setup/"))
    page.get_by_role("button", name="Leave and finish later").click()
    expect(page.get_by_text("Not connected yet")).to_be_visible()
    page.get_by_role("button", name="Continue at Stripe").click()
    page.get_by_role("button", name="Complete onboarding").click()
    expect(page.get_by_text("Can sell", exact=True)).to_be_visible()
    no_barriers(page)


def _make_the_event(page: Page) -> None:
    page.goto("/sell/events/new")
    no_barriers(page)
    page.get_by_role("button", name="Make the draft").click()
    expect(page.get_by_role("link", name="Name is missing.")).to_be_visible()
    page.get_by_label("Name", exact=True).fill(EVENT)
    page.get_by_label("Start", exact=True).fill("2031-06-14T20:00")
    page.get_by_label("Venue").fill("The Barn")
    page.get_by_label("City").fill("Lübeck")
    page.get_by_role("button", name="Make the draft").click()
    expect(page.get_by_role("heading", name="Before you publish")).to_be_visible()
    no_barriers(page)
    page.get_by_label("Description").fill("Songs under **paper** lanterns.")
    expect(page.get_by_text(re.compile(r"^Saved at \d\d:\d\d"))).to_be_visible(timeout=SECONDS)
    page.reload()
    expect(page.get_by_label("Description")).to_have_value("Songs under **paper** lanterns.")


def _add_tickets(page: Page) -> None:
    page.get_by_role("link", name="Add a kind of ticket").click()
    page.get_by_label("Name", exact=True).fill("Bench")
    page.get_by_label("Price").fill("24,50")
    expect(page.locator("[data-fees-net]")).to_have_text("€24.25")
    page.get_by_label("Places", exact=True).fill("40")
    no_barriers(page)
    page.get_by_role("button", name="Add").click()
    page.get_by_role("link", name="Add a kind of ticket").click()
    page.get_by_label("Name", exact=True).fill("Hay")
    page.get_by_label("Price").fill("12")
    page.get_by_label("Places", exact=True).fill("10")
    page.get_by_role("button", name="Add").click()
    page.get_by_role("button", name="Move Hay up").click()
    expect(page.locator(".tier-row h3")).to_have_text(["Hay", "Bench"])


def _add_a_picture(page: Page, folder: Path) -> None:
    photo = folder / "Lanterns at night.jpg"
    photo.write_bytes(picture(size=(1600, 2000), colour="#d08030"))
    page.get_by_label("Choose a picture").set_input_files(photo)
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_alt_text("The picture as it is now")).to_be_visible()
    no_barriers(page)


def _preview(page: Page) -> None:
    editor = page.url.split("#")[0]
    page.get_by_role("link", name="Preview").click()
    expect(page.get_by_text("This is how buyers will see your draft.")).to_be_visible()
    expect(page.locator(".event-hero img")).to_have_js_property("complete", True)
    assert page.locator(".event-hero img").evaluate("image => image.naturalWidth") > 0
    no_barriers(page)
    page.goto(editor)


def _buy(page: Page) -> None:
    page.goto("/sign-in?next=/search")
    page.get_by_label("E-mail").fill("buyer@example.com")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/search")
    page.goto(f"/search?q={EVENT.replace(' ', '+')}")
    page.locator("h3").get_by_role("link", name=EVENT).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(EVENT, timeout=SECONDS)
    no_barriers(page)
    page.locator("input[name^='tier-']").first.fill("1")
    page.get_by_role("button", name=re.compile("Reserve")).first.click()
    page.get_by_role("button", name=re.compile("^Pay ")).click()
    page.get_by_role("button", name="Pay", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "Your ticket is ready", timeout=SECONDS
    )


def _is_paid_out(page: Page, tixapp: Running) -> None:
    """12.00 came in; 0.12 is ours, 0.65 Stripe kept, the rest goes to the bank."""
    with psycopg.connect(tixapp.settings()["DATABASE_URL"]) as connection:
        found = connection.execute(
            "SELECT stripe_account FROM sellers WHERE name = %s", ["Nora's Barn"]
        ).fetchone()
    account = found[0] if found else ""
    page.goto("/sell/account")
    page.get_by_role("link", name="Payouts and fees").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Payouts and fees")
    expect(page.get_by_text("Nothing was paid out yet.")).to_be_visible()
    row = page.get_by_role("row", name=EVENT)
    _again_until(page, lambda: "not known yet" not in row.inner_text())
    assert re.findall(r"-?€[\d.]+", row.inner_text()) == [
        "€12.00", "€0.00", "€0.00", "-€0.12", "-€0.65", "€11.23", "€0.00",
    ]  # fmt: skip
    tixapp.control(f"/accounts/{account}/payout")
    page.reload()
    out = page.get_by_role("region", name="Paid out to your bank")
    expect(out).to_contain_text("€11.23")
    expect(out).to_contain_text("Being prepared")
    [payout] = stripe(tixapp, "/v1/payouts", account)["data"]
    tixapp.control(f"/payouts/{payout['id']}/pay")
    page.reload()
    expect(out).to_contain_text("Arrived")
    _again_until(page, lambda: row.inner_text().count("€11.23") == 2)  # for her, and paid out
    no_barriers(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="As a file (CSV)").click()
    head, sold, paid = csv.reader(
        download.value.path().read_text(encoding="utf-8-sig").splitlines()
    )
    of = dict(zip(head, sold, strict=True))
    wanted = ("Taken in", "Our fee", "Kept by Stripe", "For you", "Paid out")
    assert [of[name] for name in wanted] == ["12.00", "-0.12", "-0.65", "11.23", "11.23"]
    assert (paid[0], paid[-1]) == ("Payout (paid)", "11.23")


def _again_until(page: Page, holds: Callable[[], bool]) -> None:
    """Stripe tells some moments later what it kept; the page shows it when it is asked for."""
    end = time.monotonic() + SECONDS / 1000
    while not holds():
        assert time.monotonic() < end, "it does not change"
        time.sleep(1)
        page.reload()


def _move_it(page: Page) -> None:
    """To another day: the buyer is told."""
    page.get_by_role("link", name="Edit", exact=True).click()
    page.get_by_label("Start", exact=True).fill("2031-06-15T20:00")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("1 person has tickets")
    no_barriers(page)
    page.get_by_label(re.compile("Your words")).fill("The lanterns arrive a day late.")
    page.get_by_role("button", name="Save the change").click()
    expect(page.get_by_text("The letters to people with tickets are on their way.")).to_be_visible()
