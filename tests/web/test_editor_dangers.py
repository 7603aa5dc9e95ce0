"""Edits that hurt people with tickets."""

from __future__ import annotations

import pytest

from tests.factories.events import make_event, make_tier
from tests.factories.orders import buy
from tests.fixtures.till import Till
from tests.people import Person
from tests.web.editing import club, draft, editor, eve, form_of, said
from tests.web.html import texts
from tixapp.sellers.models import Seller

__all__ = ["club", "draft", "eve"]

pytestmark = pytest.mark.usefixtures("now")


def test_an_edit_that_hurts_says_whom_and_writes_to_them(
    till: Till, alice: Person, bob: Person, carol: Person, club: Seller, work
) -> None:
    event = make_event(club)
    floor = make_tier(event)
    for person in (bob, carol):
        buy(till, event, person.user, {floor: 2})
    work()
    fields = form_of(alice.browser, event) | {"starts_at": "2026-12-22T20:00", "venue": "Arena"}
    asked = alice.browser.submit(editor(event), **fields)
    assert asked.status_code == 200
    assert texts(asked.text, "h1") == ["2 people have tickets"]
    assert "They hold 4 tickets" in asked.text
    assert said(event).venue == "Kesselhaus"

    message = "The hall has water damage.\n\nSorry."
    done = alice.browser.submit(editor(event), **fields, tell="yes", message=message)
    assert done.status_code == 303
    assert said(event).venue == "Arena"
    box = work()
    letters = [mail for mail in box.letters if mail.subject == "A change: Night Trains"]
    assert sorted(mail.recipient for mail in letters) == ["bob@example.com", "carol@example.com"]
    assert "Place: Arena, Berlin" in letters[0].text
    assert "It was: Kesselhaus, Berlin" in letters[0].text
    assert message in letters[0].text


def test_a_change_without_a_letter_and_a_harmless_one_write_to_nobody(
    till: Till, alice: Person, bob: Person, club: Seller, work
) -> None:
    event = make_event(club)
    buy(till, event, bob.user, {make_tier(event): 1})
    before = len(work().letters)
    fields = form_of(alice.browser, event)
    assert (
        alice.browser.submit(editor(event), **fields | {"description": "New."}).status_code == 303
    )
    fields = form_of(alice.browser, event) | {"city": "Potsdam"}
    assert alice.browser.submit(editor(event), **fields, tell="no").status_code == 303
    assert said(event).city == "Potsdam"
    assert len(work().letters) == before
