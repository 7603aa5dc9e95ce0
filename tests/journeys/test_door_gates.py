"""A phone without an account at the gates of one event: paired, pointed, asked by name, ended."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from tests.factories.doors import make_gate
from tests.factories.events import make_tier
from tests.journeys.camera import NOBODY
from tests.journeys.doors import PATIENCE, Door, Stand, door, listed, stand, verdict
from tixapp.core.clock import clock
from tixapp.core.db import db, transaction
from tixapp.door.actions.devices import end_device, open_pairing
from tixapp.door.actions.gates import set_pin
from tixapp.door.models import Device
from tixapp.events.models import Event, Tier
from tixapp.sellers.models import Member

__all__ = ["door", "stand"]

FAMILY = sa.text(
    "UPDATE tickets t SET order_id = f.order_id, order_line_id = f.order_line_id, number = t.id + 1"
    " FROM tickets f WHERE f.public_id = :first AND t.public_id = ANY(:others)"
)
NAMED = sa.text("UPDATE tickets SET holder_name = :name WHERE public_id = :ticket")
PIN = "4711"
TYPED = """(keys) => keys.forEach((key) =>
    document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true })))"""


@pytest.fixture
def code(door: Door) -> str:
    """The floor comes in at the North gate, the balcony by the Stairs. Tickets 0 to 2 are one
    order's, 4 is Ada's, 5 is for the balcony. A code for a phone at the North gate."""
    with transaction():
        event, floor = (db.session.scalars(sa.select(kind)).one() for kind in (Event, Tier))
        boss = db.session.scalars(sa.select(Member.user_id)).first()
        assert boss
        balcony = make_tier(event, "Balcony")
        north = make_gate(event, "North gate", 1, floor)
        make_gate(event, "Stairs", 2, balcony)
        door.ticket(5).tier_id = balcony.id
        db.session.flush()
        db.session.execute(FAMILY, {"first": door.numbers[0], "others": door.numbers[1:3]})
        db.session.execute(NAMED, {"name": "Ada Lovelace", "ticket": door.numbers[4]})
        set_pin(event.id, PIN, by=boss, now=clock.now())
        return open_pairing(north, by=boss, now=clock.now())


def pair(page: Page, code: str) -> None:
    page.get_by_label("Code").fill(code.lower().replace("-", " "))
    page.get_by_role("button", name="Use this phone").click()
    expect(page.get_by_role("button", name="Start scanning")).to_be_visible()
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.get_by_role("button", name="Phone").click()
    line = page.locator("[data-part=phone-line]")
    expect(line).to_contain_text("6 tickets kept on this phone", timeout=PATIENCE)
    page.keyboard.press("Escape")


def wedge(page: Page, code: str, result: str) -> None:
    """A hand scanner types the code at once and presses Enter; the page has no field in focus."""
    page.evaluate(TYPED, [*code, "Enter"])
    verdict(page, result)


def seen(page: Page) -> None:
    page.keyboard.press("Escape")
    expect(page.locator("[data-part=verdict]")).to_be_hidden()


def test_a_paired_phone_knows_its_gate_its_orders_and_its_pin_with_and_without_a_network(
    door: Door, stand: Stand, code: str
) -> None:
    page = stand(NOBODY, member=False)
    pair(page, code)
    gate = page.locator("[data-part=gate]")
    expect(gate).to_have_text("North gate")
    standing = re.compile(r"^Online · all sent · list of \d\d:\d\d$")
    expect(page.locator("[data-part=connection]")).to_have_text(standing, timeout=PATIENCE)

    page.get_by_role("button", name="Start scanning").click()
    expect(page.locator("[data-scanner][data-camera=live]")).to_be_visible()
    expect(page.locator("[data-part=torch]")).to_be_hidden()  # this camera has no light
    wedge(page, door.codes[5], "wrong_gate")
    expect(page.locator("[data-part=verdict-text]")).to_have_text("Good at another gate: Stairs.")
    seen(page)
    wedge(page, door.codes[0], "admitted")
    page.get_by_role("button", name="Admit the other 2 of this order").click()
    expect(page.locator("[data-part=verdict-text]")).to_have_text("2 more of this order came in.")
    expect(page.locator("[data-part=admitted]")).to_have_text("3")
    seen(page)
    wedge(page, door.codes[2], "already_used")
    seen(page)

    find(page, "lovel", "Ada Lovelace")
    verdict(page, "admitted")
    seen(page)
    page.get_by_role("button", name="Name").click()
    page.get_by_label("Name on the ticket").fill("ada")
    expect(page.locator("[data-part=people-found]")).to_contain_text("came in")
    page.get_by_role("button", name="Close").click()
    assert door.admitted() == 4

    move(page, "Stairs", "0000")
    expect(page.locator("[data-part=phone-line]")).to_contain_text("That is not the PIN")
    expect(gate).to_have_text("North gate")
    page.locator("[data-part=phone-pin]").fill(PIN)
    page.get_by_role("button", name="Save").click()
    expect(gate).to_have_text("Stairs")

    door.network(there=False)
    wedge(page, door.codes[3], "wrong_gate")
    expect(page.locator("[data-part=verdict-text]")).to_contain_text("North gate")
    seen(page)
    wedge(page, door.codes[5], "admitted")
    seen(page)
    assert listed(page)[:2] == ["Admit", "Wrong gate"]
    assert door.admitted() == 4

    door.network(there=True)
    expect(page.locator("[data-part=connection]")).to_contain_text(
        "Online · all sent", timeout=30_000
    )
    assert door.admitted() == 5
    with transaction():
        device = db.session.scalars(sa.select(Device)).one()
        end_device(device, by=None, now=clock.now() + timedelta(seconds=1))
    wedge(page, door.codes[3], "unchecked")
    expect(page.locator("[data-part=verdict-text]")).to_contain_text("ended by the organiser")
    assert door.admitted() == 5


def test_an_order_comes_in_together_without_a_network(door: Door, stand: Stand, code: str) -> None:
    page = stand(NOBODY, member=False)
    pair(page, code)
    door.network(there=False)
    wedge(page, door.codes[1], "admitted")
    page.get_by_role("button", name="Admit the other 2 of this order").click()
    expect(page.locator("[data-part=verdict-text]")).to_have_text("2 more of this order came in.")
    seen(page)
    wedge(page, door.codes[0], "already_used")
    door.network(there=True)
    expect(page.locator("[data-part=connection]")).to_contain_text(
        "Online · all sent", timeout=30_000
    )
    assert door.admitted() == 3


def find(page: Page, words: str, name: str) -> None:
    page.get_by_role("button", name="Name").click()
    page.get_by_label("Name on the ticket").fill(words)
    page.locator("[data-part=people-found]").get_by_role("button", name=name).click()


def move(page: Page, gate: str, pin: str) -> None:
    page.get_by_role("button", name="Phone").click()
    page.locator("[data-part=phone-gate]").select_option(label=gate)
    page.locator("[data-part=phone-pin]").fill(pin)
    page.get_by_role("button", name="Save").click()
