"""A door in a real browser: the app on a port of its own, and phones whose cameras show a film."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import BrowserContext, Page, Playwright, expect
from werkzeug.serving import BaseWSGIServer, make_server
from werkzeug.wsgi import ClosingIterator

from sandbox.ports import free_port
from tests.chromium import FLAGS
from tests.factories.accounts import make_user
from tests.factories.events import make_event, make_tier
from tests.factories.sellers import make_member, make_seller
from tests.factories.tickets import make_ticket
from tests.fixtures.app import DbSession, new_browser
from tests.journeys.camera import Scene, fake_camera, write_film
from tests.people import Person
from tixapp.accounts.models import User
from tixapp.config import Settings
from tixapp.core.clock import clock
from tixapp.core.db import db
from tixapp.sellers.models import Role
from tixapp.tickets.codes import TicketCodes
from tixapp.tickets.models import CheckIn, Ticket

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

LOOKS = ("ordinary", "dark", "tilted", "inverted", "small", "blurred")
PATIENCE = 10_000  # milliseconds

Stand = Callable[..., Page]


@dataclass
class Door:
    """A concert tonight; bob, who has six tickets, and dan, who stands at its door."""

    app: Flask
    address: str
    codes: list[str] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)
    path: str = ""
    cookie: str = ""
    buyer: str = ""
    server: BaseWSGIServer | None = None
    sent: Counter[str] = field(default_factory=Counter)

    def open(self, settings: Settings) -> None:
        seller, dan, bob = make_seller(make_user("Alice")), make_user("Dan"), make_user("Bob")
        make_member(seller, dan, Role.DOOR)
        tonight = make_event(seller, "Night Trains", starts_at=clock.now() + timedelta(hours=2))
        floor = make_tier(tonight, "Floor")
        sign = TicketCodes(settings.ticket_signing_key).code_for
        self.numbers = [make_ticket(floor, bob).public_id for _ in LOOKS]
        self.codes = [sign(number) for number in self.numbers]
        self.path = f"/scan/{tonight.public_id}"
        self.cookie, self.buyer = self.signed_in(dan), self.signed_in(bob)

    def signed_in(self, user: User) -> str:
        """The cookie of a new session."""
        browser = new_browser(self.app)
        Person(self.app, user, None).signs_in(browser)
        cookie = browser.get_cookie("tixapp")
        assert cookie
        return cookie.value

    def network(self, *, there: bool) -> None:
        """The line between the phones and us: the port answers, or refuses."""
        if there:
            port = int(self.address.rpartition(":")[2])
            self.server = make_server("127.0.0.1", port, self.counting, threaded=True)
            threading.Thread(target=self.server.serve_forever).start()
        elif self.server:
            self.server.shutdown()
            self.server.server_close()
            self.server = None

    def counting(self, environ: WSGIEnvironment, start: StartResponse) -> Iterator[bytes]:
        """The app, and how many bytes of bodies went over the line for each address."""
        with closing(ClosingIterator(self.app(environ, start))) as body:
            for piece in body:
                self.sent[environ["PATH_INFO"]] += len(piece)
                yield piece

    def ticket(self, number: int) -> Ticket:
        found: Ticket = db.session.scalars(
            sa.select(Ticket).filter_by(public_id=self.numbers[number])
        ).one()
        return found

    def admitted(self) -> int:
        db.session.rollback()
        return db.session.scalar(sa.select(sa.func.count(CheckIn.id))) or 0


@pytest.fixture
def door(app: Flask, committed: DbSession, settings: Settings) -> Iterator[Door]:
    door = Door(app, f"http://127.0.0.1:{free_port()}")
    door.network(there=True)
    door.open(settings)
    yield door
    door.network(there=False)


@pytest.fixture
def stand(door: Door, playwright: Playwright, chromium: str, tmp_path: Path) -> Iterator[Stand]:
    """`stand(scene, …)`: dan's phone at the door, its camera showing these scenes in a loop.

    `phone`: its name; a second time, after its context is closed, it is the same phone with all it
    kept. `keeps` False: it never becomes a device, so it has no list. `member` False: nobody is
    signed in on it.
    """
    faults: list[str] = []
    phones: dict[str, BrowserContext] = {}

    def standing(
        *scenes: Scene, phone: str = "phone", keeps: bool = True, member: bool = True
    ) -> Page:
        film = write_film(tmp_path / f"{phone}-{len(phones)}.mjpeg", scenes)
        context = playwright.chromium.launch_persistent_context(
            tmp_path / phone,
            executable_path=chromium,
            args=[*FLAGS, *fake_camera(film)],
            base_url=door.address,
            viewport={"width": 360, "height": 740},
            reduced_motion="reduce",
        )
        phones[phone] = context
        context.set_default_timeout(PATIENCE)
        if member:
            context.add_cookies([{"name": "tixapp", "value": door.cookie, "url": door.address}])
        if not keeps:
            context.route("**/devices", lambda route: route.abort())
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(door.path if member else "/scan")
        return page

    yield standing
    for context in phones.values():
        context.close()
    assert faults == []


def verdict(page: Page, result: str) -> None:
    shown = page.locator(f"[data-part=verdict][data-result={result}]")
    expect(shown).to_be_visible(timeout=PATIENCE)


def until(page: Page, question: str, answer: object) -> None:
    """Asks the page until it says so. (`wait_for_function` does not wait for what is promised.)"""
    for _ in range(PATIENCE // 100):
        if page.evaluate(question) == answer:
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"{page.evaluate(question)!r} is not {answer!r}: {question}")


def all_is_sent(page: Page) -> None:
    """The line is back, and the server has the whole log."""
    told = page.locator("[data-part=connection]")
    expect(told).to_contain_text("Online · all sent", timeout=30_000)


def listed(page: Page) -> list[str]:
    return page.locator("[data-part=last] .verdict-word").all_text_contents()
