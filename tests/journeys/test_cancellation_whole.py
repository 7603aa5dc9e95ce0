"""An event of three hundred orders is cancelled in the browser while Stripe falters, banks send
money back, and the processes are killed half-way: it comes to its end all the same."""

from __future__ import annotations

import json
import os
import re
import signal
import time
import urllib.request
from collections.abc import Callable
from functools import partial
from typing import Any

import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.axe import no_barriers
from tests.journeys.running import PASSWORD, Running, tixapp
from tests.journeys.sold import EACH, IS_BUYER, PRICE, sell, stripe

__all__ = ["tixapp"]

ORDERS = 300
EVENT = "The Long Evening"
SELLER = "seller@example.com"
# About ten refunds a second go out, however fast the machine is.
SECONDS = 120_000
SENT_BACK = 3


@pytest.fixture
def seller(browser: Browser, tixapp: Running) -> Page:
    size = {"width": 1280, "height": 844}
    context = browser.new_context(base_url=tixapp.url, viewport=size)  # type: ignore[arg-type]
    context.set_default_timeout(15_000)
    return context.new_page()


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_three_hundred_orders_go_back_whatever_is_killed(seller: Page, tixapp: Running) -> None:
    account = _sold_out(tixapp)
    _falter(tixapp)
    _cancel(seller)
    here = seller.url
    seller.evaluate("window.isTheSame = true")
    seller.get_by_role("link", name="Back to the event").focus()

    _until(lambda: _done(seller) >= ORDERS // 6, "the bar does not move")
    killed = {name: tixapp.process_id(name) for name in ("worker", "clock")}
    for process in killed.values():
        os.kill(process, signal.SIGKILL)
    _send_back(tixapp, account)
    _until(lambda: _done(seller) > ORDERS // 2, "nobody carries it on")
    for name, process in killed.items():
        _until(partial(_runs_anew, tixapp, name, process), f"{name} stays dead")

    # The banks' news may come when all else is done: each is waited for.
    sent_back = seller.get_by_text("The card has expired or was cancelled.")
    expect(sent_back).to_have_count(SENT_BACK, timeout=SECONDS)
    expect(seller.get_by_role("heading", level=1)).to_have_text(
        "Some refunds need you", timeout=SECONDS
    )
    _until(lambda: _done(seller) == ORDERS - SENT_BACK, "not all others are done")
    # All of this came into the page as it stood: nobody lost their place in it.
    assert seller.evaluate("window.isTheSame") is True
    expect(seller.get_by_role("link", name="Back to the event")).to_be_focused()
    no_barriers(seller)

    seller.get_by_role("button", name="Try again").first.click()
    on_its_way = seller.get_by_text("The refund is on its way to Stripe again.")
    expect(on_its_way).to_be_visible(timeout=SECONDS)
    seller.goto(here)
    seller.get_by_role("button", name="Try all again").click()
    expect(seller.get_by_role("heading", level=1)).to_have_text(
        "Everyone has been refunded", timeout=SECONDS
    )
    assert _done(seller) == ORDERS
    no_barriers(seller)
    _everyone_was_told(tixapp)
    _nobody_was_paid_twice(tixapp, account)
    assert tixapp.command("audit").strip().endswith("The books are in order.")


def _sold_out(tixapp: Running) -> str:
    """The event with its orders; the seller's account at Stripe."""
    key = json.loads(tixapp.command("api-key", "create", "--email", SELLER))["key"]
    post = Post(tixapp, key)
    event = post(
        "/events",
        name=EVENT,
        venue="The Barn",
        city="Berlin",
        timezone="Europe/Berlin",
        currency="EUR",
        starts_at="2031-06-14T19:00:00Z",
    )["id"]
    price = {"amount": PRICE, "currency": "EUR"}
    post(f"/events/{event}/tiers", name="Floor", price=price, capacity=EACH * ORDERS)
    post(f"/events/{event}/publish")
    with psycopg.connect(tixapp.settings()["DATABASE_URL"]) as connection:
        [account] = _row(
            connection,
            "SELECT stripe_account FROM sellers s JOIN events e ON e.seller_id = s.id"
            " WHERE e.public_id = %s",
            event,
        )
    sell(tixapp, event, account, ORDERS)
    return str(account)


class Post:
    """`POST` to the API with a key; the body of the answer."""

    def __init__(self, tixapp: Running, key: str) -> None:
        self.url, self.key = f"{tixapp.url}/api/v1", key

    def __call__(self, path: str, **body: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        request = urllib.request.Request(self.url + path, json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)


def _falter(tixapp: Running) -> None:
    """Too many requests; an answer lost after the effect, by a fault of Stripe's and by a line that
    drops."""
    for action, count in (("429", 6), ("500_after", 4), ("drop", 4)):
        tixapp.control(
            "/faults", action=action, method="POST", path="/v1/refunds", count=count, chance=0.1
        )


def _cancel(page: Page) -> None:
    page.goto("/sign-in?next=/sell/events")
    page.get_by_label("E-mail").fill(SELLER)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/sell/events")
    page.get_by_role("link", name=EVENT, exact=True).click()
    page.get_by_role("link", name="Cancel the event").click()
    main = page.get_by_role("main")
    expect(main).to_contain_text("€15,000.00", timeout=SECONDS)
    expect(main).to_contain_text("in 300 paid orders")
    expect(main).to_contain_text(re.compile("less than what goes back|enough for all refunds"))
    page.get_by_label(re.compile("Type the name")).fill("The Long Evenings")
    page.get_by_role("button", name="Cancel the event and refund everyone").click()
    expect(main).to_contain_text("Nothing was cancelled", timeout=SECONDS)
    page.get_by_label(re.compile("Type the name")).fill(EVENT)
    page.get_by_role("button", name="Cancel the event and refund everyone").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "The money is going back", timeout=SECONDS
    )


def _runs_anew(tixapp: Running, name: str, before: int) -> bool:
    try:
        return tixapp.process_id(name) != before
    except AssertionError:  # not started yet
        return False


def _done(page: Page) -> int:
    """How far the bar is."""
    return int(page.locator("progress").first.evaluate("bar => bar.value"))


def _send_back(tixapp: Running, account: str) -> None:
    """Some banks do not take the money."""
    made = stripe(tixapp, f"/v1/refunds?limit={SENT_BACK}", account)["data"]
    for refund in made:
        tixapp.control(f"/refunds/{refund['id']}/fail", reason="expired_or_canceled_card")


def _everyone_was_told(tixapp: Running) -> None:
    """One letter to each, and one to the seller about all that failed."""
    sent = "SELECT count(*), count(DISTINCT recipient) FROM mails WHERE status = 'sent' AND "
    with psycopg.connect(tixapp.settings()["DATABASE_URL"]) as connection:
        cancelled = f"{sent} subject = %s AND recipient LIKE 'crowd%%'"
        told = lambda: _row(connection, cancelled, f"Cancelled: {EVENT}")  # noqa: E731
        _until(lambda: told() == (ORDERS, ORDERS), "not everyone was told")
        assert told() == (ORDERS, ORDERS)
        failed = f"{sent} subject = %s AND recipient = '{SELLER}'"
        warned = partial(_row, connection, failed, f"Refunds did not go through: {EVENT}")
        _until(lambda: warned()[1] == 1, "the seller was not told")
        assert warned()[0] < SENT_BACK  # one a day, and midnight may pass
    tixapp.wait_for_mail(IS_BUYER.format(number=ORDERS), "Cancelled")


def _nobody_was_paid_twice(tixapp: Running, account: str) -> None:
    ours = [one for one in tixapp.charges(account) if one["amount"] == EACH * PRICE]
    ours = [one for one in ours if one["metadata"]["payment"].startswith("pay_crowd")]
    assert len(ours) == ORDERS
    assert {one["amount_refunded"] for one in ours} == {EACH * PRICE}


def _row(connection: psycopg.Connection[Any], statement: str, *values: object) -> tuple[Any, ...]:
    found = connection.execute(statement, values).fetchone()
    connection.rollback()
    assert found is not None
    return tuple(found)


def _until(holds: Callable[[], bool], otherwise: str, seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, otherwise
        time.sleep(0.2)
