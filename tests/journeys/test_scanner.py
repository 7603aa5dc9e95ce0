"""The door in a real browser: a film in the fake camera, the real page, the real check-ins."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import Page, Route, expect
from werkzeug.serving import make_server

from tests.chromium import Launch
from tests.factories.accounts import make_user
from tests.factories.events import make_event, make_tier
from tests.factories.sellers import make_member, make_seller
from tests.factories.tickets import make_ticket
from tests.fixtures.app import DbSession, new_browser
from tests.journeys.camera import NOBODY, Scene, fake_camera, write_film
from tests.people import Person
from tixapp.config import Settings
from tixapp.core.clock import clock
from tixapp.core.db import db
from tixapp.sellers.models import Role
from tixapp.tickets.codes import TicketCodes
from tixapp.tickets.models import CheckIn

AXE = Path(__file__).resolve().parents[1] / "vendor" / "axe.min.js"
LOOKS = ("ordinary", "dark", "tilted", "inverted", "small", "blurred")
PATIENCE = 10_000  # milliseconds


@dataclass
class Door:
    """A concert tonight with six tickets, and dan, who stands at its door."""

    app: Flask
    address: str
    codes: list[str] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)
    path: str = ""
    cookie: str = ""

    def open(self, settings: Settings) -> None:
        seller, dan, bob = make_seller(make_user("Alice")), make_user("Dan"), make_user("Bob")
        make_member(seller, dan, Role.DOOR)
        tonight = make_event(seller, "Night Trains", starts_at=clock.now() + timedelta(hours=2))
        floor = make_tier(tonight, "Floor")
        sign = TicketCodes(settings.ticket_signing_key).code_for
        self.numbers = [make_ticket(floor, bob).public_id for _ in LOOKS]
        self.codes = [sign(number) for number in self.numbers]
        self.path = f"/scan/{tonight.public_id}"
        browser = new_browser(self.app)
        Person(self.app, dan, seller).signs_in(browser)
        cookie = browser.get_cookie("tixapp")
        assert cookie
        self.cookie = cookie.value

    def admitted(self) -> int:
        db.session.rollback()
        return db.session.scalar(sa.select(sa.func.count(CheckIn.id))) or 0


@pytest.fixture
def door(app: Flask, committed: DbSession, settings: Settings) -> Iterator[Door]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    door = Door(app, f"http://127.0.0.1:{server.port}")
    door.open(settings)
    yield door
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def stand(door: Door, launch_chromium: Launch, tmp_path: Path) -> Iterator[Callable[..., Page]]:
    """`stand(scene, …)`: dan's phone at the door, its camera showing these scenes in a loop."""
    faults: list[str] = []
    browsers = []

    def standing(*scenes: Scene) -> Page:
        film = write_film(tmp_path / "door.mjpeg", scenes)
        browser = launch_chromium(*fake_camera(film))
        browsers.append(browser)
        context = browser.new_context(
            base_url=door.address, viewport={"width": 360, "height": 740}, reduced_motion="reduce"
        )
        context.set_default_timeout(PATIENCE)
        context.add_cookies([{"name": "tixapp", "value": door.cookie, "url": door.address}])
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(door.path)
        return page

    yield standing
    for browser in browsers:
        browser.close()
    assert faults == []


def verdict(page: Page, result: str) -> None:
    shown = page.locator(f"[data-part=verdict][data-result={result}]")
    expect(shown).to_be_visible(timeout=PATIENCE)


def listed(page: Page) -> list[str]:
    return page.locator("[data-part=last] .verdict-word").all_text_contents()


def violations(page: Page) -> list[str]:
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[str] = page.evaluate(
        "async () => (await axe.run()).violations.flatMap("
        "v => v.nodes.map(n => v.id + ': ' + n.target))"
    )
    return found


def test_codes_are_read_however_they_are_held_and_each_admits_once(
    door: Door, stand: Callable[..., Page]
) -> None:
    gap = Scene(seconds=1.5)
    scenes = [NOBODY]
    for code, look in zip(door.codes, LOOKS, strict=True):
        scenes += [Scene(code, seconds=1.0, look=look), gap]
    page = stand(*scenes)
    assert violations(page) == []
    page.get_by_role("button", name="Start scanning").click()
    verdict(page, "admitted")
    assert violations(page) == []
    expect(page.locator("[data-part=admitted]")).to_have_text("6", timeout=25_000)
    assert listed(page)[:5] == ["Admit"] * 5
    verdict(page, "already_used")  # the film has begun again
    expect(page.locator("[data-part=verdict-text]")).to_contain_text("s ago, Main door.")
    assert violations(page) == []
    assert door.admitted() == 6


def test_a_code_that_stays_in_view_is_one_scan(door: Door, stand: Callable[..., Page]) -> None:
    page = stand(Scene(door.codes[0], seconds=1))
    page.get_by_role("button", name="Start scanning").click()
    verdict(page, "admitted")
    page.wait_for_timeout(4_000)
    assert listed(page) == ["Admit"]
    assert door.admitted() == 1


def test_codes_that_are_not_ours_never_stop_the_scanner(
    door: Door, stand: Callable[..., Page]
) -> None:
    forged = door.codes[0][:-4] + "AAAA"
    odd = [forged, door.numbers[0], "HTTPS://EXAMPLE.COM/" * 20]
    page = stand(NOBODY, *(Scene(text, seconds=1) for text in odd), Scene(door.codes[1]), NOBODY)
    page.get_by_role("button", name="Start scanning").click()
    verdict(page, "unknown")
    verdict(page, "admitted")
    assert listed(page) == ["Admit", "Not a ticket", "Not a ticket", "Not a ticket"]
    assert door.admitted() == 1


def test_without_a_network_nothing_is_admitted_and_scanning_goes_on_by_itself_after(
    door: Door, stand: Callable[..., Page]
) -> None:
    page = stand(NOBODY, Scene(door.codes[0], seconds=4))
    page.get_by_role("button", name="Start scanning").click()
    expect(page.locator("[data-scanner][data-camera=live]")).to_be_visible()
    page.context.set_offline(True)
    verdict(page, "unchecked")
    expect(page.locator("[data-part=verdict-text]")).to_have_text("No connection. Try again.")
    expect(page.locator("[data-part=connection]")).to_contain_text("No connection since ")
    assert door.admitted() == 0
    page.context.set_offline(False)
    verdict(page, "admitted")
    expect(page.locator("[data-part=connection]")).to_have_text("Online")
    assert door.admitted() == 1


def test_an_answer_lost_on_its_way_is_asked_for_again_and_still_admits(
    door: Door, stand: Callable[..., Page]
) -> None:
    lost: list[str] = []

    def lose_the_answer(route: Route) -> None:
        if len(lost) == 2:
            route.continue_()
        else:
            lost.append(route.fetch().text())
            route.abort("connectionreset")

    page = stand(Scene(door.codes[0], seconds=1))
    page.route("**/check-ins", lose_the_answer)
    page.get_by_role("button", name="Start scanning").click()
    verdict(page, "unchecked")
    assert all('"admitted"' in answer for answer in lost)
    verdict(page, "admitted")
    assert door.admitted() == 1


def test_a_number_may_be_typed_without_a_camera(door: Door, stand: Callable[..., Page]) -> None:
    page = stand(NOBODY)
    number = door.numbers[2]
    for result in ("admitted", "already_used"):
        page.get_by_label("Ticket number").fill(f"{number[:4].lower()} {number[4:]}")
        page.get_by_role("button", name="Check").click()
        verdict(page, result)
        page.keyboard.press("Escape")
        expect(page.locator("[data-part=verdict]")).to_be_hidden()
    assert listed(page) == ["Used", "Admit"]
    assert door.admitted() == 1
