"""/tickets/<id>.pdf: one page for a printer, the holder's alone."""

from __future__ import annotations

import re
import zlib
from contextlib import suppress
from datetime import timedelta

import pytest

from tests.factories.events import make_event, make_tier
from tests.factories.orders import buy, tickets_of
from tests.fixtures.browser import Browser
from tests.fixtures.till import Till
from tests.fixtures.time import NOON
from tests.people import Person
from tixapp.core.db import db, transaction
from tixapp.events.models import Event
from tixapp.refunds.actions import Wish, refund_order
from tixapp.tickets.models import Ticket

pytestmark = pytest.mark.usefixtures("now", "client")
HOSTILE = [
    "<img src=http://127.0.0.1:1/x> **bold** __u__",
    "file:///etc/hostname {{7*7}} %(x)s",
    "<iframe src=javascript:alert(1)>",
    "\u202egnp.exe \u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627",
    "x" * 10_000,
    "\u4f60\u597d \U0001f600 Ωmega Šárka",
]


@pytest.fixture
def event(alice: Person) -> Event:
    assert alice.seller
    return make_event(alice.seller, doors_at=NOON + timedelta(days=30, hours=6))


@pytest.fixture
def ticket(till: Till, bob: Person, event: Event) -> Ticket:
    return tickets_of(buy(till, event, bob.user, {make_tier(event): 1}))[0]


def paper(browser: Browser, ticket: Ticket) -> bytes:
    answer = browser.get(f"/tickets/{ticket.public_id}.pdf")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert "no-store" in answer.headers["Cache-Control"]
    return answer.data


def squares(pdf: bytes) -> int:
    """How many filled rectangles are drawn: the code's bars, and the band of colour."""
    drawn = b""
    for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.S):
        # A stream may end in the byte of a line's end, which then is not among what was found.
        with suppress(zlib.error):
            drawn += zlib.decompressobj().decompress(stream)
    return len(re.findall(rb" re f\b", drawn))


def test_it_is_one_page_with_the_code_in_it(bob: Person, ticket: Ticket) -> None:
    pdf = paper(bob.browser, ticket)
    assert pdf.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type /Page\b(?!s)", pdf)) == 1
    assert squares(pdf) > 200


def test_a_void_ticket_is_drawn_without_its_code(bob: Person, ticket: Ticket) -> None:
    wish = Wish("asked", asked_by=None, with_fee=True)
    with transaction():
        refund_order(ticket.order_id, wish, now=NOON)
    assert squares(paper(bob.browser, ticket)) == 1


def test_a_frozen_ticket_is_drawn_without_its_code(bob: Person, ticket: Ticket) -> None:
    db.session.get_one(Ticket, ticket.id).frozen_at = NOON
    db.session.commit()
    assert squares(paper(bob.browser, ticket)) == 1


@pytest.mark.parametrize("text", HOSTILE)
def test_what_people_write_is_drawn_and_never_obeyed(
    bob: Person, event: Event, ticket: Ticket, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    event.name = text
    db.session.get_one(Ticket, ticket.id).holder_name = text
    db.session.commit()
    pdf = paper(bob.browser, ticket)
    assert len(re.findall(rb"/Type /Page\b(?!s)", pdf)) == 1
    for deed in (b"/URI", b"/Launch", b"/JavaScript", b"/JS", b"/EmbeddedFile", b"/Annots"):
        assert deed not in pdf
    assert "missing" not in caplog.text  # no letter that the font has not: an empty box


def test_for_others_there_is_no_such_page(
    client: Browser, alice: Person, carol: Person, dan: Person, erin: Person, ticket: Ticket
) -> None:
    path = f"/tickets/{ticket.public_id}.pdf"
    for person in (alice, carol, dan, erin):
        answer = person.browser.get(path)
        assert (answer.status_code, answer.data[:4] == b"%PDF") == (404, False)
    assert client.get(path).status_code == 303


def test_the_ticket_and_its_letter_lead_there(bob: Person, ticket: Ticket, work) -> None:
    path = f"/tickets/{ticket.public_id}.pdf"
    assert path in bob.browser.get(f"/tickets/{ticket.public_id}").text
    [letter] = work().to(bob.email)
    assert path in letter.text
    assert path in letter.html
